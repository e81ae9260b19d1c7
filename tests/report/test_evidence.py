from dataclasses import replace

import pytest

from lineage_stats import attribute_root_cause
from lineage_stats.report._evidence import evidence_record
from tests.strategies import MERGE, InjectedFault, make_trace

SINCE = {"run_id": "r1", "start": "2024-01-01T00:00:00+00:00", "n_runs": 2}


def anomaly(operation="f/g#1", value=3.0, low=5.0, high=9.0, feature="rows_out"):
    return {
        "operation": operation, "feature": feature, "value": value, "observed": str(value),
        "expected": "7", "low": low, "high": high, "since": SINCE, "location": "a.py:3",
    }  # fmt: skip


def change(kind, operation="f/g#1", name="how"):
    return {"kind": kind, "operation": operation, "name": name, "before": "a", "after": "b"}


def test_without_an_operation_there_is_no_evidence():
    assert evidence_record([], None, n_runs=20) is None


def test_a_number_outside_its_range_convinces_most():
    inside = anomaly(value=6.0, feature="selectivity")
    card = evidence_record([inside, anomaly()], None, n_runs=20)
    assert (card["feature"], card["value"], card["low"], card["high"]) == (
        "rows_out",
        3.0,
        5.0,
        9.0,
    )
    assert (card["n_runs"], card["since"], card["share"]) == (20, SINCE, None)
    assert evidence_record([inside], None, n_runs=20)["feature"] == "selectivity"


def test_a_number_inside_its_range_is_no_evidence_of_an_attribution(healthy):
    faulty = make_trace(42, fault=InjectedFault("rows_lost", MERGE, 0.4))
    found = attribute_root_cause(faulty, "f1_score", baseline=healthy)
    assert found.top.operation == MERGE
    inside = anomaly(MERGE, value=6.0, feature="selectivity")
    card = evidence_record([inside], found, n_runs=20)
    assert card["feature"] != "selectivity"
    assert not card["low"] <= card["value"] <= card["high"]
    bare = replace(found.contributions[0], evidence=())
    none = replace(found, contributions=(bare, *found.contributions[1:]))
    card = evidence_record([inside], none, n_runs=20)
    assert (card["feature"], card["value"]) == (None, None)


def test_only_what_changed_in_the_program_at_that_operation_is_listed():
    changes = [change("parameter"), change("profile"), change("code", "f/other#1"), change("code")]
    card = evidence_record([anomaly()], None, n_runs=20, changes=changes)
    assert [c["kind"] for c in card["changed"]] == ["parameter", "code"]


def test_the_operation_of_the_attribution_is_named(full_report):
    card = full_report["verdict"]["evidence"]
    top = full_report["attribution"]["shares"][0]
    assert card["operation"] == top["operation"] == MERGE
    assert (card["share"], card["standard_error"]) == (top["value"], top["standard_error"])
    assert card["location"] == "churn.py:16"
    assert card["value"] < card["low"]
    assert card["n_runs"] == 30
    assert card["since"]["n_runs"] == 1


def test_the_code_is_compared_with_the_last_healthy_run(full_report, repository):
    _, before, after = repository
    code = full_report["verdict"]["evidence"]["code"]
    assert (code["before"], code["after"]) == (before, after)
    assert code["files"] == [{"path": "churn.py", "added": 2, "removed": 1}]


@pytest.mark.parametrize("value", [None, 7.0])
def test_a_card_can_do_without_numbers(value):
    card = evidence_record([anomaly(value=value, low=None, high=None)], None, n_runs=None)
    assert card["value"] == value


def test_an_operation_with_another_key_in_the_healthy_runs_has_its_evidence(healthy):
    found = attribute_root_cause(
        make_trace(42, fault=InjectedFault("rows_lost", MERGE, 0.4)), "f1_score", baseline=healthy
    )
    top = replace(found.contributions[0], operation="f/g#2", canonical="f/g#1")
    drop = replace(found, contributions=(top, *found.contributions[1:]))
    cells = [anomaly("f/g#2"), anomaly(value=4.0)]
    card = evidence_record(
        cells, drop, n_runs=20, changes=[change("code"), change("code", "f/g#2")]
    )
    assert (card["operation"], card["value"]) == ("f/g#2", 4.0)
    assert len(card["changed"]) == 1
