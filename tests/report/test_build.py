import json

import pytest
from hypothesis import given, settings

from lineage_stats.report import build_report
from tests import strategies as st
from tests.strategies import FAULTS, MERGE, METRIC, make_trace


def nodes_by_key(report):
    return {node["operation"]: node for node in report["graph"]["nodes"]}


def test_a_bad_run_names_the_cause_and_its_line(bad_report):
    verdict = bad_report["verdict"]
    assert verdict["state"] == "anomalous"
    assert verdict["sentence"].startswith("f1_score is 0.6")
    assert "below its healthy range" in verdict["sentence"]
    assert f"{MERGE} (churn.py:16)" in verdict["cause"]
    assert verdict["p_value"] < 0.01
    assert verdict["n_runs"] == 30


def test_the_cause_and_its_way_to_the_metric_are_marked(bad_report):
    nodes = nodes_by_key(bad_report)
    assert [key for key, node in nodes.items() if node["level"] == 3] == [MERGE]
    assert nodes[METRIC]["on_path"]
    assert not nodes["load/read_csv#1"]["on_path"]
    ways = {(e["from"], e["to"]) for e in bad_report["graph"]["edges"] if e["on_path"]}
    assert (MERGE, "clean/DataFrame.dropna#1") in ways


def test_origins_come_first(bad_report):
    first = bad_report["anomalies"][0]
    assert first["operation"] == MERGE
    assert first["origin"]
    assert first["low"] < first["high"]
    assert first["value"] < first["low"]


def test_shares_and_the_unexplained_rest_sum_to_the_drop(bad_report):
    attribution = bad_report["attribution"]
    total = sum(share["value"] for share in attribution["shares"]) + attribution["unexplained"]
    assert total == pytest.approx(attribution["drop"])
    assert attribution["expected"] - attribution["observed"] == pytest.approx(attribution["drop"])


def test_the_band_is_that_of_the_attribution(bad_report):
    (metric,) = bad_report["metrics"]
    assert metric["outside"]
    assert metric["band"]["low"] < metric["band"]["centre"] < metric["band"]["high"]
    assert metric["band"]["centre"] == bad_report["attribution"]["expected"]
    assert len(metric["history"]) == 30


def test_a_healthy_run_is_quiet(detector, healthy):
    trace = make_trace(31)
    report = build_report(trace, score=detector.score(trace), history=healthy)
    assert report["verdict"]["state"] == "healthy"
    assert report["verdict"]["cause"] == ""
    assert "no operation stands out" in report["verdict"]["sentence"]
    assert report["anomalies"] == []
    assert {node["level"] for node in report["graph"]["nodes"]} <= {0, 1}


def test_new_and_missing_operations_are_listed(detector, healthy):
    missing, new = (f for f in FAULTS if f.kind in ("operation_missing", "operation_new"))
    gone = make_trace(31, fault=missing)
    report = build_report(gone, score=detector.score(gone))
    assert report["changes"] == {"new": [], "missing": [missing.operation]}
    more = make_trace(31, fault=new)
    report = build_report(more, score=detector.score(more))
    assert report["changes"]["missing"] == []
    assert any("drop_duplicates" in key for key in report["changes"]["new"])


def test_without_results_there_is_no_verdict(bad):
    report = build_report(bad)
    assert report["verdict"]["state"] == "unscored"
    assert report["verdict"]["sentence"].startswith(
        "12 operations of churn were recorded: f1_score"
    )
    assert report["attribution"] is None


def test_a_failed_run_says_so():
    trace = make_trace(3)
    report = build_report(type(trace).from_dict({**trace.to_dict(), "status": "failed"}))
    assert report["verdict"]["sentence"] == "The run failed."


def test_results_of_another_run_are_refused(detector, bad):
    other = detector.score(make_trace(31))
    with pytest.raises(ValueError, match=r"'score' parameter of build_report must be of run"):
        build_report(bad, score=other)


def test_later_runs_are_no_history(healthy):
    report = build_report(healthy[10], history=healthy)
    assert len(report["metrics"][0]["history"]) == 10


@settings(deadline=None, max_examples=60)
@given(st.traces())
def test_json_can_hold_the_report_of_any_trace(trace):
    report = build_report(trace)
    assert json.loads(json.dumps(report, allow_nan=False)) == report
