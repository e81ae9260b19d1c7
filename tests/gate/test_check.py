"""One finding for each cause, and none for healthy runs."""

import json
from dataclasses import replace

import numpy as np
import pytest

from lineage_stats.attribution import MechanismBaseline
from lineage_stats.detectors import RobustMADDetector
from lineage_stats.exceptions import BaselineError
from lineage_stats.gate import AUDITS, STATISTICS, CheckResult, check_run, check_runs
from tests.strategies import DROPNA, MERGE, InjectedFault, make_trace


@pytest.fixture(scope="module")
def detector(healthy):
    return RobustMADDetector().fit(healthy)


def checked(trace, detector, healthy=None):
    return check_run(trace, detector=detector, healthy=healthy, audit=False)


def test_a_healthy_run_has_no_finding(detector, healthy):
    run = checked(make_trace(41), detector, healthy)
    assert run.findings == ()
    assert (run.is_anomalous, run.attribution) == (False, None)


def test_nothing_is_learned_where_no_metric_is_worse(detector, healthy, monkeypatch):
    monkeypatch.setattr(MechanismBaseline, "from_traces", None)  # not to be called
    assert checked(make_trace(41), detector, healthy).attribution is None
    with pytest.raises(TypeError):
        checked(make_trace(42, fault=InjectedFault("rows_lost", MERGE, 0.4)), detector, healthy)


def test_a_fault_is_one_finding_at_its_operation(detector, healthy):
    fault = InjectedFault("rows_lost", MERGE, severity=0.4)
    run = checked(make_trace(42, fault=fault), detector, healthy)
    (finding,) = run.findings
    assert (finding.rule, finding.operation) == ("metric-drop", MERGE)
    assert finding.location == "churn.py:16"
    assert run.is_anomalous


def test_a_step_behind_a_new_one_is_named_as_in_the_run_and_told_once(detector, healthy):
    trace = make_trace(42, fault=InjectedFault("rows_lost", MERGE, severity=0.4))
    merge = trace.operation(MERGE)
    before = replace(merge, outputs=(), features={}, facts={"call": "new"})
    after = replace(merge, key="clean/DataFrame.merge#2", occurrence=2)
    operations = [one for op in trace for one in ((before, after) if op == merge else (op,))]
    run = checked(replace(trace, operations=tuple(operations)), detector, healthy)
    assert run.findings[0].operation == after.key
    assert MERGE in run.score.flagged_operations
    assert MERGE not in [finding.operation for finding in run.findings]


def test_what_was_accepted_is_noted_and_breaks_no_build(detector, healthy):
    trace = make_trace(42, fault=InjectedFault("rows_lost", MERGE, severity=0.4))
    run = checked(replace(trace, tags={"baseline": "accepted"}), detector, healthy)
    assert [finding.level for finding in run.findings] == ["note"]
    assert not run.is_anomalous
    assert check_runs([run]).passed


def dropped(trace, by):
    operations = [
        replace(op, features={**op.features, "metric_value": op.features["metric_value"] - by})
        if "metric_value" in op.features else op
        for op in trace
    ]  # fmt: skip
    return replace(trace, operations=tuple(operations))


def test_a_drop_that_healthy_runs_may_have_is_a_warning(detector, healthy):
    levels = {}
    for by in np.linspace(0.0, 0.1, 81):
        run = checked(dropped(make_trace(41), by), detector, healthy)
        found = {f.rule: f.level for f in run.findings}
        levels[by] = found.get("metric-drop")
        assert run.is_anomalous or not run.score.flagged
    assert list(dict.fromkeys(levels.values())) == [None, "warning", "error"]


def test_that_a_metric_moved_to_another_place_does_not_make_it_certain(detector, healthy):
    trace = dropped(make_trace(41), 0.03)
    metric = trace.operation("train/f1_score#1")
    moved = replace(metric, key="train/f1_score#2", occurrence=2)
    operations = [moved if op == metric else op for op in trace]
    levels = [
        [f.level for f in checked(run, detector, healthy).findings if f.rule == "metric-drop"]
        for run in (trace, replace(trace, operations=tuple(operations)))
    ]
    assert levels == [["warning"], ["warning"]]


def test_operations_that_only_others_make_likely_are_warnings(detector, monkeypatch):
    fault = InjectedFault("rows_lost", MERGE, severity=0.4)
    score = detector.score(make_trace(42, fault=fault))
    table, levels = score.operations, []
    table[["flagged", "origin"]] = False
    table.loc[[DROPNA, MERGE], ["flagged", "origin"]] = True
    for p_values in ([1e-6, 0.02], [1e-6, 1e-4], [0.03, 0.02]):
        table.loc[[DROPNA, MERGE], "p_value"] = p_values
        given = replace(score, _operations=table.reset_index().to_dict("list"))
        monkeypatch.setattr(detector, "score", lambda _, given=given: given)
        run = checked(make_trace(42, fault=fault), detector)
        levels.append(sorted(finding.level for finding in run.findings))
    assert levels == [["error", "warning"], ["error", "error"], ["error", "error"]]


def test_without_the_healthy_runs_the_origin_is_named(detector):
    fault = InjectedFault("rows_lost", MERGE, severity=0.4)
    findings = checked(make_trace(42, fault=fault), detector).findings
    assert findings[0].rule == "anomalous-operation"
    assert findings[0].operation == MERGE
    assert "expected" in findings[0].message


def test_a_run_without_a_step_is_told(detector):
    trace = make_trace(43)
    run = replace(trace, operations=tuple(op for op in trace if op.key != DROPNA))
    assert DROPNA in [f.operation for f in checked(run, detector).findings]


def test_a_detector_of_another_pipeline_is_refused(detector):
    with pytest.raises(BaselineError):
        checked(make_trace(1, pipeline="fraud"), detector)


def test_the_verdict_is_of_all_runs_and_errors_come_first(result):
    assert [f.level for f in result.findings] == ["error", "error", "warning", "note"]
    assert not result.passed
    assert CheckResult(result.runs[1:]).passed
    assert json.loads(json.dumps(result.to_dict()))["findings"][0]["rule"] == "metric-drop"
    assert result.summary().startswith(
        "Check FAILED: 2 runs, not compared with healthy runs, 2 errors, 1 warning, 1 note."
    )
    assert len(result.summary().split("\n")) == 5
    assert repr(result) == "<CheckResult: failed, 2 runs, 4 findings>"


def test_runs_are_brought_into_order(result):
    assert check_runs(reversed(result.runs)).runs == result.runs


def test_a_run_knows_what_it_was_held_to(detector, healthy):
    trace = make_trace(41)
    assert check_run(trace).rules == AUDITS
    assert check_run(trace, audit=False).rules == ()
    assert checked(trace, detector).rules == ("anomalous-operation", "anomalous-run")
    assert set(checked(trace, detector, healthy).rules) == set(STATISTICS)
