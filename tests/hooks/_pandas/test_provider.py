"""What calls of pandas mean: kinds, names and edges, one program at a time."""

from __future__ import annotations

import copy
import io
import warnings

import numpy as np
import pandas as pd
import pytest

from lineage_stats.hooks._pandas._provider import PandasProvider
from tests.recording import recording


def frame() -> pd.DataFrame:
    return pd.DataFrame({"a": [3.0, None, 1.0], "b": list("xyx"), "n": [1, 2, 3]})


# Each program is called with a frame; what it should record after that, with kinds.
PROGRAMS = {
    "dropna": (lambda f: f.dropna(), [("DataFrame.dropna", "selection")]),
    "mask": (lambda f: f[f["n"] > 1], [("DataFrame[mask]", "selection")]),
    "mask by attribute": (lambda f: f[f.n > 1], [("DataFrame[mask]", "selection")]),
    "mask by an array": (lambda f: f[(f["n"] > 1).to_numpy()], [("DataFrame[mask]", "selection")]),
    "list mask": (lambda f: f[[True, False, True]], [("DataFrame[mask]", "selection")]),
    "mask by a function": (lambda f: f[lambda d: d["n"] > 1], [("DataFrame[mask]", "selection")]),
    "columns by a function": (
        lambda f: f[lambda d: ["a"]],
        [("DataFrame[columns]", "projection")],
    ),
    "one column by a function": (lambda f: f[lambda d: "a"], []),
    "columns": (lambda f: f[["a", "b"]], [("DataFrame[columns]", "projection")]),
    "slice": (lambda f: f[1:], [("DataFrame[slice]", "selection")]),
    "one column": (lambda f: f["a"], []),
    "one attribute": (lambda f: f.a, []),
    "arithmetic": (lambda f: f["a"] * 2 + f["n"], []),
    "loc rows": (lambda f: f.loc[f["n"] > 1], [("DataFrame.loc[]", "selection")]),
    "iloc": (lambda f: f.iloc[:2], [("DataFrame.iloc[]", "selection")]),
    "one cell": (lambda f: (f.loc[0, "a"], f.at[0, "a"], f.iat[0, 0]), []),
    "query": (lambda f: f.query("n > 1"), [("DataFrame.query", "selection")]),
    "drop columns": (lambda f: f.drop(columns="a"), [("DataFrame.drop", "projection")]),
    "rename": (lambda f: f.rename(columns={"a": "z"}), [("DataFrame.rename", "projection")]),
    "assign": (lambda f: f.assign(z=1), [("DataFrame.assign", "assignment")]),
    "set item": (lambda f: f.__setitem__("z", 1), [("DataFrame[]=", "assignment")]),
    "delete": (lambda f: f.__delitem__("a"), [("del DataFrame[]", "projection")]),
    "merge": (lambda f: f.merge(f, on="b"), [("DataFrame.merge", "join")]),
    "pandas.merge": (lambda f: pd.merge(f, f, on="b"), [("merge", "join")]),
    "join": (lambda f: f.join(f["n"].rename("m")),
             [("Series.rename", "projection"), ("DataFrame.join", "join")]),
    "concat": (lambda f: pd.concat([f, f]), [("concat", "concatenation")]),
    "agg": (lambda f: f.groupby("b").agg({"a": "sum"}), [("DataFrameGroupBy.agg", "aggregation")]),
    "group sum": (lambda f: f.groupby("b")["a"].sum(), [("SeriesGroupBy.sum", "aggregation")]),
    "pivot": (
        lambda f: f.pivot_table(index="b", values="a"),
        [("DataFrame.pivot_table", "aggregation")],
    ),
    "melt": (lambda f: f.melt(id_vars="b"), [("DataFrame.melt", "transform")]),
    "fillna": (lambda f: f.fillna({"a": 0}), [("DataFrame.fillna", "transform")]),
    "series fillna": (lambda f: f["a"].fillna(0), [("Series.fillna", "transform")]),
    "dummies": (lambda f: pd.get_dummies(f), [("get_dummies", "transform")]),
    "sort": (lambda f: f.sort_values("n"), [("DataFrame.sort_values", "transform")]),
    "sample": (lambda f: f.sample(2, random_state=0), [("DataFrame.sample", "selection")]),
    "map": (lambda f: f["b"].map({"x": 1}), [("Series.map", "transform")]),
    "to_csv": (lambda f: f.to_csv(io.StringIO()), [("DataFrame.to_csv", "sink")]),
    "pop": (lambda f: f.pop("a"), [("DataFrame.pop", "projection")]),
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_is_recorded(name):
    program, expected = PROGRAMS[name]
    with recording() as run:
        program(frame())
        recorded = run.operations
        assert [(op.name, op.kind) for op in recorded] == [("DataFrame", "source"), *expected]
        for op in recorded[1:]:
            assert recorded[0].key in run.trace.parents(op.key)
        assert run.recorder.data.n_untracked == 0


# Ways in which data goes on without a step of its own; the next step must know its source.
CARRIED = {
    "copy": lambda f: f.copy(),
    "copy.copy": copy.copy,
    "copy.deepcopy": copy.deepcopy,
    "column": lambda f: f["a"],
    "attribute": lambda f: f.a,
    "arithmetic": lambda f: -(f["a"] * 2 + f["n"]) / 3 // 1,
    "comparison": lambda f: (f["a"] > 1) & ~f["n"].isin([1]),
    "frame arithmetic": lambda f: f[["a", "n"]] * 2,
    "string": lambda f: f["b"].str.upper(),
    "date": lambda f: pd.to_datetime(f["n"]).dt.year,
    "numpy function": lambda f: np.log1p(f["n"]),
    "loc column": lambda f: f.loc[:, "a"],
    "loc columns": lambda f: f.loc[:, ["a"]],
    "rolling": lambda f: f["n"].rolling(2).mean(),
    "apply": lambda f: f["b"].apply(len),
    "transposed": lambda f: f.T,
    "constructed": lambda f: pd.DataFrame({"z": f["a"]}),
    "series from array": lambda f: pd.Series(f["a"].to_numpy()),
    "frame from values": lambda f: pd.DataFrame(f[["a", "n"]].values),
    "grouped": lambda f: f.groupby("b")[["a"]].transform("mean"),
    "iloc": lambda f: f.iloc[:, 0],
    "where": lambda f: f["a"].where(f["n"] > 1, 0),
    "between": lambda f: f["n"].between(1, 2),
}


@pytest.mark.parametrize("name", CARRIED)
def test_data_keeps_its_lineage(name):
    with recording() as run:
        CARRIED[name](frame()).sort_index()
        trace = run.trace
        assert trace.keys[0] in trace.ancestors(trace.keys[-1])
        assert run.recorder.data.n_untracked == 0


@pytest.mark.parametrize("chunksize", [1, 2])
def test_reading_in_chunks(chunksize):
    with recording() as run:
        reader = pd.read_csv(io.StringIO("a\n1\n2\n3\n"), chunksize=chunksize)
        total = pd.concat([chunk.assign(b=1) for chunk in reader])
        assert len(total) == 3
        trace = run.trace
    assert not [op for op in trace if op.status == "failed"]
    concat = trace.keys[-1]
    assert {trace.operation(key).name for key in trace.parents(concat)} == {"DataFrame.assign"}


def test_changes_of_names_in_place():
    with recording() as run:
        table = frame()
        table.columns = ["x", "y", "z"]
        table.x = [1, 2, 3]
        table.note = "mine"
        assert [op.name for op in run.operations] == [
            "DataFrame", "DataFrame.columns=", "DataFrame.x=",
        ]  # fmt: skip


def test_inplace_changes_are_versions():
    with recording() as run, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # newer versions of pandas deprecate it
        table = frame()
        table.sort_values("n", inplace=True)
        table.head()
        assert run.parents("DataFrame.head") == ["DataFrame.sort_values"]


def test_targets_name_existing_functions_mostly():
    targets = list(PandasProvider().targets())
    assert len(targets) > 300
    with recording([PandasProvider()]) as run:
        missing = [s for s in run.hooks.skipped if "not in this version" in s]
    assert len(missing) < len(targets) / 5


def test_changing_a_frame_by_an_operator_is_an_assignment_and_of_a_column_a_link():
    with recording() as recorded:
        df, other = pd.DataFrame({"x": [1, 2]}), pd.DataFrame({"x": [3, 4]})
        df += 1
        column = df["x"].copy()
        column += other["x"]
        df["sum"] = column
        names = ["DataFrame", "DataFrame", "DataFrame add=", "DataFrame[]="]
        assert recorded.names == names
        assert sorted(recorded.parents("DataFrame[]=")) == ["DataFrame", "DataFrame add="]


def test_scalars_and_rows_of_a_group_are_written_and_read():
    with recording() as recorded:
        df = pd.DataFrame({"k": ["a", "b"], "x": [1.0, 2.0]})
        df.at[0, "x"] = 5.0
        df.iat[1, 1] = 6.0
        df.groupby("k").nth(0)
        assert recorded.names == [
            "DataFrame", "DataFrame.at[]=", "DataFrame.iat[]=", "DataFrameGroupBy.nth",
        ]  # fmt: skip
        assert recorded.parents("DataFrameGroupBy.nth") == ["DataFrame.iat[]="]


def test_text_is_recorded_only_where_it_is_written(tmp_path):
    with recording() as recorded:
        df = pd.DataFrame({"x": [1.0]})
        df.to_string()
        df.to_html(tmp_path / "x.html")
        assert recorded.names == ["DataFrame", "DataFrame.to_html"]


@pytest.mark.skipif(not hasattr(pd, "col"), reason="since pandas 3")
def test_an_expression_of_columns_selects_as_a_mask_does():
    with recording() as run:
        table = pd.DataFrame({"a": [1, 2], "b": [3, 4]})
        table[pd.col("b") > 3].loc[pd.col("a") > 1, ["a"]]
        table.loc[pd.col("b") > 3, "a"] = 5
        table.where(pd.col("b") > 3).mask(pd.col("b") > 3, 0)
        assert run.names == ["DataFrame", "DataFrame[mask]", "DataFrame.loc[]", "DataFrame.loc[]=",
                             "DataFrame.where", "DataFrame.mask"]  # fmt: skip
