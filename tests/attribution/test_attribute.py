"""From a run to the operations that answer for its metric."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage_stats.attribution import (
    Attribution,
    MechanismBaseline,
    attribute_duration,
    attribute_root_cause,
)
from lineage_stats.exceptions import (
    BaselineError,
    MetricNotWorseError,
    TraceError,
    UnknownMetricError,
)
from lineage_stats.trace import DataRef, Operation, Trace
from tests.attribution import simulated as sim
from tests.strategies import FAULTS, make_trace, make_traces


@pytest.fixture(scope="module")
def baseline():
    return MechanismBaseline.from_traces([sim.make_run(i, seed=31) for i in range(25)])


def with_metric(trace, value, name="f1_score"):
    operations = tuple(
        replace(op, metric=name, features={**op.features, "metric_value": value})
        if op.metric
        else op
        for op in trace
    )
    return replace(trace, operations=operations)


@given(st.sets(st.sampled_from([*sim.FAULTS, *sim.HARMLESS]), min_size=1, max_size=3), st.data())
@settings(deadline=None, max_examples=25)
def test_shares_and_unexplained_sum_to_the_drop(baseline, faults, data):
    value = data.draw(st.floats(-5, 0.75))
    trace = with_metric(sim.make_run(60, *sorted(faults), seed=31), value)
    found = attribute_root_cause(trace, "f1_score", baseline=baseline)
    total = math.fsum(c.share for c in found) + found.unexplained
    assert total == pytest.approx(found.drop, abs=1e-9)
    assert found.drop == pytest.approx(found.center - value)
    chances = math.fsum(c.probability for c in found) + found.unexplained_probability
    assert chances == pytest.approx(1.0)
    assert all(c.standard_error >= 0 for c in found)


def test_it_names_the_guilty_and_gives_those_who_pass_it_on_exactly_nothing(baseline):
    trace = sim.make_run(61, "truncated", seed=31)
    found = attribute_root_cause(trace, "f1_score", baseline=baseline)
    assert found.top.operation == sim.LOAD
    assert found.top.share > 0.8 * found.drop
    assert found.ranking() == (sim.LOAD,)
    assert [c.share for c in found][1:] == [0.0] * 14


def test_everything_is_repeatable(baseline):
    trace = sim.make_run(61, "join_how", "fit_parameter", seed=31)
    one = attribute_root_cause(trace, "f1_score", baseline=baseline)
    state = np.random.get_state()[1].copy()  # noqa: NPY002  # that it stays is tested
    again = MechanismBaseline.from_traces([sim.make_run(i, seed=31) for i in range(25)])
    assert attribute_root_cause(trace, "f1_score", baseline=again) == one
    np.testing.assert_array_equal(state, np.random.get_state()[1])  # noqa: NPY002  # as above
    assert attribute_root_cause(trace, "f1_score", baseline=baseline, random_state=7) == one


def test_a_drop_within_the_noise_has_no_cause(baseline):
    trace = with_metric(sim.make_run(62, "truncated", seed=31), 0.79)
    found = attribute_root_cause(trace, "f1_score", baseline=baseline)
    assert not found.is_worse
    assert found.verdict.startswith("No cause to find: f1_score is 0.79, within the healthy range")
    assert found.unexplained == pytest.approx(found.drop)
    assert found.ranking() == ()
    first = found.contributions[0]
    assert first.operation == sim.LOAD
    assert first.probability == 0.0 < 0.9 < first.probability_if_real
    assert f"If it should be more than chance, look at {sim.LOAD}" in found.verdict
    assert Attribution.from_dict(json.loads(json.dumps(found.to_dict()))) == found


def test_outside_of_the_noise_both_probabilities_agree(baseline):
    found = attribute_root_cause(
        sim.make_run(62, "truncated", seed=31), "f1_score", baseline=baseline
    )
    assert found.top.probability == found.top.probability_if_real


def test_a_metric_that_is_not_worse_is_an_error(baseline):
    trace = with_metric(sim.make_run(63, seed=31), 0.95)
    with pytest.raises(MetricNotWorseError, match=r"f1_score is 0\.95 .* not worse than the"):
        attribute_root_cause(trace, "f1_score", baseline=baseline)
    with pytest.raises(MetricNotWorseError, match="greater_is_better="):
        attribute_root_cause(trace, "f1_score", baseline=baseline)


@pytest.mark.parametrize("value", [float("nan"), float("-inf")])
def test_a_metric_that_is_no_finite_number_is_an_error(baseline, value):
    trace = with_metric(sim.make_run(63, seed=31), value)
    with pytest.raises(MetricNotWorseError, match=f"f1_score is {value} .* no finite number"):
        attribute_root_cause(trace, "f1_score", baseline=baseline)


def test_an_unknown_metric_names_those_there_are(baseline):
    with pytest.raises(UnknownMetricError, match=r"has no metric 'auc'\. It has: f1_score"):
        attribute_root_cause(sim.make_run(63, seed=31), "auc", baseline=baseline)
    renamed = with_metric(sim.make_run(63, seed=31), 0.2, name="auc")
    with pytest.raises(BaselineError, match=r"have no metric 'auc'\. They have: f1_score"):
        attribute_root_cause(renamed, "auc", baseline=baseline)


def test_two_operations_of_one_key_are_an_error_that_says_so():
    healthy = make_traces(12)
    trace = make_trace(99, fault=FAULTS[0])
    doubled = replace(trace, operations=(*trace.operations, trace.operations[1]))
    with pytest.raises(TraceError, match="holds two operations of one key"):
        attribute_root_cause(doubled, "f1_score", baseline=healthy)


def test_what_the_healthy_runs_know_by_another_key_has_that_of_the_run(baseline):
    usual, trace = sim.make_run(60, seed=31), sim.make_run(61, "fit_parameter", seed=31)
    call = usual.operation(sim.FIT).facts["call"]
    fit = replace(
        trace.operation(sim.FIT), key="model/Robust.fit#1", name="Robust.fit",
        facts={**trace.operation(sim.FIT).facts, "call": call},
    )  # fmt: skip
    trace = replace(trace, operations=tuple(fit if op.key == sim.FIT else op for op in trace))
    found = attribute_root_cause(trace, "f1_score", baseline=baseline)
    assert trace.operation(found.top.operation) == fit
    assert found.top.canonical == sim.FIT
    assert found.explain(fit.key).startswith("model/Robust.fit#1 (credit.py:")


def test_a_step_that_is_missing_is_told_apart_from_the_one_that_has_its_key(baseline):
    trace = sim.make_run(61, "truncated", seed=31)
    lost, kept = trace.operation(sim.DERIVE), trace.operation(sim.LABEL)
    moved = {lost.outputs[0].id: lost.inputs[0]}
    operations = [
        replace(op, inputs=tuple(moved.get(ref.id, ref) for ref in op.inputs))
        for op in trace
        if op != lost
    ]
    numbered = [replace(op, key=lost.key, occurrence=1) if op.key == kept.key else op
                for op in operations]  # fmt: skip
    trace = replace(trace, operations=tuple(numbered))
    found = attribute_root_cause(trace, "f1_score", baseline=baseline)
    named = {c.canonical: c.operation for c in found}
    assert named[sim.LABEL] == sim.DERIVE == "prepare/DataFrame.assign#1"
    assert named[sim.DERIVE] == "prepare/DataFrame.assign#1-"
    assert [name for name in named.values() if name not in trace.keys] == [named[sim.DERIVE]]


@pytest.mark.parametrize("rate", [0, 0.5, 2, "a"])
def test_impossible_rates_are_refused(baseline, rate):
    with pytest.raises(ValueError, match=r"'false_alarm_rate' parameter .* float in \(0, 0.5\)"):
        attribute_root_cause(
            sim.make_run(1, seed=31), "f1_score", baseline=baseline, false_alarm_rate=rate
        )


def test_the_metric_duration_is_the_time_that_the_run_took():
    healthy = [sim.make_run(i, seed=31) for i in range(25)]
    slow = sim.make_run(61, "slow", seed=31)
    found = attribute_root_cause(slow, "duration", baseline=healthy)
    assert found == attribute_duration(slow, baseline=healthy)
    assert found.top.operation == "machine"
    options = {"false_alarm_rate": 0.2, "random_state": 3}
    assert attribute_root_cause(slow, "duration", baseline=healthy, **options) == (
        attribute_duration(slow, baseline=healthy, **options)
    )


def test_a_recorded_metric_that_is_called_duration_comes_first():
    healthy = [with_metric(sim.make_run(i, seed=31), 0.8, "duration") for i in range(25)]
    worse = with_metric(sim.make_run(61, "truncated", seed=31), 0.5, "duration")
    found = attribute_root_cause(worse, "duration", baseline=healthy)
    assert (found.value, found.greater_is_better) == (0.5, True)
    assert found.top.operation == sim.LOAD


@pytest.mark.parametrize(
    ("name", "wanted", "value"),
    [("greater_is_better", "None or False", True), ("replay", "None", len)],
)
def test_what_a_duration_cannot_be_is_refused(name, wanted, value):
    healthy = [sim.make_run(i, seed=31) for i in range(3)]
    slow = sim.make_run(61, "slow", seed=31)
    with pytest.raises(ValueError, match=f"'{name}' parameter .* must be {wanted} for the dur"):
        attribute_root_cause(slow, "duration", baseline=healthy, **{name: value})


def test_a_set_of_runs_is_not_taken_for_one(baseline):
    with pytest.raises(ValueError, match=r"must be one Trace, as traces\[-1\] is. Got a TraceSet"):
        attribute_root_cause(make_traces(2), "f1_score", baseline=baseline)


def renamed_runs(name, flip):
    values = [sim.make_run(i, seed=31) for i in range(25)]
    return [with_metric(t, flip * t.metrics["f1_score"], name) for t in values]


def test_errors_are_better_when_lower():
    runs = renamed_runs("mean_squared_error", 1.0)
    worse = with_metric(sim.make_run(61, "truncated", seed=31), 1.2, "mean_squared_error")
    found = attribute_root_cause(worse, "mean_squared_error", baseline=runs)
    assert not found.greater_is_better
    assert found.drop == pytest.approx(1.2 - found.center)
    assert found.top.operation == sim.LOAD
    assert found.notes == ()


def test_unknown_metrics_are_better_when_greater_unless_told():
    runs = renamed_runs("profit", 1.0)
    worse = with_metric(sim.make_run(61, "truncated", seed=31), 0.3, "profit")
    found = attribute_root_cause(worse, "profit", baseline=runs)
    assert "'profit' is not a known metric" in found.notes[0]
    assert attribute_root_cause(worse, "profit", baseline=runs, greater_is_better=True).notes == ()
    with pytest.raises(MetricNotWorseError, match="lower is better"):
        attribute_root_cause(worse, "profit", baseline=runs, greater_is_better=False)


def test_a_metric_that_never_varied_can_still_drop():
    runs = [with_metric(sim.make_run(i, seed=31), 0.8) for i in range(25)]
    worse = with_metric(sim.make_run(61, "truncated", seed=31), 0.79)
    found = attribute_root_cause(worse, "f1_score", baseline=runs)
    assert found.is_worse
    assert found.top.operation == sim.LOAD


def test_a_metric_whose_inputs_are_not_known_considers_all_earlier_steps():
    def blind(trace):
        return replace(
            trace, operations=tuple(replace(o, inputs=()) if o.metric else o for o in trace)
        )

    runs = [blind(sim.make_run(i, seed=31)) for i in range(25)]
    found = attribute_root_cause(
        blind(sim.make_run(61, "join_how", seed=31)), "f1_score", baseline=runs
    )
    assert found.top.operation == sim.JOIN
    assert "inputs=" in found.notes[0]


def test_a_trace_of_metrics_alone_leaves_everything_unexplained():
    def only(trace):
        return replace(trace, operations=trace.operations[-1:])

    runs = [only(sim.make_run(i, seed=31)) for i in range(25)]
    found = attribute_root_cause(
        only(sim.make_run(61, "truncated", seed=31)), "f1_score", baseline=runs
    )
    assert found.unexplained == found.drop
    assert found.top is None


@pytest.fixture(scope="module")
def churn():
    return MechanismBaseline.from_traces(make_traces(30, seed=4))


@pytest.mark.parametrize(
    "fault", [f for f in FAULTS if f.kind != "metric_dropped"], ids=lambda f: f.kind
)
def test_planted_faults_of_the_churn_pipeline_are_named(churn, fault):
    found = attribute_root_cause(make_trace(50, seed=4, fault=fault), "f1_score", baseline=churn)
    wanted = (
        "clean/DataFrame.drop_duplicates#1" if fault.kind == "operation_new" else fault.operation
    )
    assert found.top.operation == wanted


def test_a_drop_that_nothing_upstream_shows_stays_unexplained(churn):
    fault = next(f for f in FAULTS if f.kind == "metric_dropped")
    found = attribute_root_cause(make_trace(50, seed=4, fault=fault), "f1_score", baseline=churn)
    assert found.unexplained == pytest.approx(found.drop)
    assert found.verdict.startswith("No operation upstream explains the 0.1")


OLD = [
    "unit_at_source", "fit_parameter", "labels_shuffled_new_step", "dropna_removed", "column_lost",
    "join_how",
]  # fmt: skip


def runs_before(*faults):
    return [with_metric(sim.make_run(i, *faults, seed=31), 0.8) for i in (57, 58, 59)]


@pytest.mark.parametrize("old", OLD)
def test_what_was_odd_before_the_drop_is_no_cause(baseline, old):
    trace = sim.make_run(60, old, "unit_in_code", seed=31)
    alone = attribute_root_cause(sim.make_run(60, old, seed=31), "f1_score", baseline=baseline)
    assert alone.top.operation == sim.FAULTS[old]
    found = attribute_root_cause(trace, "f1_score", baseline=baseline, before=runs_before(old))
    assert found.ranking()[0] == sim.DERIVE
    without = {c.operation: c.probability for c in alone}[sim.FAULTS[old]]
    chance = {c.operation: c.probability for c in found}.get(sim.FAULTS[old], 0.0)
    assert sim.FAULTS[old] == sim.DERIVE or chance < 0.25 * without
    total = math.fsum(c.share for c in found) + found.unexplained
    assert total == pytest.approx(found.drop, abs=1e-9)


@pytest.mark.parametrize("old", OLD)
def test_nothing_is_to_be_blamed_where_all_was_as_before(baseline, old):
    trace = sim.make_run(60, old, seed=31)
    found = attribute_root_cause(trace, "f1_score", baseline=baseline, before=runs_before(old))
    assert found.unexplained_probability > 0.5


def test_usual_runs_before_change_little(baseline):
    trace = sim.make_run(60, "join_how", seed=31)
    without = attribute_root_cause(trace, "f1_score", baseline=baseline)
    found = attribute_root_cause(trace, "f1_score", baseline=baseline, before=runs_before())
    assert found.ranking()[0] == without.ranking()[0] == sim.JOIN
    assert found.top.share == pytest.approx(without.top.share, abs=0.05 * found.drop)


def test_shown_is_what_was_measured(baseline):
    trace = sim.make_run(60, "truncated", seed=31)
    rows = trace.operation(sim.LOAD).outputs[0].rows
    less = [with_metric(sim.make_run(i, seed=31), 0.8) for i in (58, 59)]
    found = attribute_root_cause(trace, "f1_score", baseline=baseline, before=less)
    shown = [e.value for e in found.top.evidence if e.feature == "rows_out"]
    assert shown == [pytest.approx(rows)]


def test_runs_before_must_be_runs_of_the_pipeline(baseline):
    trace = sim.make_run(60, "truncated", seed=31)
    with pytest.raises(ValueError, match=r"'before' parameter .* Got a str among them"):
        attribute_root_cause(trace, "f1_score", baseline=baseline, before=["run"])
    other = replace(sim.make_run(59, seed=31), pipeline="other")
    with pytest.raises(BaselineError, match="of 'before' is of 'other'"):
        attribute_root_cause(trace, "f1_score", baseline=baseline, before=[other])
    with pytest.raises(ValueError, match=r"'before' parameter .* must be empty for the duration"):
        attribute_root_cause(trace, "duration", baseline=baseline, before=runs_before())


@pytest.mark.parametrize("n_runs", [120, 300])
def test_a_number_that_never_varied_need_not_change_much(n_runs):
    def window(i, success, score):
        served = DataRef("d", "object")
        features = {"success": success, "latency": 0.2 + 0.01 * (i % 5)}
        call = Operation("shop/call#1", "call", "transform", outputs=(served,), features=features)
        front = Operation("shop/f1_score#1", "f1_score", "metric", inputs=(served,),
                          features={"metric_value": score}, metric="f1_score")  # fmt: skip
        return Trace(f"r{i}", "shop", (call, front), start_ns=i)

    healthy = [window(i, 100.0, 0.9 + 0.01 * (i % 3)) for i in range(n_runs)]
    found = attribute_root_cause(window(n_runs, 97.0, 0.5), "f1_score", baseline=healthy)
    assert found.top.operation == "shop/call#1"


def test_a_file_that_was_read_before_is_told_first():
    def with_file(trace, digest):
        load, *rest = trace.operations
        return replace(
            trace,
            operations=(replace(load, facts={**load.facts, "file[digest]": digest}), *rest),
        )

    healthy = [with_file(sim.make_run(i, seed=31), f"day {i}") for i in range(25)]
    trace = with_file(sim.make_run(61, "truncated", seed=31), "day 20")
    found = attribute_root_cause(trace, "f1_score", baseline=healthy)
    assert found.top.operation == sim.LOAD
    assert healthy[20].run_id in found.top.evidence[0].change
    assert "very file" in found.explain(sim.LOAD)


def test_which_way_is_better_is_true_or_false(baseline):
    with pytest.raises(ValueError, match=r"'greater_is_better' parameter .* bool or None"):
        attribute_root_cause(
            sim.make_run(1, seed=31), "f1_score", baseline=baseline, greater_is_better="no"
        )


def test_a_metric_is_better_as_the_program_said():
    healthy = [sim.make_run(i, seed=31) for i in range(12)]

    def told(run, value, better):
        metric = run.metric_operation("f1_score")
        other = replace(
            metric, metric="cost", features={**metric.features, "metric_value": value},
            facts={**metric.facts, "param[greater_is_better]": better},
        )  # fmt: skip
        return replace(run, operations=(*run.operations[:-1], other))

    runs = [told(run, 2.0 + 0.01 * (i % 5), "False") for i, run in enumerate(healthy)]
    bad = sim.make_run(40, "truncated", seed=31)
    assert not attribute_root_cause(told(bad, 3.0, "False"), "cost", baseline=runs).notes
    with pytest.raises(MetricNotWorseError, match="lower is better"):
        attribute_root_cause(told(bad, 1.0, "False"), "cost", baseline=runs)
    found = attribute_root_cause(
        told(bad, 1.0, "False"), "cost", baseline=runs, greater_is_better=True
    )
    assert found.greater_is_better
