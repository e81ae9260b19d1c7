"""Sources of every column of a realistic pipeline, checked by hand."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd
import pytest

import lineage_stats
from lineage_stats.exceptions import UnknownColumnError
from lineage_stats.trace import Trace, TraceSet
from tests.golden import columns_script

CUSTOMERS = "columns_script.make_table/read_csv#1"
ORDERS = "columns_script.load_orders/read_csv#1"

# Only adults are kept, and they are joined on id with totals of orders above an amount.
ROWS = {
    "c.age": "filtered-by+joined-on", "c.id": "joined-on", "o.id": "joined-on",
    "o.amount": "joined-on",
}  # fmt: skip
TOTALS = {
    "c.age": "joined-on", "c.id": "joined-on", "o.id": "joined-on+grouped-by",
    "o.amount": "filtered-by+joined-on+grouped-by",
}  # fmt: skip
PAID = "aggregated+filtered-by+joined-on+grouped-by"
GROUPED = {name: how + "+grouped-by" for name, how in ROWS.items()}

COLUMNS = {
    "id": ROWS | {"c.id": "identity+joined-on"},
    "age": ROWS | {"c.age": "identity+filtered-by+joined-on"},
    "income": ROWS | {"c.income": "identity"},
    "region": ROWS | {"c.region": "identity"},
    "since": ROWS | {"c.joined": "identity"},
    "target": ROWS | {"c.target": "identity"},
    "score": dict.fromkeys(ROWS, "filtered-by+joined-on")
    | {"c.score": "derived", "c.income": "filtered-by"},
    "total": TOTALS | {"o.amount": PAID, "o.discount": "aggregated"},
    "largest": TOTALS | {"o.amount": PAID},
    "n_orders": TOTALS | {"o.kind": "aggregated"},
    "per_order": TOTALS | {"o.amount": PAID, "o.discount": "aggregated", "o.kind": "aggregated"},
    "age_scaled": ROWS | {"c.age": "derived+aggregated+filtered-by+joined-on"},
    "income_gap": GROUPED | {"c.income": "derived+aggregated", "c.region": "grouped-by"},
    "rich": ROWS | {"c.income": "derived"},
    "where": ROWS | {"c.region": "derived"},
    "odd": ROWS | {"c.id": "derived+joined-on"},
    "years": ROWS | {"c.joined": "derived"},
    "one": {
        "c.age": "filtered-by+joined-on", "c.id": "joined-on", "o.id": "joined-on+grouped-by",
        "o.amount": "filtered-by+joined-on+grouped-by",
    },
    "plan_basic": ROWS | {"c.plan": "derived"},
    "plan_free": ROWS | {"c.plan": "derived"},
    "plan_pro": ROWS | {"c.plan": "derived"},
    "spend_rank": {
        "c.age": "filtered-by+joined-on+ordered-by", "c.id": "joined-on+ordered-by",
        "c.income": "ordered-by", "o.amount": PAID + "+ordered-by",
        "o.id": "joined-on+grouped-by+ordered-by", "o.discount": "aggregated",
    },
}  # fmt: skip

# Rows are dealt out by target, and each feature is scaled by what was seen of its column.
FEATURES = {
    "0": ("age_scaled", "c.age"),
    "1": ("income_gap", "c.income"),
    "2": ("per_order", "o.discount"),
    "3": ("region", "c.region"),
    "4": ("region", "c.region"),
}


def record() -> Trace:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        columns_script.write_inputs(folder)
        with lineage_stats.record("golden", directory=folder / "store") as run:
            columns_script.main(folder)
        return run.trace()


@pytest.fixture(scope="module")
def trace():
    return record()


def sources(trace, name):
    short = {CUSTOMERS: "c", ORDERS: "o"}
    return {
        f"{short[d.operation]}.{d.column}": "+".join(d.relations)
        for d in trace.upstream(name).sources
    }


def test_nothing_went_wrong(trace):
    assert trace.problems == ()
    assert len(COLUMNS) >= 20


def test_all_columns_are_covered(trace):
    made = next(op for op in trace if op.name == "get_dummies").outputs[0]
    assert {name for name, _ in trace.columns(made)} == COLUMNS.keys()


@pytest.mark.parametrize("name", COLUMNS)
def test_sources_of_a_column(trace, name):
    assert sources(trace, f"model_input.{name}") == COLUMNS[name]


def test_what_a_function_of_the_program_made_is_opaque(trace):
    opaque = [name for name in COLUMNS if any(
        d.opaque for d in trace.upstream(f"model_input.{name}").sources
    )]  # fmt: skip
    assert opaque == ["odd"]


@pytest.mark.parametrize("feature", FEATURES)
def test_features_come_from_their_columns_only(trace, feature):
    column, source = FEATURES[feature]
    found = sources(trace, f"features.{feature}")
    assert found.keys() == COLUMNS[column].keys() | {"c.target"}
    assert found["c.target"] == "filtered-by"
    assert "aggregated" in found[source]


def test_the_metric_comes_from_what_the_model_saw(trace):
    found = sources(trace, "f1_score")
    # Of what is prepared, only four columns reach the model; the rest is dropped.
    assert found.keys() == {
        "c.age", "c.id", "c.income", "c.region", "c.target", "o.amount", "o.discount", "o.id",
        "o.kind",
    }  # fmt: skip
    assert "c.score" not in found
    assert [m.operation for m in trace.upstream("f1_score").models] == [
        "columns_script.main/Pipeline.fit#1"
    ]


def test_downstream(trace):
    lineage = trace.downstream("orders.kind")
    assert lineage.metrics.names == ("columns_script.main/f1_score#1",)
    assert "columns_script.main/Pipeline.fit#1" in lineage.models
    assert "columns_script.make_table/get_dummies#1.n_orders" in lineage
    assert "columns_script.make_table/get_dummies#1.total" not in lineage
    assert trace.downstream("customers.score").metrics.names == ()


def test_paths(trace):
    paths = trace.paths("orders.discount", "model_input.total")
    assert len(paths) == 1
    columns = [name.rpartition(".")[2] for name in paths[0].names]
    assert columns[:4] == ["discount", "discount", "net", "total"]
    assert set(columns[4:]) == {"total"}
    assert paths[0].relations[:3] == ("identity", "derived", "aggregated")
    assert len(trace.paths("customers.score", "f1_score")) == 0
    assert not trace.paths("orders.amount", "model_input.total", max_paths=1).complete


def test_names(trace):
    by_key = trace.upstream("columns_script.make_table/get_dummies#1.total")
    assert trace.upstream("get_dummies#1.total") == by_key
    assert trace.upstream("get_dummies.total") == by_key
    made = next(op for op in trace if op.name == "get_dummies").outputs[0]
    assert trace.upstream(f"{made.id}.total") == by_key
    assert trace.upstream("f1_score") == trace.upstream("columns_script.main/f1_score#1")
    whole = trace.downstream("orders")
    assert len(whole.of) == 4
    # The only place of that name, and the first of many that all come from it.
    assert trace.upstream("net").of == ("columns_script.load_orders/DataFrame.assign#1.net",)
    assert trace.downstream("score").of == (f"{CUSTOMERS}.score",)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nonsense", "has no column, model or metric 'nonsense'"),
        ("amuont", "Did you mean 'amount'"),
        ("model_input.joined", "A column 'joined' is in: columns_script.make_table/read_csv#1"),
        ("id", "'id' stands for .* different things in trace .*read_csv#1.id.* and .* more"),
    ],
)
def test_a_name_that_is_none_or_many(trace, name, message):
    with pytest.raises(UnknownColumnError, match=message):
        trace.downstream(name)


def test_a_path_needs_two_columns(trace):
    with pytest.raises(UnknownColumnError, match="'orders' stands for 4 columns"):
        trace.paths("orders", "f1_score")


def test_many_runs(trace):
    runs = TraceSet([trace, Trace("other", "golden")])
    history = runs.downstream("orders.kind")
    assert history.runs == (trace.run_id,)
    assert history.metrics.names == ("columns_script.main/f1_score#1",)
    assert len(history.models) == 2
    assert "<ColumnHistory: 'orders.kind' reached" in repr(history)
    assert "1 of 1 runs of golden" in str(history)
    frame = history.to_frame()
    assert frame.loc[("golden", "columns_script.main/f1_score#1"), "n_runs"] == 1
    assert set(runs.upstream("f1_score").sources.columns.names) == set(
        trace.upstream("f1_score").sources.names
    )
    with pytest.raises(UnknownColumnError, match="None of the 2 runs has"):
        runs.downstream("nonsense")


def test_files(tmp_path):
    path = tmp_path / "between.csv"
    with lineage_stats.record("files", directory=tmp_path / "store") as run:
        raw = pd.DataFrame({"a": [1, 2, 3], "b": [3, 2, 1]})
        raw.assign(c=raw["a"] + 1).to_csv(path, index=False)
        back = pd.read_csv(path)
        log_loss = float(back["c"].sum())
        lineage_stats.log_metric("total", log_loss, inputs=[back[["c"]]])
    trace = run.trace()
    assert trace.upstream("back.c").sources.names == trace.upstream("raw.a").of
    assert {d.kind for d in trace.downstream("raw.b")} == {"column", "file"}
    runs = TraceSet([trace])
    assert runs.downstream("between.csv").metrics.names == runs.downstream("raw.a").metrics.names
    assert len(runs.downstream("between.csv").metrics) == 1
    digest = next(op.facts["file[digest]"] for op in trace if op.kind == "sink")
    assert runs.upstream(digest).sources.columns.names


def test_old_traces_are_answered_by_kind(trace):
    bare = Trace.from_dict(
        trace.to_dict() | {"operations": [{**op.to_dict(), "lineage": None} for op in trace]}
    )
    found = bare.upstream("f1_score").sources
    assert {d.column for d in found} >= {"age", "amount"}
    assert any(d.opaque for d in found)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"as": "merge"}', '{"as": "set", "x": 3, "to": [1]}', '{"as": "new"}']
)
def test_damaged_recipes_are_opaque(trace, text):
    operations = [{**op.to_dict(), "lineage": text} for op in trace]
    damaged = Trace.from_dict(trace.to_dict() | {"operations": operations})
    assert any(d.opaque for d in damaged.upstream("f1_score"))
