"""Which operations the columns of a model's input come from."""

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import adjusted_rand_score, f1_score

from lineage_stats.attribution._feeds import (
    TARGET,
    feeds_of_fit,
    handlers_of_truth,
    relevance,
    successors,
)
from lineage_stats.datasets import load_faulty_pipelines
from lineage_stats.trace._lineage._ask import MOST_SOURCES, makers_of
from tests.recording import recording

DEPOTS, PARCELS = "load/read_csv#2", "load/read_csv#1"
FIT = "<module>/LogisticRegression.fit#1"


@pytest.fixture(scope="module")
def trace():
    return load_faulty_pipelines(pipeline="parcels").traces[-1]


def test_columns_of_a_fit_lead_to_who_made_their_values(trace):
    names = [name for name in trace.operation(FIT).features if name.startswith("association")]
    columns = tuple(name[len("association[") : -1] for name in names)
    feeds = feeds_of_fit(trace, FIT, (*columns, "no_such_column"))
    assert set(feeds) == {*columns, TARGET}
    assert sum(PARCELS in feeds[column] for column in columns) >= 4
    assert sum(DEPOTS in feeds[column] for column in columns) == 1
    assert "<module>/Series.astype#1" in feeds[TARGET]
    assert DEPOTS not in feeds[TARGET]


def test_an_operation_without_data_feeds_on_nothing(trace):
    assert feeds_of_fit(trace, PARCELS, ("weight",)) == {}


def test_what_a_metric_holds_predictions_against_leads_to_who_had_it(trace):
    metric = next(op.key for op in trace if op.metric is not None)
    found = handlers_of_truth(trace, metric)
    assert PARCELS in found
    assert DEPOTS not in found
    assert FIT not in found
    assert handlers_of_truth(trace, PARCELS) == frozenset()


def test_what_nobody_knows_counts_as_a_prediction():
    with recording() as run:
        table = pd.DataFrame({"a": [0, 1] * 20, "late": [0, 1] * 20, "other": [1, 0] * 20})
        f1_score(table["late"], np.asarray([int(a) for a in table["a"]]))
        f1_score(table["late"], table["other"])
    made, unknown, known = run.trace.keys
    assert handlers_of_truth(run.trace, unknown) == {made}
    assert handlers_of_truth(run.trace, known) == frozenset()


def test_groups_are_held_against_what_no_model_was_fitted_to(tmp_path):
    points, kinds = tmp_path / "points.csv", tmp_path / "kinds.csv"
    pd.DataFrame({"id": range(40), "a": [0.0, 9.0] * 20}).to_csv(points, index=False)
    pd.DataFrame({"id": range(40), "kind": ["x", "y"] * 20}).to_csv(kinds, index=False)
    with recording() as run:
        table = pd.read_csv(points).merge(pd.read_csv(kinds), on="id")
        chosen = table["id"] < 30
        model = KMeans(2, n_init=1, random_state=0).fit(table[["a"]][chosen])
        adjusted_rand_score(table["kind"], model.predict(table[["a"]]))
    fit, metric = (
        next(op.key for op in run.trace if op.kind == kind) for kind in ("fit", "metric")
    )
    assert TARGET not in feeds_of_fit(run.trace, fit, ("a",))  # rows were chosen by `id`
    read = {op.key for op in run.trace if op.kind == "source"}
    assert handlers_of_truth(run.trace, metric) & read == {run.trace.keys[1]}


def test_relevance_is_that_of_recorded_lineage(trace):
    found = relevance(trace, trace.keys[-1])
    assert found[PARCELS, "weight"] == 1.0
    assert all(0 < weight <= 1 for weight in found.values())
    assert relevance(trace, "no_such_operation") == {}


def test_what_lies_before_a_threshold_out_of_sight_matters():
    with recording() as run:
        table = pd.DataFrame({"a": range(40), "unused": range(40), "late": [0, 1] * 20})
        table["doubled"] = table["a"] * 2
        table["idle"] = table["unused"] * 2
        features, late = table[["doubled"]], table["late"]
        probability = LogisticRegression().fit(features, late).predict_proba(features)[:, 1]
        f1_score(late, (np.asarray(probability) >= 0.4).astype(int))
    made, idle = (op.key for op in run.trace if op.name == "DataFrame[]=")
    found = relevance(run.trace, run.trace.keys[-1])
    assert found[made, "doubled"] == 1.0
    assert (idle, "idle") not in found


def test_a_column_with_a_dot_in_its_name_has_its_maker():
    with recording() as run:
        table = pd.DataFrame({"a": range(20), "late": [0, 1] * 10})
        table["b.c"] = table["a"] * 2
        LogisticRegression().fit(table[["b.c"]], table["late"])
    fit = next(op.key for op in run.trace if op.kind == "fit")
    made = next(op.key for op in run.trace if op.name == "DataFrame[]=")
    assert made in feeds_of_fit(run.trace, fit, ("b.c",))["b.c"]


def test_whoever_writes_into_a_table_taken_as_one_handles_its_columns():
    with recording() as run:
        table = pd.DataFrame(np.random.default_rng(0).normal(size=(1500, 40))).T
        table.columns = [f"c{i}" for i in range(1500)]
        table["late"] = (table["c0"] > 0).astype(int)
        LogisticRegression().fit(table[["c0", "c1"]], table["late"])
    fit = next(op.key for op in run.trace if op.kind == "fit")
    written = [op.key for op in run.trace if op.name == "DataFrame[]="]
    feeds = feeds_of_fit(run.trace, fit, ("c0",))
    assert set(written) <= feeds[TARGET]


def test_makers_are_those_of_the_lineage_that_people_ask_for(trace):
    table = trace.operation(FIT).inputs[0].id
    for name in (trace.keys[-1], "load/DataFrame.merge#1.weight", table):
        lineage, reached = trace.upstream(name), makers_of(trace, name)
        above = [(d.operation, d.column, set(d.relations)) for d in lineage.dependencies]
        assert [(k, c, set(r)) for k, c, r in reached[len(lineage.of) :]] == above
        assert all(set(r) == {"identity"} for _, _, r in reached[: len(lineage.of)])


def test_values_of_a_column_go_where_they_are_written_whatever_the_name():
    with recording() as run:
        table = pd.DataFrame({"price": [1.0, 2.0, 3.0], "size": [4, 5, 6]})
        table["target"] = np.log(table["price"].clip(lower=2))
        table[table["size"] > 4].dropna()
    key = {op.name: op.key for op in run.trace}
    found = successors(run.trace, {name: f"my {name}" for name in run.trace.keys})
    clipped, table = f"my {key['Series.clip']}", f"my {key['DataFrame[]=']}"
    assert found[clipped, 0, "price"] == {(table, 0, "target")}
    assert (table, 0, "price") not in found  # who leaves the name is followed by it


def test_what_is_made_of_very_many_columns_is_not_followed_one_by_one():
    with recording() as run:
        table = pd.DataFrame({f"c{i}": [1.0, 2.0] for i in range(MOST_SOURCES + 1)})
        table[["c0", "c1"]].rank(axis=1)
        table.rank(axis=1)
    found = successors(run.trace, {key: key for key in run.trace.keys})
    few, many = (op.key for op in run.trace if op.name == "DataFrame.rank")
    assert {place[0] for after in found.values() for place in after} == {few}
    assert many not in {place[0] for after in found.values() for place in after}
