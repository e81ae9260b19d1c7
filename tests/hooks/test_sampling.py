"""Samples: within a budget of time and memory, and skipped where everybody can see it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lineage_stats.features import profile_data
from lineage_stats.features._shape import take_outline
from lineage_stats.hooks import _sampling
from lineage_stats.hooks._sampling import ALLOWANCE_NS, MOST_FEATURES, SHARE, Sampler
from tests.recording import recording

FRAME = pd.DataFrame({"a": [1.0, 3.0], "t": ["x", "y"]})


def outputs(*objects):
    return [(obj, take_outline(obj)) for obj in objects]


def test_profiles_are_named_by_output():
    sampler = Sampler(1000)
    taken = [sampler.take(outputs(*objects)) for objects in ([FRAME, FRAME["a"]], [], [FRAME])]
    both, none, one = sampler.measure(taken)
    assert one == profile_data(FRAME)
    assert both == {**one, **{f"{k}@1": v for k, v in profile_data(FRAME["a"]).items()}}
    assert none == {}


def test_models_have_no_sample():
    sampler = Sampler(1000)
    assert sampler.take([(object(), ("model", None, None, None))]) == []


def test_what_waits_is_bounded_and_changes_no_number(monkeypatch):
    monkeypatch.setattr(_sampling, "MOST_WAITING", 5)
    sampler = Sampler(1000)
    taken = [sampler.take(outputs(FRAME)) for _ in range(3)]
    assert [isinstance(s, dict) for samples in taken for _, s in samples] == [False, True, True]
    assert sampler.measure(taken) == [profile_data(FRAME)] * 3
    assert [isinstance(s, dict) for _, s in sampler.take(outputs(FRAME))] == [False]


class Clock:
    """A clock that goes on by a step whenever it is read."""

    def __init__(self):
        self.now = self.step = 0

    def __call__(self):
        self.now += self.step
        return self.now


def test_a_spent_budget_skips_until_the_run_has_gone_on():
    clock = Clock()
    sampler = Sampler(1000, clock)
    clock.step = ALLOWANCE_NS + 1
    assert sampler.take(outputs(FRAME)) is not None
    clock.step = 0
    clock.now += int(2 * clock.now / SHARE)
    assert sampler.take(outputs(FRAME)) is not None
    clock.step = clock.now
    assert sampler.take(outputs(FRAME)) is not None
    clock.step = 0
    assert sampler.take(outputs(FRAME)) is None
    assert sampler.n_skipped == 1


@pytest.mark.parametrize("skipped", [True, False])
def test_a_skipped_profile_is_noted_and_the_operation_stays(monkeypatch, skipped):
    if skipped:
        monkeypatch.setattr(_sampling, "ALLOWANCE_NS", -(10**15))
    with recording(features="profile") as run:
        FRAME.dropna()
        (operation,) = run.operations
    assert (operation.facts.get("profile") == "skipped") is skipped
    assert ("mean[a]" in operation.features) is not skipped
    assert operation.outputs[0].rows == 2


def test_what_happens_to_the_data_afterwards_does_not_count():
    with recording(features="profile") as run:
        table = pd.DataFrame({"a": np.arange(4.0)})
        table.loc[:, "a"] = 7.0
        made, written = run.operations
    assert made.features["max[a]"] == 3.0
    assert written.features["min[a]"] == 7.0


def test_what_a_provider_measures_is_bounded_and_counts_for_the_budget():
    times = iter([0, 0, 10**9, 2 * 10**9, 3 * 10**9, 3 * 10**9, 3 * 10**9])
    sampler = Sampler(10, clock=lambda: next(times))
    many = {f"f{i}": i for i in range(2 * MOST_FEATURES)}
    found = sampler.extract(lambda call: many, None)
    assert len(found) == MOST_FEATURES
    assert isinstance(found["f1"], float)
    assert sampler.extract(lambda call: many, None) == {}
    unlimited = Sampler(10, clock=lambda: next(times), limited=False)
    unlimited._spent = 10**12
    assert unlimited.extract(lambda call: {"a": 1}, None) == {"a": 1.0}
