"""What is written is a SARIF log as the standard asks for it.

The schema below holds, in our words, what the standard's own schema says of the parts that are
written; nothing else is allowed in them. Where ``SARIF_SCHEMA`` names a copy of that schema, the
log is held to it as well.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema.validators import validator_for

from lineage_stats.gate import LEVELS, RULES, CheckedRun, CheckResult, Finding, sarif_log
from lineage_stats.trace import Trace

TEXT = {"type": "string"}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
URI = {"type": "string", "format": "uri-reference", "pattern": r"^[^\\ \x00-\x1f]*$"}


def record(required, **properties):
    return {
        "type": "object",
        "required": required.split(),
        "properties": properties,
        "additionalProperties": False,
    }


MESSAGE = record("text", text={"type": "string", "minLength": 1})
ARTIFACT = record("", uri=URI, uriBaseId=TEXT)
REGION = record("startLine", startLine={"type": "integer", "minimum": 1})
LOCATION = record(
    "",
    physicalLocation=record("artifactLocation", artifactLocation=ARTIFACT, region=REGION),
    logicalLocations={
        "type": "array",
        "uniqueItems": True,
        "items": record("", fullyQualifiedName=TEXT, kind=TEXT),
    },
)
RULE = record(
    "id", id=TEXT, name=TEXT, shortDescription=MESSAGE, fullDescription=MESSAGE, help=MESSAGE,
    defaultConfiguration=record("", level=LEVEL),
)  # fmt: skip
DRIVER = record(
    "name", name=TEXT, version=TEXT,
    rules={"type": "array", "uniqueItems": True, "items": RULE},
)  # fmt: skip
RESULT = record(
    "message", ruleId=TEXT, ruleIndex={"type": "integer", "minimum": -1}, level=LEVEL,
    message=MESSAGE, locations={"type": "array", "items": LOCATION},
    partialFingerprints={"type": "object", "additionalProperties": TEXT},
    properties={"type": "object"},
)  # fmt: skip
RUN = record(
    "tool",
    tool=record("driver", driver=DRIVER),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    originalUriBaseIds={"type": "object", "additionalProperties": ARTIFACT},
    results={"type": "array", "items": RESULT},
)
LOG = {
    **record(
        "version runs",
        version={"enum": ["2.1.0"]},
        runs={"type": "array", "items": RUN},
        **{"$schema": {"type": "string", "format": "uri"}},
    ),
    "$schema": "http://json-schema.org/draft-07/schema#",
}


def schemas():
    yield LOG
    if official := os.environ.get("SARIF_SCHEMA"):
        yield json.loads(Path(official).read_text(encoding="utf-8"))


def require_valid(log):
    plain = json.loads(json.dumps(log))
    for schema in schemas():
        dialect = validator_for(schema)
        dialect(schema, format_checker=dialect.FORMAT_CHECKER).validate(plain)


def of(*findings):
    return CheckResult((CheckedRun(Trace("r", "p"), findings),))


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=9)
findings = st.builds(
    Finding,
    rule=st.sampled_from(sorted(RULES)),
    message=texts,
    pipeline=texts,
    run_id=texts,
    level=st.sampled_from(LEVELS),
    operation=st.just("") | texts,
    file=st.none()
    | st.sampled_from(["a.py", "c:\\x y\\a.py", "/abs/ä b.py", "n#1?.py", "<stdin>"]),
    line=st.none() | st.integers(-1, 10**6),
)


@given(st.lists(findings, max_size=4))
def test_any_verdict_is_a_valid_log(found):
    log = sarif_log(of(*found))
    require_valid(log)
    (run,) = log["runs"]
    assert len(run["results"]) == len(found)
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in run["results"])


def test_a_finding_lies_at_its_line(result, tmp_path):
    first = sarif_log(result, root=tmp_path)["runs"][0]["results"][0]
    (location,) = first["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "src/a%20b.py", "uriBaseId": "SRCROOT"},
        "region": {"startLine": 12},
    }
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "f/merge#1"
    assert first["level"] == "error"


def uri_of(file, root):
    (one,) = sarif_log(of(Finding("metric-drop", "x", "p", "r", file=str(file))), root=root)[
        "runs"
    ][0]["results"]
    return one["locations"][0]["physicalLocation"]["artifactLocation"]


def test_files_are_named_from_the_checkout(tmp_path):
    inside = {"uri": "jobs/train.py", "uriBaseId": "SRCROOT"}
    assert uri_of(tmp_path / "jobs" / "train.py", tmp_path) == inside
    assert uri_of("jobs/train.py", tmp_path) == inside
    assert uri_of("jobs\\train.py", tmp_path) == inside
    assert uri_of("/elsewhere/a b.py", tmp_path) == {"uri": "file:///elsewhere/a%20b.py"}
    assert uri_of("c:\\x y\\a.py", tmp_path) == {"uri": "file:///c:/x%20y/a.py"}
    assert uri_of("\\\\server\\share\\a.py", tmp_path) == {"uri": "file://server/share/a.py"}


def test_what_stays_the_same_has_the_same_fingerprint(result):
    again = sarif_log(result)["runs"][0]["results"]
    prints = [one["partialFingerprints"]["lineageStats/v1"] for one in again]
    assert prints == [finding.fingerprint for finding in result.findings]


def test_the_schema_can_fail():
    log = sarif_log(of(Finding("metric-drop", "x", "p", "r")))
    log["runs"][0]["results"][0]["severity"] = "high"
    with pytest.raises(Exception, match="severity"):
        require_valid(log)
