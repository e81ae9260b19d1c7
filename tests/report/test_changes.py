from lineage_stats.report._changes import MAX_CHANGES, diff_record
from lineage_stats.trace import Operation, Trace
from tests.strategies import MERGE


def test_without_an_earlier_run_there_is_no_difference(bad):
    assert diff_record(None, bad) is None


def test_the_last_healthy_run_is_compared_with(full_report):
    diff = full_report["diff"]
    assert diff["before"] == full_report["history"]["runs"][-2]["run_id"]
    kinds = {(change["kind"], change["operation"]) for change in diff["changes"]}
    assert ("rows", MERGE) in kinds
    assert ("environment", "") in kinds
    assert diff["n_changes"] >= len(diff["changes"])


def test_of_very_many_numbers_the_largest_changes_are_kept():
    def run(name, factor):
        features = {f"sd[c{i}]": 1.0 + factor * i for i in range(MAX_CHANGES + 50)}
        return Trace(name, "p", (Operation("f/g#1", "g", features=features),))

    diff = diff_record(run("a", 0.0), run("b", 1.0))
    assert diff["n_changes"] > MAX_CHANGES == len(diff["changes"])
    assert {"name": "sd[c449]", "kind": "profile"}.items() <= diff["changes"][-1].items()
