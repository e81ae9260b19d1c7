"""New and missing operations and columns."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from lineage_stats.attribution import MechanismBaseline
from lineage_stats.attribution._links import producers_of
from lineage_stats.attribution._observation import Observation
from lineage_stats.attribution._paths import Paths
from lineage_stats.attribution._presence import (
    VANISHED,
    hands_all_on,
    idle_operation,
    missing_operation,
    moves_rows_together,
    new_operation,
    retyped_columns,
    vanished_columns,
)
from lineage_stats.attribution._scoring import HARMLESS_CHANGE
from lineage_stats.trace import DataRef, Operation, Trace
from tests.attribution import simulated as sim
from tests.recording import recording

NEW = "prepare/DataFrame.sample#1"


@pytest.fixture(scope="module")
def baseline():
    return MechanismBaseline.from_traces([sim.make_run(i, seed=17) for i in range(20)])


def with_new_step(change):
    """Insert a step after the filter; `change` gets and returns its features."""
    run = sim.make_run(60, seed=17)
    filtered = run.operation(sim.FILTER)
    made = DataRef("new", "table", filtered.outputs[0].rows, filtered.outputs[0].n_columns)
    features, rows = change(dict(filtered.features), filtered.outputs[0].rows)
    step = Operation(
        NEW, "DataFrame.sample", "selection", "prepare", inputs=filtered.outputs,
        outputs=(replace(made, rows=rows),), features=features, start_ns=filtered.start_ns,
    )  # fmt: skip
    operations = []
    for op in run:
        read = tuple(step.outputs[0] if r == filtered.outputs[0] else r for r in op.inputs)
        operations.append(replace(op, inputs=read))
        if op.key == sim.FILTER:
            operations.append(step)
    return replace(run, operations=tuple(operations))


def judge_new(baseline, change):
    seen = Observation(baseline, with_new_step(change))
    upstream = [*seen.trace.ancestors(sim.METRIC), sim.METRIC]
    return new_operation(seen, Paths(seen, upstream), NEW)


def test_a_new_step_that_does_nothing_is_nearly_harmless(baseline):
    found = judge_new(baseline, lambda features, rows: (features, rows))
    assert found.strength == HARMLESS_CHANGE
    assert found.change == "new operation"


def test_a_new_step_is_as_suspect_as_what_it_changed(baseline):
    def scaled(features, rows):
        return {k: v * 50 if "amount" in k else v for k, v in features.items()}, rows

    found = judge_new(baseline, scaled)
    assert found.strength > 0.3
    assert "[amount]" in found.change


def test_a_new_step_that_loses_a_column_that_is_read(baseline):
    def dropped(features, rows):
        return {k: v for k, v in features.items() if "[age]" not in k}, rows

    found = judge_new(baseline, dropped)
    assert found.strength == VANISHED
    assert found.change == "column missing: age"


def test_a_missing_step_is_as_suspect_as_what_its_readers_get(baseline):
    seen = Observation(baseline, sim.make_run(60, "dropna_removed", seed=17))
    paths = Paths(seen, [*seen.trace.ancestors(sim.METRIC), sim.METRIC])
    found = missing_operation(seen, paths, sim.DROPNA)
    assert found.strength > HARMLESS_CHANGE
    assert found.change == "operation missing"


def test_what_a_model_gets_instead_of_a_missing_step_arrives(baseline):
    seen = Observation(baseline, sim.make_run(60, "scaling_removed", seed=17))
    paths = Paths(seen, [*seen.trace.ancestors(sim.METRIC), sim.METRIC])
    assert missing_operation(seen, paths, sim.SCALE_TEST).strength > 0.9


def test_a_lost_column_is_charged_where_it_was_lost(baseline):
    seen = Observation(baseline, sim.make_run(60, "column_lost", seed=17))
    assert vanished_columns(seen, sim.DERIVE, 1.0)[0].change == "column missing: items"
    for later in (sim.LABEL, sim.AGGREGATE, sim.SPLIT, sim.SCALE, sim.PREDICT):
        assert vanished_columns(seen, later, 1.0) == []
    assert vanished_columns(seen, sim.DERIVE, 0.0) == []


def test_a_lost_column_counts_for_what_models_had_learned_of_it(baseline):
    """Items tell nothing of the target; that they are gone is certain all the same."""
    run = sim.make_run(60, "column_lost", seed=17)
    assert vanished_columns(Observation(baseline, run), sim.DERIVE, 1.0)[0].strength == VANISHED

    def without_age(op):
        names = {"mean[age]", "association[age]"}
        gone = {n for n in op.features if n in names or n.endswith("[age]")}
        kept = {n: v for n, v in op.features.items() if n not in gone or op.key == sim.LOAD_DIM}
        return replace(op, features=kept)

    seen = Observation(baseline, replace(run, operations=tuple(map(without_age, run))))
    found = [e for key in run.keys for e in vanished_columns(seen, key, 1.0) if "age" in e.change]
    assert found
    assert min(e.strength for e in found) > 1.5 * VANISHED


def unprofiled(run, key, **changes):
    """Leave out what was measured of the columns of one operation."""

    def told(op):
        features = {name: value for name, value in op.features.items() if "[" not in name}
        return replace(op, features=features, **changes) if op.key == key else op

    return replace(run, operations=tuple(map(told, run)))


def test_columns_that_were_not_measured_have_not_gone(baseline):
    run = sim.make_run(60, seed=17)
    seen = Observation(baseline, unprofiled(run, sim.DERIVE))
    assert vanished_columns(seen, sim.DERIVE, 1.0)
    assert seen.entry_missing.any()
    skipped = {**run.operation(sim.DERIVE).facts, "profile": "skipped"}
    seen = Observation(baseline, unprofiled(run, sim.DERIVE, facts=skipped))
    assert vanished_columns(seen, sim.DERIVE, 1.0) == []
    assert not seen.entry_missing.any()


def test_columns_of_no_rows_have_not_gone(baseline):
    run = sim.make_run(60, seed=17)
    (made,) = run.operation(sim.DERIVE).outputs
    empty = unprofiled(run, sim.DERIVE, outputs=(replace(made, rows=0),))
    assert vanished_columns(Observation(baseline, empty), sim.DERIVE, 1.0) == []


def as_texts(run, column, *keys):
    """Make texts of the numbers of a column, in what some operations gave."""
    numbers = tuple(
        f"{name}[{column}]" for name in ("mean", "sd", "min", "q25", "q50", "q75", "max")
    )

    def told(op):
        if op.key not in keys:
            return op
        features = {k: v for k, v in op.features.items() if not k.startswith(numbers)}
        return replace(op, features={**features, f"top_share[{column}]": 0.3})

    return replace(run, operations=tuple(map(told, run)))


def test_values_of_another_type_are_charged_where_they_first_are(baseline):
    run = as_texts(sim.make_run(60, seed=17), "amount", sim.LOAD, sim.DROPNA)
    seen = Observation(baseline, run)
    (found,) = retyped_columns(seen, sim.LOAD, 1.0)
    assert found.change == "values of another type: amount"
    assert found.strength > 0.3
    assert retyped_columns(seen, sim.DROPNA, 1.0) == []
    assert retyped_columns(seen, sim.LOAD, 0.0) == []
    for key in (sim.LOAD_DIM, sim.JOIN, sim.FILTER):
        assert retyped_columns(seen, key, 1.0) == []


def test_columns_without_a_profile_have_no_other_type(baseline):
    run = sim.make_run(60, seed=17)
    skipped = {**run.operation(sim.LOAD).facts, "profile": "skipped"}
    seen = Observation(baseline, unprofiled(run, sim.LOAD, facts=skipped))
    assert retyped_columns(seen, sim.LOAD, 1.0) == []
    assert not seen.retyped.any()


def test_a_column_without_values_has_no_other_type(baseline):
    run = sim.make_run(60, seed=17)

    def told(op):
        if op.key != sim.LOAD:
            return op
        features = {k: v for k, v in op.features.items() if not k.endswith("[amount]")}
        return replace(op, features={**features, "nulls[amount]": 1.0})

    seen = Observation(baseline, replace(run, operations=tuple(map(told, run))))
    assert not seen.retyped.any()


def test_a_type_that_runs_before_had_is_no_news(baseline):
    run = as_texts(sim.make_run(60, seed=17), "amount", sim.LOAD)
    before = as_texts(sim.make_run(59, seed=17), "amount", sim.LOAD)
    assert Observation(baseline, run).retyped.any()
    assert not Observation(baseline, run, (before,)).retyped.any()


def a_new_step(name, kind="selection", rows=9, columns=2, nulls=0.0, features=(), **facts):
    """Observe a run of read -> step -> f1_score, where healthy runs have no step."""

    def run(i, *steps):
        read = Operation(
            "f/read#1", "read", "source", outputs=(given,),
            features={"rows_out": 9.0, "nulls[a]": 0.01 * (i % 3)},
        )  # fmt: skip
        last = steps[-1].outputs if steps else (given,)
        score = Operation("f/f1_score#1", "f1_score", "metric", inputs=last)
        return Trace(f"r{i}", "p", (read, *steps, score))

    given, made = DataRef("d", "table", 9, 2), DataRef("e", "table", rows, columns)
    if rows is None:
        given = replace(given, rows=None)
    step = Operation(
        "f/new#1", name, kind, inputs=(given,), outputs=(made,), facts=facts,
        features={"rows_out": float(rows or 0), "nulls[a]": nulls} | dict(features),
    )  # fmt: skip
    baseline = MechanismBaseline.from_traces([run(i) for i in range(9)])
    return Observation(baseline, run(9, step))


@pytest.mark.parametrize(
    ("does", "name", "others"),
    [
        (True, "DataFrame.drop_duplicates", {}),
        (True, "Series[mask]", {}),
        (False, "DataFrame[mask]", {"nulls": 0.5}),
        (False, "DataFrame[mask]", {"param[key]": "function ~1"}),
        (False, "DataFrameGroupBy.filter", {}),
        (False, "DataFrame.dropna", {"rows": 8}),
        (False, "DataFrame.dropna", {"columns": 1}),
        (False, "DataFrame.dropna", {"param[ignore_index]": "True"}),
        (False, "DataFrame.query", {"features": {"calls": 30.0}}),
        (False, "DataFrame.query", {"rows": None}),
        (False, "DataFrame.sample", {}),
        (False, "DataFrame.where", {"kind": "transform"}),
    ],
)
def test_a_step_that_left_out_nothing_hands_all_on(does, name, others):
    assert hands_all_on(a_new_step(name, **others), "f/new#1") is does


# -- steps that only move rows --------------------------------------------------------------------


def both_from_one(table, other):
    moved = table.sort_index(ascending=False)
    LogisticRegression().fit(moved[["a"]].fillna(0.0), moved["y"].to_numpy())


def joined_by_a_key(table, other):
    moved = table.sort_values("a").merge(other, on="key").drop_duplicates()
    LogisticRegression().fit(moved[["a", "b"]], moved["y"])


def joined_by_labels(table, other):
    moved = table.reset_index(drop=True).join(other.drop(columns="key"))
    LogisticRegression().fit(moved[["a", "b"]], moved["y"])


def merged_by_labels(table, other):
    moved = table.reset_index(drop=True)
    moved = moved.merge(other.drop(columns="key"), left_index=True, right_index=True)
    LogisticRegression().fit(moved[["a", "b"]], moved["y"])


def columns_within(table, other):
    moved = table.sort_index()
    moved["c"] = moved["a"] * 2
    LogisticRegression().fit(moved[["c"]], moved["y"])


def target_from_before(table, other):
    target = table["y"]
    LogisticRegression().fit(table.sort_values("a")[["a"]], target)


def put_beside_a_column(table, other):
    moved = table.reset_index(drop=True)
    moved["b"] = other["b"]
    LogisticRegression().fit(moved[["a", "b"]], moved["y"])


def one_column_moved(table, other):
    table["a"] = table["a"].sort_values().to_numpy()
    LogisticRegression().fit(table[["a"]], table["y"])


def window_by_order(table, other):
    moved = table.sort_values("a")
    moved["b"] = moved["a"].rolling(2, min_periods=1).mean()
    LogisticRegression().fit(moved[["b"]], moved["y"])


def first_of_duplicates(table, other):
    moved = table.sort_values("a").drop_duplicates("key")
    LogisticRegression().fit(moved[["a"]], moved["y"])


def index_becomes_a_column(table, other):
    moved = table.reset_index()
    LogisticRegression().fit(moved[["a"]], moved["y"])


@pytest.mark.parametrize(
    ("program", "together"),
    [
        (both_from_one, True),
        (joined_by_a_key, True),
        (columns_within, True),
        (joined_by_labels, False),
        (merged_by_labels, False),
        (target_from_before, False),
        (put_beside_a_column, False),
        (one_column_moved, False),
        (window_by_order, False),
        (first_of_duplicates, False),
        (index_becomes_a_column, False),
    ],
)
def test_moved_rows_stay_together_unless_something_stands_still(program, together):
    rng = np.random.default_rng(0)
    keys, values = np.arange(20), rng.normal(size=20)
    table = pd.DataFrame({"key": keys, "a": values, "y": [0, 1] * 10}, index=keys[::-1])
    other = pd.DataFrame({"key": keys, "b": values})
    with recording() as run:
        program(table, other)
    trace = run.trace
    seen = SimpleNamespace(operations={op.key: op for op in trace}, slots=producers_of(trace))
    step = next(k for k in trace.keys if "reset_index" in k or "sort_" in k)
    assert moves_rows_together(seen, step, trace.keys) == together
    assert not moves_rows_together(seen, trace.keys[-1], trace.keys)
    if together:
        assert idle_operation(seen, step).change == "new operation, only moves rows"
