"""What is written down of columns: names, and never values of the data."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import OneHotEncoder

from lineage_stats.hooks._columns._book import ColumnBook, RecordedCall
from lineage_stats.hooks._steps import MAX_REPEATS
from tests.recording import recording

WORD = "Quillfeather"


def table():
    return pd.DataFrame(
        {"name": [WORD, "b", WORD, "c"], "x": [1.0, 2.0, 3.0, 4.0], "k": [0, 0, 1, 1]}
    )


def put(data, key):
    data.loc[key] = 3.0


def written(run):
    return "\n".join(op.lineage or "" for op in run.operations)


@pytest.mark.parametrize(
    "program",
    [
        lambda t: t.set_index("name").loc[WORD],
        lambda t: t.set_index("name").loc[[WORD], "x"],
        lambda t: t.set_index(["name", "k"]).loc[(WORD, 0)],
        lambda t: t.set_index(["name", "k"]).loc[(WORD, 0), :],
        lambda t: t.set_index("name").drop(index=WORD),
        lambda t: t.drop_duplicates("name").set_index("name").reindex([WORD, "b"]),
        lambda t: t.groupby([WORD, "b", WORD, "c"])["x"].sum(),
        lambda t: t.groupby(lambda i: f"{WORD}{i}")["x"].sum(),
        lambda t: t.groupby({0: WORD, 1: "b"})["x"].sum(),
        lambda t: t.set_index([[WORD, "b", "c", "d"]]),
        lambda t: t.set_index("name")["x"].__setitem__(WORD, 3.0),
        lambda t: put(t.set_index(["name", "k"])["x"], (WORD, 0)),
        lambda t: put(t.set_index(["name", "k"]), (WORD, 0)),
        lambda t: put(t.set_index(["name", "k"]), ("b", 0)),
        lambda t: t.query(f"name == '{WORD}'"),
        lambda t: t.fillna({"name": WORD}).replace(WORD, "z"),
        lambda t: t.sort_values("x", key=lambda s: s),
        lambda t: t.merge(pd.DataFrame({"name": [WORD]}), on="name"),
        lambda t: t["name"].map({WORD: 1}),
        lambda t: t.assign(y=WORD, z=t["name"] == WORD),
        lambda t: t[t["name"] == WORD],
        lambda t: OneHotEncoder().fit_transform(t[["name"]]),
    ],
)
def test_no_value_is_written(program):
    with recording() as run:
        program(table().astype({"k": "int64"}))
        text = written(run)
    assert WORD not in text


def test_names_of_columns_are():
    with recording() as run:
        data = table()
        kept = data[data["x"] > 1]
        lines = [json.loads(line) for line in written(run).splitlines() if line]
    ref = lines[1]["x"]
    assert lines[1] == {
        "as": "one", "x": ref, "cols": "names", "rows": 1, "by": [[None, ["c", [ref, "x", "d"]]]],
        "vars": ["kept"],
    }  # fmt: skip
    assert len(kept) == 3


def test_an_error_of_ours_costs_the_columns_only(monkeypatch):
    def fail(*_, **__):
        raise ValueError("ours")

    monkeypatch.setattr(ColumnBook, "recipe", fail)
    monkeypatch.setattr(ColumnBook, "link", fail)
    with recording(strict=False) as run:
        data = table()
        assert len(data[data["x"] > 1]) == 3
        assert run.names[-1] == "DataFrame[mask]"
        assert any("columns" in problem for problem in run.recorder.problems)


def test_memory_is_bounded_by_what_lives():
    with recording() as run:
        data = table()
        book = run.recorder.data.columns
        for _ in range(50):
            data["x"] = data["x"] * 2 + np.float64(1)
        assert len(book._origins) < 10


def test_a_chain_of_arithmetic_stays_small():
    with recording() as run:
        series = table()["x"]
        for _ in range(500):
            series = series + 1
        origin = run.recorder.data.columns._origins.get(series)
        assert len(origin.leaves) == 1


@pytest.mark.parametrize("turns", [1, MAX_REPEATS, MAX_REPEATS + 5])
def test_what_an_operation_changed_comes_from_it_however_often_it_was_called(turns):
    with recording() as run:
        data = table()
        for _ in range(turns):
            sum_of_two = data["x"] + data["k"]
            sum_of_two[0] = 5.0
        data.assign(y=sum_of_two)
        changed, made = run.operations[-2:]
        assert (changed.name, made.name) == ("Series[]=", "DataFrame.assign")
        assert json.loads(made.lineage)["to"] == {"y": changed.outputs[0].id}


def test_a_failed_recipe_leaves_no_stale_origin(monkeypatch):
    with recording(strict=False) as run:
        data = table()
        sum_of_two = data["x"] + data["k"]
        monkeypatch.setattr(RecordedCall, "code", lambda *_: 1 / 0)
        sum_of_two[0] = 5.0
        monkeypatch.undo()
        data.assign(y=sum_of_two)
        changed, made = run.operations[-2:]
        assert run.recorder.n_problems == 1
        assert json.loads(made.lineage)["to"] == {"y": changed.outputs[0].id}
