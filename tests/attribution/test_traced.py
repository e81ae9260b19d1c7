"""Wrong columns of a model's input, followed back."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage_stats.attribution import MechanismBaseline, _traced
from lineage_stats.attribution._association import find_breaks
from lineage_stats.attribution._feeds import TARGET
from lineage_stats.attribution._inspector import Inspector
from lineage_stats.attribution._observation import Observation
from lineage_stats.attribution._traced import (
    _without_partners,
    breakable_columns,
    broken_columns,
    credited,
    has_other_places,
    learned_from,
    target_shows,
    unusual_columns,
)
from lineage_stats.trace import DataRef, Operation, Trace
from tests.attribution import simulated as sim
from tests.attribution.prices import price_run


@pytest.fixture(scope="module")
def baseline():
    return MechanismBaseline.from_traces([sim.make_run(i, seed=29) for i in range(25)])


def observe(baseline, *faults):
    return Observation(baseline, sim.make_run(90, *faults, seed=29))


def test_nothing_is_broken_in_a_healthy_run(baseline):
    assert max(broken_columns(observe(baseline), sim.FIT).values()) < 0.3
    assert max(unusual_columns(observe(baseline), sim.FIT).values()) < 0.3


def test_one_shuffled_column_stands_out(baseline):
    found = broken_columns(observe(baseline, "column_shuffled"), sim.FIT)
    assert max(found, key=found.get) == "age"
    assert TARGET not in found


def test_shuffled_labels_are_the_target(baseline):
    found = broken_columns(observe(baseline, "labels_shuffled_in_code"), sim.FIT)
    assert max(found, key=found.get) == TARGET


def without_bond(run, *columns):
    """Leave out what columns have to do with the target, as where they did not arrive."""
    gone = {f"association[{column}]" for column in columns}

    def rest(op):
        return {name: value for name, value in op.features.items() if name not in gone}

    return replace(run, operations=tuple(replace(op, features=rest(op)) for op in run))


def test_what_models_had_learned_of_lost_columns_is_their_share_of_the_association(baseline):
    run = sim.make_run(90, seed=29)
    lost = Observation(baseline, without_bond(run, "age", "items"))
    # amount .305, age -.557, ratio .251; of items and income there is none
    assert learned_from(lost, ["age", "items"]) == pytest.approx(0.816, abs=0.01)
    assert learned_from(lost, ["items"]) == 0.0
    assert learned_from(lost, ["amount"]) == 0.0  # it arrived
    every = Observation(baseline, without_bond(run, "age", "amount", "ratio"))
    assert learned_from(every, ["age", "amount", "ratio"]) == pytest.approx(1.0)
    assert learned_from(every, ["amount"]) < learned_from(every, ["age"]) < 1.0


def test_a_column_that_moved_is_held_against_what_others_would_have_lost(baseline):
    seen = observe(baseline, "column_shuffled")
    broken = broken_columns(seen, sim.FIT)
    could = breakable_columns(seen, sim.FIT, broken)
    assert could.keys() == broken.keys()
    assert could["age"] == pytest.approx(broken["age"])
    assert could["amount"] > 5 * broken["amount"]


def test_columns_that_a_moved_target_left_cannot_have_broken(baseline):
    seen = observe(baseline, "labels_shuffled_in_code")
    assert breakable_columns(seen, sim.FIT, broken_columns(seen, sim.FIT)) == {}


def test_a_fit_that_is_not_there_has_no_columns(baseline):
    assert broken_columns(observe(baseline), "nowhere") == {}
    assert unusual_columns(observe(baseline), "nowhere") == {}


def test_credit_is_for_most_of_it_and_little_else():
    feeds = {"a": frozenset({"x", "all"}), "b": frozenset({"y", "all"})}
    assert credited(("x", "y", "all"), feeds, {"a": 0.8, "b": 0.0}).tolist() == pytest.approx(
        [0.8, 0.0, 0.8 * np.sqrt(0.5)]
    )
    assert credited(("x",), feeds, {}).tolist() == [0.0]
    assert credited(("x",), feeds, {"unknown": 1.0}).tolist() == [0.0]


def test_what_is_left_without_a_reason_counts_twice():
    feeds = {"a": frozenset({"x", "all"}), "b": frozenset({"y", "all"})}
    wrong = {"a": 0.5, "b": 0.5}
    assert credited(("x", "all"), feeds, wrong, {}).tolist() == pytest.approx([0.125, 0.5])
    assert credited(("x", "all"), feeds, wrong).tolist() == pytest.approx([0.25, 0.5])


def test_columns_that_could_hardly_be_wrong_do_not_speak_against_an_operation():
    feeds = {"a": frozenset({"x"}), "b": frozenset({"x"})}
    wrong = {"a": 0.8, "b": 0.0}
    (all_could,) = credited(("x",), feeds, wrong, {})
    (hardly,) = credited(("x",), feeds, wrong, {"a": 0.8, "b": 0.1})
    (could,) = credited(("x",), feeds, wrong, {"a": 0.8, "b": 0.8})
    assert could == pytest.approx(all_could)
    assert all_could < hardly < 0.8


@given(st.dictionaries(st.sampled_from("abcd"), st.floats(0, 1)))
def test_credits_stay_between_0_and_the_largest(wrong):
    feeds = {column: frozenset({column, "all"}) for column in "abc"}
    found = credited(("a", "b", "c", "all", "none"), feeds, wrong)
    assert (found >= 0).all()
    assert (found <= max(wrong.values(), default=0.0) + 1e-12).all()
    assert found[-1] == 0.0


def test_of_two_that_lost_each_other_the_one_that_lost_the_target_moved():
    lost = _without_partners(
        {"moved": 9.0, "stayed": 1.0}, {"moved": 9.0, "stayed": 30.0, "w": 9.0}
    )
    assert lost["moved"] > 2 * lost["stayed"] > 0
    assert lost["w"] > lost["stayed"]  # nobody knows what it told of the target
    unknown = _without_partners({"moved": 0.0, "stayed": 0.0}, {"moved": 9.0, "stayed": 9.0})
    assert unknown["moved"] == unknown["stayed"] > 0.3


@pytest.fixture(scope="module")
def prices():
    return MechanismBaseline.from_traces([price_run(day) for day in range(20)])


@pytest.mark.slow
@pytest.mark.parametrize(("edit", "shows"), [("tidied", False), ("counted", True)])
def test_a_target_that_shows_answers_for_what_columns_lost_of_it(prices, edit, shows):
    seen = Observation(prices, price_run(30, edit))
    (fit,) = (seen.keys[op.key] for op in seen.trace if op.kind == "fit")
    assert target_shows(seen, fit, lost=1.0) is shows
    found = broken_columns(seen, fit)
    assert (max(found, key=found.get) == TARGET and found[TARGET] > 0.5) is shows
    assert TARGET not in broken_columns(seen, fit, of_target=False)


def test_a_target_that_shows_does_not_answer_where_a_column_kept_all_of_it(prices, monkeypatch):
    seen = Observation(prices, price_run(30, "counted"))
    (fit,) = (seen.keys[op.key] for op in seen.trace if op.kind == "fit")
    for loss, shows in ((1.0, False), (4.0, True)):
        told = [("a", 50.0, 50.0), ("b", 9.0, loss)]
        monkeypatch.setattr(_traced, "_informative", lambda *_, told=told: iter(told))
        assert target_shows(seen, fit, lost=1.0) is shows


def test_other_columns_of_the_table_that_holds_the_target_are_not_it(prices):
    seen = Observation(prices, price_run(30, "counted"))
    (fit,) = (seen.keys[op.key] for op in seen.trace if op.kind == "fit")
    assert set(unusual_columns(seen, fit)) == {"size", TARGET}


def array_run(i, width, names="01", kind="array", told=0.5):
    """Return a run that fits a model on columns of an array."""
    data, label = DataRef("d", kind, 50, width), DataRef("y", "array", 50)
    features = {f"association[{name}]": told + 0.01 * (i % 3) for name in names}
    fit = Operation(
        "f/fit#1", "fit", "fit", inputs=(data, label), outputs=(DataRef("m", "model"),),
        features=features,
    )  # fmt: skip
    return Trace(f"r{i}", "p", (fit,))


@pytest.mark.parametrize(
    ("made", "width", "moved"),
    [
        ({}, 2, False),
        ({}, 3, True),
        ({"names": "ab"}, 3, False),
        ({"names": ("2019", "2020"), "kind": "table"}, 3, False),
        ({"names": ()}, 2, False),
    ],
)
def test_numbers_of_columns_say_nothing_where_there_are_others(made, width, moved):
    baseline = MechanismBaseline.from_traces([array_run(i, 2, **made) for i in range(10)])
    seen = Observation(baseline, array_run(10, width, **made, told=0.1))
    assert has_other_places(seen, "f/fit#1") is moved
    assert (broken_columns(seen, "f/fit#1") == {}) is (moved or not made.get("names", "01"))
    assert (find_breaks(Inspector(seen, ["f/fit#1"])) == []) is (
        moved or not made.get("names", "01")
    )
