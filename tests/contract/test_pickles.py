"""What a program pickles, or hashes by its pickle as joblib does, is the same as unrecorded."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROGRAM = """
import contextlib, hashlib, os, pickle, sys, warnings
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelEncoder

warnings.simplefilter("ignore")

LEVEL = sys.argv[1]
OURS = os.sep + "lineage_stats" + os.sep
asked = []  # of series and frames for what no class has, by which they look among their labels
if len(sys.argv) > 2:
    look = pd.core.generic.NDFrame.__getattr__
    def spy(self, name):
        by = sys._getframe(1)
        while by.f_code.co_filename.startswith("<lineage_stats"):  # the hook of this very method
            by = by.f_back
        if OURS in by.f_code.co_filename:
            asked.append(f"{type(self).__name__}.{name} in {by.f_code.co_name}")
        return look(self, name)
    pd.core.generic.NDFrame.__getattr__ = spy
context = contextlib.nullcontext()
if LEVEL != "none":
    import lineage_stats
    context = lineage_stats.record("p", directory="traces", features=LEVEL)

def columns():
    hours = pd.date_range("2026", periods=5, freq="h")
    yield "text", list("abcde")
    yield "time", hours
    yield "zone", hours.tz_localize("Europe/Berlin")
    yield "span", hours - hours[0]
    yield "period", pd.period_range("2026", periods=5, freq="M")
    yield "category", pd.Categorical(list("abcab"))
    yield "integer", pd.array([1, 2, None, 3, 4], dtype="Int64")
    yield "float", pd.array([1.5, 2.5, None, 3.5, 4.5], dtype="Float64")
    yield "flag", pd.array([True, False, None, True, False], dtype="boolean")
    yield "object", [1, "a", None, (1,), 2.5]
    yield "interval", pd.interval_range(0, 5)
    yield "sparse", pd.arrays.SparseArray([0, 0, 1, 0, 2])
    yield "arrow", pd.array([1, 2, None, 3, 4], dtype="int64[pyarrow]")
    yield "arrow_time", pd.array(hours, dtype="timestamp[us][pyarrow]")

WAYS = (
    lambda table: table,
    lambda table: table.dropna(),
    lambda table: table[table["x"] > 1],
    lambda table: table["v"].head(3),
    lambda table: table.assign(w=table["v"]),
    lambda table: table.groupby("x").head(2),
    lambda table: table.merge(table.drop_duplicates("x"), on="x"),
    lambda table: pd.concat([table, table]),
    lambda table: table.set_index("v").sort_values("x"),
    lambda table: (table.merge(table.drop_duplicates("v"), on="v"), table),
    lambda table: (table.groupby("v").size(), table["v"].isna(), table),
    lambda table: (table.pivot_table(index="x", columns="v", aggfunc="size"), table),
    lambda table: (table["v"].value_counts(), pd.get_dummies(table["v"]), table),
    lambda table: (train_test_split(table, table["v"], random_state=0), table),
    lambda table: (LabelEncoder().fit_transform(table["v"]), table),
    lambda table: (LogisticRegression().fit(table[["x"]], table["v"]), table),
    lambda table: (f1_score(table["v"], table["v"], average="macro"), table),
    lambda table: (table.drop_duplicates("v").pivot(columns="v"), table),
    lambda table: (table.set_index("v").join(table.set_index("v").add_suffix("2").head(3)), table),
    lambda table: (table.set_index("v")["x"].groupby("v").sum(), table["v"].drop(0), table),
    lambda table: (table.where(table.isna()), table[table[["x"]] > 1], table),
    lambda table: (changed(table), table),
)

def changed(table):
    column = table.set_index("v")["x"].copy()
    column[column.index[0]] = 7
    table = table.copy()
    table["w"] = table["v"]
    table.loc[table["v"] == table["v"][0], "x"] = 9
    table[table["v"] == table["v"][1]] = table
    return column, table, table[(table["v"] == table["v"][0]).astype("boolean")]

def made(column, n):
    table = pd.DataFrame({"x": list(range(5)) * n, "v": pd.concat([pd.Series(column)] * n)})
    table = table.reset_index(drop=True)
    for way in WAYS:
        try:
            yield way(table)
        except Exception as error:  # not every way is one for every column
            yield type(error), table

with context:
    kept = {(name, n): list(made(column, n)) for name, column in columns() for n in (1, 300)}
for (name, n), objects in kept.items():
    for i, made in enumerate(objects):
        print(name, n, i, hashlib.md5(pickle.dumps(made)).hexdigest())
if len(sys.argv) > 2:
    print("asked", sorted(set(asked)))
"""


@pytest.fixture
def run(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)

    def run(*arguments):
        return subprocess.run(
            [sys.executable, "program.py", *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONHASHSEED": "0"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()

    return run


@pytest.mark.parametrize(
    "level",
    [
        pytest.param("shape", marks=pytest.mark.slow),
        "profile",
        pytest.param("full", marks=pytest.mark.slow),
    ],
)
def test_pickles_are_the_same_to_the_last_byte(level, run):
    bare, recorded = run("none"), run(level)
    assert len(bare) == 14 * 2 * 22
    assert [b for b, r in zip(bare, recorded, strict=True) if b != r] == []


def test_data_are_not_asked_for_what_their_class_has_not(run):
    assert run("full", "spy")[-1] == "asked []"
