"""Pipelines given as functions."""

import pytest

from lineage_stats import attribute_root_cause
from lineage_stats.attribution import Replay, Step, StepReplay
from tests.strategies import MERGE, InjectedFault, make_trace, make_traces


def chain(calls, faulty=("b", "d")):
    """Return a pipeline of five steps, a-b-c-d and a last one that also gets a."""

    def step(name, *inputs):
        def at(harm):
            return lambda *values: calls.append(name) or sum(values) + harm

        return Step(name, at(1.0), at(1.1) if name in faulty else None, inputs)

    return StepReplay(
        [step("a"), step("b", "a"), step("c", "b"), step("d", "c"), step("e", "d", "a")]
    )


def test_only_what_is_downstream_of_a_change_runs_again():
    calls = []
    replay = chain(calls)
    assert replay(frozenset()) == 6.0
    assert calls == list("abcde")
    calls.clear()
    assert replay(frozenset("d")) == pytest.approx(6.1)
    assert calls == ["d", "e"]
    calls.clear()
    assert replay(frozenset("bd")) == pytest.approx(6.2)
    assert calls == ["b", "c", "d", "e"]
    calls.clear()
    assert replay(frozenset({"d", "nobody"})) == pytest.approx(6.1)
    assert calls == []
    assert replay.n_steps_run == 11
    assert 0 < replay.n_pipelines_run < 3


def test_a_seed_is_a_version():
    replay = StepReplay([Step("a", lambda seed: seed), Step("b", lambda x: x / 2, inputs=("a",))])
    assert [replay(frozenset(), seed=seed) for seed in (0, 1, 0)] == [0.0, 0.5, 0.0]
    assert replay.n_steps_run == 4


def test_a_step_that_breaks_down_is_tried_again_and_spoils_nothing():
    def broken(x):
        raise KeyError("amount")

    replay = StepReplay([Step("a", lambda: 1.0), Step("b", lambda x: x, broken, inputs=("a",))])
    with pytest.raises(KeyError):
        replay(frozenset("b"))
    assert replay(frozenset()) == 1.0


@pytest.mark.parametrize("wrap", [lambda replay: replay, lambda replay: Replay(run=replay)])
def test_its_changed_steps_are_the_suspects(wrap):
    bad = make_trace(30, fault=InjectedFault("rows_lost", MERGE, severity=0.4))
    replay = StepReplay(
        [
            Step("load", lambda: 0.8),
            Step("clean", lambda x: x, lambda x: x - 0.14, ("load",)),
            Step("encode", lambda x: x, lambda x: x * 1.0, ("clean",)),
            Step("score", lambda x: x, inputs=("encode",)),
        ]
    )
    found = attribute_root_cause(bad, "f1_score", baseline=make_traces(12), replay=wrap(replay))
    assert [s.name for s in found.suspects] == ["clean", "encode"]
    assert found.top.operation == "clean"
    assert found.top.share == pytest.approx(0.14)
    assert replay.n_steps_run < 4 * 4


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([], "must hold at least one step"),
        ([Step("a", int), Step("a", int)], "Two steps of a StepReplay are called 'a'"),
        ([Step("a", int, inputs=("b",)), Step("b", int)], "'b', which does not come before it"),
    ],
)
def test_what_is_no_pipeline_is_refused(steps, message):
    with pytest.raises(ValueError, match=message):
        StepReplay(steps)


def test_one_line_stands_for_it():
    assert repr(chain([])) == "<StepReplay of 5 steps, 2 of them suspect>"
