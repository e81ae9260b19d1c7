"""What certainly changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lineage_stats.attribution import MechanismBaseline
from lineage_stats.attribution._edits import find_all_edits, find_edits, is_determined, novelty
from lineage_stats.attribution._inspector import Inspector
from lineage_stats.attribution._observation import Observation
from lineage_stats.attribution._scoring import CERTAIN, INERT_WEIGHT, UNSEEN_CHANGE
from lineage_stats.features import Cell
from lineage_stats.trace import Operation
from tests.attribution import simulated as sim


@pytest.fixture(scope="module")
def baseline():
    return MechanismBaseline.from_traces([sim.make_run(i, seed=21) for i in range(8)])


def edits(baseline, key, *faults, change=None):
    trace = sim.make_run(50, *faults, seed=21)
    if change is not None:
        trace = replace(
            trace,
            operations=tuple(
                replace(op, facts=change(dict(op.facts))) if op.key == key else op for op in trace
            ),
        )
    return find_edits(Observation(baseline, trace), key)


def test_nothing_changed_in_a_healthy_run(baseline):
    for key in baseline.reference.keys:
        assert edits(baseline, key) == ()


def test_a_parameter_is_shown_with_both_values_before_the_text(baseline):
    found = edits(baseline, sim.JOIN, "join_how")
    assert [e.fact for e in found] == ["param[how]", "call"]
    assert found[0].change == "param[how]: inner -> left"
    assert found[1].of_text_only


METRIC = sim.make_run(0).operation(sim.METRIC)
WHERE = f"{METRIC.name} ({METRIC.location})" if METRIC.location else METRIC.name


def threshold(i, value, argument="y_pred", share=None, **texts):
    """Make a run with a threshold behind the prediction, and what the metric received."""
    run = sim.make_run(i, seed=21)
    usual = 0.4 + 0.01 * (i % 5)
    shares = {"mean[y_true]": usual, "mean[y_pred]": usual}
    shares |= {} if share is None else {f"mean[{argument}]": share}
    return replace(
        run,
        operations=tuple(
            replace(
                op,
                facts={**op.facts, "param[settings]": value, **texts},
                features={**op.features, **shares},
            )
            if op.key == sim.METRIC
            else op
            for op in run
        ),
    )


@pytest.fixture(scope="module")
def with_threshold():
    return MechanismBaseline.from_traces([threshold(i, "numpy(~a)") for i in range(12)])


def test_a_threshold_of_predictions_is_part_of_the_prediction(with_threshold):
    today = threshold(50, "numpy(~b)", share=0.1)
    edits, behind = find_all_edits(Observation(with_threshold, today), today.keys)
    assert not any(edits.values())
    assert {key: [edit.change for edit in found] for key, found in behind.items()} == {
        sim.PREDICT: [f"before {WHERE}, a value put in by the code: another one in an expression"]
    }


def test_one_of_labels_or_in_the_call_of_the_metric_is_not(with_threshold):
    for run in (
        threshold(50, "numpy(~b)", "y_true", 0.1),
        threshold(50, "numpy(~b)", share=0.1, call="another"),
    ):
        edits, behind = find_all_edits(Observation(with_threshold, run), run.keys)
        assert behind == {}
        assert edits[sim.METRIC][0].fact == "param[settings]"


def test_what_was_written_beside_the_prediction_is_part_of_it_whatever_arrives(with_threshold):
    """Rows that were exchanged look as before; the metric's text is as it was."""
    run = threshold(50, "numpy(~b)", "y_true", 0.1)
    observation = Observation(with_threshold, run)
    assert find_all_edits(observation, run.keys)[1] == {}
    turned = replace(
        run,
        operations=tuple(
            replace(op, facts={**op.facts, "call": "another"}) if op.key == sim.PREDICT else op
            for op in run
        ),
    )
    edits, behind = find_all_edits(Observation(with_threshold, turned), run.keys)
    assert list(behind) == [sim.PREDICT]
    assert not edits[sim.METRIC]


