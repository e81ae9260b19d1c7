import json
from dataclasses import replace

from lineage_stats.gate._finding import Finding, split_location

FINDING = Finding("metric-drop", "f1 fell.", "churn", "r1", operation="f/a#1", file="a.py", line=2)


def test_the_fingerprint_is_of_the_cause_and_not_of_the_run():
    same = replace(FINDING, run_id="r2", message="f1 fell more.", line=9)
    assert same.fingerprint == FINDING.fingerprint
    for other in ({"pipeline": "x"}, {"rule": "x"}, {"operation": "x"}, {"detail": "x"}):
        assert replace(FINDING, **other).fingerprint != FINDING.fingerprint


def test_it_reads_like_a_compilers_message():
    assert str(FINDING) == "a.py:2: error: f1 fell. [metric-drop]"
    assert str(replace(FINDING, file=None)) == "error: f1 fell. [metric-drop]"
    assert json.loads(json.dumps(FINDING.to_dict()))["fingerprint"] == FINDING.fingerprint


def test_a_location_comes_apart():
    assert split_location("a.py:12") == ("a.py", 12)
    assert split_location(replace(FINDING, line=None).location) == ("a.py", None)
    assert split_location("c:/a.py") == ("c:/a.py", None)
