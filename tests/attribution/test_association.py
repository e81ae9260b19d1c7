"""Shuffled labels and columns: seen at the fit, charged upstream."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split

from lineage_stats.attribution import MechanismBaseline, attribute_root_cause
from lineage_stats.attribution._association import charge, find_breaks, followers_of_breaks
from lineage_stats.attribution._case import open_case
from lineage_stats.attribution._inspector import Inspector, upstream_of
from lineage_stats.attribution._observation import Observation
from tests.attribution import simulated as sim
from tests.attribution.prices import price_run
from tests.recording import recording


@pytest.fixture(scope="module")
def baseline():
    return MechanismBaseline.from_traces([sim.make_run(i, seed=29) for i in range(25)])


def inspect(baseline, *faults):
    seen = Observation(baseline, sim.make_run(90, *faults, seed=29))
    return Inspector(seen, [seen.keys[k] for k in upstream_of(seen.trace, sim.METRIC)[0]])


def charged(baseline, *faults):
    inspector = inspect(baseline, *faults)
    found = charge(inspector, inspector.suspicions())
    return max(found, key=lambda k: found[k].strength), found


def test_healthy_runs_have_no_break(baseline):
    assert find_breaks(inspect(baseline)) == []


def test_shuffled_labels_break_all_columns(baseline):
    (found,) = find_breaks(inspect(baseline, "labels_shuffled_in_code"))
    assert found.of_target
    assert found.witness == sim.FIT
    assert {"amount", "age"} <= set(found.columns)


def test_a_shuffled_column_breaks_alone(baseline):
    (found,) = find_breaks(inspect(baseline, "column_shuffled"))
    assert not found.of_target
    assert found.columns == ("age",)


@pytest.mark.parametrize(
    "fault", ["labels_shuffled_in_code", "labels_shuffled_new_step", "column_shuffled"]
)
def test_who_was_edited_answers(baseline, fault):
    top, found = charged(baseline, fault)
    assert top == sim.FAULTS[fault]
    assert "association" in found[top].evidence[0].change
    assert found[sim.FIT].strength == 0.0


def test_else_the_step_that_made_the_label(baseline):
    top, found = charged(baseline, "labels_shuffled_silently")
    assert top == sim.LABEL
    assert found[top].strength < 0.7


def test_a_break_that_the_columns_themselves_show_is_not_charged_again(baseline):
    inspector = inspect(baseline, "nulls_at_source")
    before = inspector.suspicions()
    after = charge(inspector, before)
    assert after[sim.LOAD_DIM].strength == before[sim.LOAD_DIM].strength


@pytest.fixture(scope="module")
def prices():
    return MechanismBaseline.from_traces([price_run(day) for day in range(20)])


def inspect_prices(baseline, *edits):
    seen = Observation(baseline, price_run(30, *edits))
    upstream = upstream_of(seen.trace, seen.trace.metric_operation("r2_score").key)[0]
    return Inspector(seen, [seen.keys[key] for key in upstream])


def test_what_a_changed_target_shows_itself_is_no_break(prices):
    assert find_breaks(inspect_prices(prices, "counted")) == []


def test_a_break_is_not_charged_to_a_new_step_that_left_out_nothing(prices):
    inspector = inspect_prices(prices, "shuffled", "tidied")
    found = charge(inspector, inspector.suspicions())
    charged = {
        inspector.observation.operations[key].name
        for key, suspicion in found.items()
        if any(item.feature == "association[size]" for item in suspicion.evidence)
    }
    assert "Series.sample" in charged
    assert "DataFrame.drop_duplicates" not in charged


def test_a_fit_that_only_runs_before_had_bears_no_witness(prices):
    before = tuple(price_run(day, "scaled") for day in (28, 29))
    run = price_run(30, "scaled", "counted")
    found = attribute_root_cause(run, "r2_score", baseline=prices, before=before)
    assert run.operation(found.top.operation).name == "SeriesGroupBy.count"


def run_experiment(day, shuffled=""):
    """Return a run that fits a model for each arm of an experiment, of arms from a table."""
    rng = np.random.default_rng(day)
    n = 4000
    letter = rng.random(n) < 0.5
    people = pd.DataFrame({"id": np.arange(n), "age": rng.normal(size=n), "pages": rng.random(n)})
    chance = 0.2 * letter + 0.1 * letter * people["age"].clip(-2, 2) + 0.4 * people["pages"]
    bought = rng.random(n) < 0.2 + chance
    bought = (rng.permutation(bought) if shuffled == "bought" else bought).astype(int)
    arms = np.where(rng.permutation(letter) if shuffled == "arm" else letter, "letter", "control")
    with recording(features="profile") as run:
        table = pd.DataFrame({"id": people["id"], "arm": arms})
        table = table.merge(pd.DataFrame(people), on="id")
        table = table.merge(pd.DataFrame({"id": people["id"], "bought": bought}), on="id")
        train, test = train_test_split(table, stratify=table["arm"], random_state=0)
        chances = {}
        for arm, rows in train.groupby("arm"):
            model = LogisticRegression().fit(rows[["age", "pages"]], rows["bought"])
            chances[arm] = model.predict_proba(test[["age", "pages"]])[:, 1]
        r2_score(test["bought"], chances["letter"] - chances["control"])
    return dataclasses.replace(run.trace, run_id=f"day{day}{shuffled}")


@pytest.mark.slow
@pytest.mark.parametrize(("shuffled", "source"), [("arm", 0), ("bought", 3)])
def test_of_strata_and_a_column_that_lost_each_other_the_one_that_moved_is_named(shuffled, source):
    baseline = MechanismBaseline.from_traces([run_experiment(day) for day in range(15)])
    seen = Observation(baseline, run_experiment(40, shuffled))
    upstream, _ = upstream_of(seen.trace, seen.trace.metric_operation("r2_score").key)
    inspector = Inspector(seen, [seen.keys[key] for key in upstream])
    (found,) = find_breaks(inspector)
    assert seen.operations[found.witness].name == "train_test_split"
    assert found.columns == ("bought",)
    assert found.of_target == (shuffled == "arm")
    followers = {seen.operations[key].kind for key in followers_of_breaks(inspector, [found])}
    assert "fit" in followers
    assert "split" not in followers
    source = seen.trace.operations[source].key
    charges = charge(inspector, inspector.suspicions())
    assert max(charges, key=lambda key: charges[key].strength) == source
    found = attribute_root_cause(seen.trace, "r2_score", baseline=baseline)
    assert found.contributions[0].operation == source


def run_ward(day, shuffled=""):
    """Return a run that tells who is ill by measures of two tables and the age in a third."""
    rng = np.random.default_rng(day)
    n = 1500
    ill = rng.random(n) < 0.4
    ids, ages = np.arange(n), ill + rng.normal(size=n)
    measures = {name: ill + rng.normal(size=n) for name in ("pulse", "weight", "height")}
    labs = {name: ill + rng.normal(size=n) for name in ("sugar", "iron")}
    known, measured = (
        rng.permutation(ids) if shuffled == table else ids for table in ("people", "measures")
    )
    ill = rng.permutation(ill) if shuffled == "ill" else ill
    with recording(features="profile") as run:
        people = pd.DataFrame({"id": known, "age": ages, "ill": ill.astype(int)})
        table = people.merge(pd.DataFrame({"id": measured, **measures}), on="id")
        table = table.merge(pd.DataFrame({"id": ids, **labs}), on="id")
        train, test = table.head(n // 2), table.tail(n - n // 2)
        columns = ["age", *measures, *labs]
        model = LogisticRegression().fit(train[columns], train["ill"])
        r2_score(test["ill"], model.predict_proba(test[columns])[:, 1])
    return dataclasses.replace(run.trace, run_id=f"day{day}{shuffled}")


@pytest.mark.slow
@pytest.mark.parametrize(("shuffled", "source"), [("ill", 0), ("measures", 1), ("people", 0)])
def test_a_column_that_goes_with_its_target_as_ever_tells_that_the_others_moved(shuffled, source):
    baseline = MechanismBaseline.from_traces([run_ward(day) for day in range(15)])
    trace = run_ward(40, shuffled)
    seen = Observation(baseline, trace)
    metric = trace.metric_operation("r2_score").key
    upstream, _ = upstream_of(trace, metric)
    (found,) = find_breaks(Inspector(seen, [seen.keys[key] for key in upstream]))
    assert found.of_target == (shuffled == "ill")
    signs = open_case(baseline, trace, metric).signs
    silent = signs.values[:, signs.names.index("silent")].max()
    assert (silent > 0.1) == (shuffled == "ill")  # columns that moved explain odd predictions
    named = attribute_root_cause(trace, "r2_score", baseline=baseline).contributions[0]
    sources = [op.key for op in trace if op.kind == "source"]
    assert named.operation == sources[source]