def test_a_threshold_that_nothing_measured_shows_is_evidence_all_the_same(with_threshold):
    observation = Observation(with_threshold, threshold(50, "numpy(~b)", share=0.1))
    suspicions = Inspector(observation, observation.keys).suspicions()
    assert suspicions[sim.PREDICT].strength == UNSEEN_CHANGE
    assert suspicions[sim.METRIC].strength < UNSEEN_CHANGE


def test_an_inert_parameter_weighs_little(baseline):
    found = edits(baseline, sim.FIT, "verbose")
    assert found[0].fact == "param[verbose]" or found[-1].fact == "param[verbose]"
    assert next(e for e in found if e.fact == "param[verbose]").weight == INERT_WEIGHT


@pytest.mark.parametrize(("value", "weight"), [("1e-05", 1.0), ("1.1", 0.2), ("l1", 1.0)])
def test_a_small_step_of_a_number_weighs_less(baseline, value, weight):
    found = edits(baseline, sim.FIT, change=lambda f: f | {"param[C]": value})
    assert found[0].weight == pytest.approx(weight)


def without(facts, *names):
    return {name: value for name, value in facts.items() if name not in names}


def test_a_source_that_is_not_at_hand_is_no_edit(baseline):
    assert edits(baseline, sim.FILTER, change=lambda f: without(f, "call", "code")) == ()


def test_a_parameter_no_longer_given_is_one(baseline):
    found = edits(baseline, sim.JOIN, change=lambda f: without(f, "param[how]"))
    assert found[0].change == "param[how]: inner -> not given"


def test_other_input_is_an_edit_unless_a_new_step_explains_it(baseline):
    assert edits(baseline, sim.AGGREGATE, "labels_shuffled_new_step") == ()
    moved = sim.make_run(50, seed=21)
    loaded = moved.operation(sim.LOAD).outputs[0]
    operations = tuple(
        replace(op, inputs=(loaded,)) if op.key == sim.FILTER else op for op in moved
    )
    found = find_edits(Observation(baseline, replace(moved, operations=operations)), sim.FILTER)
    assert found[0].change == f"input from {sim.LOAD}"


def test_a_parameter_that_always_changes_is_no_news(baseline):
    def dated(i):
        run = sim.make_run(i, seed=21)
        operations = tuple(
            replace(op, facts={**op.facts, "param[path]": f"day-{i}"})
            if op.kind == "source"
            else op
            for op in run
        )
        return replace(run, operations=operations)

    learnt = MechanismBaseline.from_traces([dated(i) for i in range(8)])
    assert find_edits(Observation(learnt, dated(50)), sim.LOAD) == ()
    assert novelty(learnt, Cell(sim.LOAD, "param[path]"), "day-3") == 0.0
    assert novelty(baseline, Cell(sim.LOAD, "param[path]"), "day-3") == CERTAIN


@pytest.mark.parametrize(
    ("name", "kind", "facts", "determined"),
    [
        ("LogisticRegression.fit", "fit", {"code": "1"}, True),
        ("LogisticRegression.fit", "fit", {}, False),
        ("StandardScaler.transform", "transform", {"code": "1"}, True),
        ("DataFrame.transform", "transform", {"code": "1"}, False),
        ("DataFrame.fillna", "transform", {"code": "1"}, False),
        ("f1_score", "metric", {"param[average]": "binary"}, True),
    ],
)
def test_who_is_determined_by_code_and_input(name, kind, facts, determined):
    assert is_determined(Operation("k", name, kind, facts=facts)) is determined


SLICED = (sim.FILTER, sim.JOIN, sim.SPLIT, sim.FIT, sim.PREDICT, sim.METRIC)


def sliced(i, *changed, **facts):
    """Make a run whose operations tell what they depend on, and for some of them another thing."""
    run = sim.make_run(i, seed=21)
    return replace(
        run,
        operations=tuple(
            replace(
                op,
                facts={**op.facts, "slice": "b" if op.key in changed else "a"}
                | (facts if op.key in changed[:1] else {}),
            )
            if op.key in SLICED
            else op
            for op in run
        ),
    )


@pytest.fixture(scope="module")
def with_slices():
    return MechanismBaseline.from_traces([sliced(i) for i in range(12)])


def sliced_edits(baseline, run):
    edits, _ = find_all_edits(Observation(baseline, run), run.keys)
    return {key: [e.fact for e in found] for key, found in edits.items() if found}


def test_a_line_in_between_is_charged_to_the_first_that_depends_on_it(with_slices):
    assert sliced_edits(with_slices, sliced(50)) == {}
    late = sliced(50, sim.FIT, sim.PREDICT, sim.METRIC)
    assert sliced_edits(with_slices, late) == {sim.FIT: ["slice"]}
    (edit,) = find_all_edits(Observation(with_slices, late), late.keys)[0][sim.FIT]
    assert edit.of_text_only
    assert "in between" in edit.change


def test_who_was_edited_itself_answers_for_lines_in_between(with_slices):
    run = sliced(50, sim.FILTER, sim.FIT, sim.METRIC, call="another")
    assert sliced_edits(with_slices, run) == {sim.FILTER: ["call"]}


def test_what_lies_in_between_changes_with_the_steps(with_slices):
    run = sliced(50, sim.FIT, sim.METRIC)
    assert sim.FIT in sliced_edits(with_slices, run)
    fewer = replace(run, operations=tuple(op for op in run if op.key != sim.FILTER))
    assert all("slice" not in facts for facts in sliced_edits(with_slices, fewer).values())


def replaced(key, name, run):
    return replace(
        run,
        operations=tuple(
            replace(op, name=name, facts={**op.facts, "param[other]": "1"}) if op.key == key else op
            for op in run
        ),
    )


def test_another_function_is_one_edit_and_its_parameters_are_none(baseline):
    run = replaced(sim.JOIN, "DataFrame.concat", sim.make_run(50, seed=21))
    (edit,) = find_edits(Observation(baseline, run), sim.JOIN)
    old = baseline.reference_operations[sim.JOIN].name
    assert (edit.fact, edit.change) == ("function", f"{old} -> DataFrame.concat")
    assert not edit.of_text_only
    assert find_edits(Observation(baseline, run, before=(run,)), sim.JOIN) == ()


def test_the_same_method_of_another_class_is_no_other_function(baseline):
    name = baseline.reference_operations[sim.JOIN].name.rpartition(".")[2]
    run = replaced(sim.JOIN, f"Frame.{name}", sim.make_run(50, seed=21))
    assert [e.fact for e in find_edits(Observation(baseline, run), sim.JOIN)] == ["param[other]"]


def edited_at(run, line, *edited):
    """Put what was edited and who reads it on one line, and change the text of both."""
    inner, outer = edited
    texts = {inner: {"param[how]": "left", "call": "x"}, outer: {"call": "y"}}
    return replace(
        run,
        operations=tuple(
            replace(op, file="job.py", line=line, facts={**op.facts, **texts[op.key]})
            if op.key in texts
            else op
            for op in run
        ),
    )


@pytest.mark.parametrize(
    ("line", "left"), [(7, []), (None, ["call"])], ids=["one line", "unknown line"]
)
def test_a_call_around_an_edited_one_is_not_charged_with_its_text(baseline, line, left):
    run = edited_at(sim.make_run(50, seed=21), line, sim.JOIN, sim.FILTER)
    found, _ = find_all_edits(Observation(baseline, run), run.keys)
    assert [edit.fact for edit in found[sim.JOIN]] == ["param[how]", "call"]
    assert [edit.fact for edit in found[sim.FILTER]] == left
