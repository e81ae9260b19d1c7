"""Whether a value is the program's own, or was computed from data."""

from __future__ import annotations

import datetime as dt
import json
import linecache
import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.recording import recording

LIMIT = 2.5
LEVELS = {"limit": 2.5, "names": ["x"]}


def load_config():
    return json.loads('{"limit": 2.5, "window": 2}')


def learned():
    return float(pd.Series([1.0, 2.0]).mean())


def learned_elsewhere():
    return learned()


@dataclass
class Options:
    limit: float = 2.5


class Cleaner:
    top = 2

    def __init__(self, limit):
        self.limit = limit
        self.seen = 0.0

    def fit(self, t):
        self.seen = float(t["a"].max()) - 1
        return self

    def by_limit(self, t):
        return t[t["a"] > self.limit]

    def by_seen(self, t):
        return t[t["a"] > self.seen]

    def by_top(self, t):
        return t[t["a"] > self.top]


def keep(t, limit):
    return t[t["a"] > limit]


def keep_by_default(t, *, limit=2.5):
    return t[t["a"] > limit]


def keep_through(t, limit):
    return keep(t, limit)


def own_name(t):
    limit = 2.5
    return t[t["a"] > limit]


def own_sum(t):
    limit = LIMIT
    limit = limit + 0.5
    return t[t["a"] > limit]


def own_config(t):
    config = load_config()
    return t[t["a"] > config["limit"]]


def own_environment(t):
    limit = float(os.environ.get("NO_SUCH_LIMIT", "2.5"))
    return t[t["a"] > limit]


def own_file(t):
    limit = len(Path("limits.toml").suffix)
    return t[t["a"] > limit]


def own_options(t):
    options = Options()
    return t[t["a"] > options.limit]


def own_object(t):
    return Cleaner(2.5).by_limit(t)


def own_object_named(t):
    cleaner = Cleaner(limit=LIMIT)
    return cleaner.by_limit(t)


def own_class_attribute(t):
    return Cleaner(1).by_top(t)


def own_argument(t):
    return keep(t, LEVELS["limit"])


def own_argument_of_argument(t):
    return keep_through(t, limit=LIMIT)


def own_default(t):
    return keep_by_default(t)


def own_closure(t):
    limit = 2.5

    def inner():
        return t[t["a"] > limit]

    return inner()


def own_list(t):
    return t[t["b"].isin(LEVELS["names"])]


def own_length(t):
    return t.assign(later=t["t"] + pd.Timedelta(hours=load_config()["window"]))


def own_window(t):
    return t["a"].rolling(load_config()["window"]).mean()


def own_in_numpy(t):
    config = load_config()
    return pd.Series(np.where(t["a"].to_numpy() > config["limit"], 1, 0))


def data_size(t):
    return t[t["a"] > len(t) / 2]


def data_size_named(t):
    n_rows = len(t)
    return t[t["a"] > n_rows]


def data_shape(t):
    return t[t["a"] > t.shape[0]]


def data_maximum(t):
    return t[t["a"] >= float(t["a"].max())]


def data_number_of_names(t):
    return t[t["a"] > t["b"].nunique()]


def data_text(t):
    return t[t["b"] == t["b"].max()]


def data_first(t):
    return t[t["b"] == t["b"].iloc[0]]


def data_list(t):
    return t[t["b"].isin(t["b"].unique().tolist())]


def data_array(t):
    return t[t["b"].isin(t["b"].unique())]


def data_span(t):
    return t.assign(later=t["t"] + (t["t"].max() - t["t"].min()))


def data_dictionary(t):
    known = {"mean": float(t["a"].mean())}
    return t[t["a"] > known["mean"]]


def data_grown(t):
    known = []
    known.append(float(t["a"].mean()))
    return t[t["a"] > known[0]]


def data_item_set(t):
    known = {"mean": 0.0}
    known["mean"] = float(t["a"].mean())
    return t[t["a"] > known["mean"]]


def data_argument(t):
    return keep(t, float(t["a"].mean()))


def data_argument_of_argument(t):
    return keep_through(t, limit=float(t["a"].mean()))


def data_function(t):
    return t[t["a"] > learned()]


def data_function_of_function(t):
    limit = learned_elsewhere()
    return t[t["a"] > limit]


def data_object(t):
    return Cleaner(1.0).fit(t).by_seen(t)


def raised(t, limit):
    limit = limit + 0.5
    return t[t["a"] > limit]


def own_argument_changed(t):
    return raised(t, LIMIT)


def data_argument_changed(t):
    return raised(t, float(t["a"].mean()))


def own_comprehension(t):
    names = [name.lower() for name in LEVELS["names"]]
    return t[t["b"].isin(names)]


def data_comprehension(t):
    names = [str(t["b"].max()) for _ in range(2)]
    return t[t["b"].isin(names)]


class Learned:
    top = float(pd.Series([1.0, 2.0]).mean())

    def by_top(self, t):
        return t[t["a"] > self.top]


def data_class_attribute(t):
    return Learned().by_top(t)


def data_loop(t):
    for name in t["b"].unique().tolist():
        found = t[t["b"] == name]
    return found


def data_in_numpy(t):
    middle = float(t["a"].mean())
    return pd.Series((t["a"].to_numpy() > middle).astype(int))


def data_size_in_numpy(t):
    n_rows = len(t)
    return pd.Series(t["a"].to_numpy() / n_rows)


def moving_day(t):
    return t[t["a"] > date.today().day]


def moving_now(t):
    now = dt.datetime.now(dt.UTC)
    return t[t["a"] > now.month]


def moving_part(t):
    day = date.fromisoformat(os.environ.get("NO_SUCH_DAY", "2024-01-31"))
    return t[t["a"] > day.month]


def moving_text(t):
    return t[t["b"] > "2024-01-31"]


def moving_compact_text(t):
    return t[t["b"] > "202401"]


def moving_number(t):
    return t[t["a"] > 20240131]


def moving_list(t):
    return t[t["b"].isin(["2024-01-01", "2024-02-01"])]


OWN = [found for name, found in list(globals().items()) if name.startswith("own_")]
NOT_OWN = [
    found for name, found in list(globals().items()) if name.startswith(("data_", "moving_"))
]


def settings(program):
    with recording() as run:
        program(
            pd.DataFrame(
                {
                    "a": [1.0, 2.0, 3.0, 4.0],
                    "b": ["x", "y", "x", "z"],
                    "t": pd.date_range("2024-01-01", periods=4, freq="6h"),
                }
            )
        )
    return [op.facts["param[settings]"] for op in run.trace if "param[settings]" in op.facts]


@pytest.mark.parametrize("program", OWN, ids=lambda program: program.__name__)
def test_what_the_program_put_in_is_told(program):
    assert settings(program)


@pytest.mark.parametrize("program", NOT_OWN, ids=lambda program: program.__name__)
def test_what_was_computed_from_data_or_moves_is_not(program):
    assert not settings(program)


def test_without_source_nothing_is_told():
    space = {}
    exec("def program(t):\n    return t[t['a'] > 2.5]", space)
    assert not settings(space["program"])


def test_cells_of_a_notebook_know_each_other(monkeypatch):
    space = {}
    cells = ["import pandas as pd\nLIMIT = 2.5", "def program(t):\n    return t[t['a'] > LIMIT]",
             "def other(t):\n    return t[t['a'] > len(t)]"]  # fmt: skip
    for number, source in enumerate(cells):
        file = f"<cell {number} of a test>"
        monkeypatch.setitem(
            linecache.cache, file, (len(source), None, source.splitlines(True), file)
        )
        exec(compile(source, file, "exec"), space)
    assert settings(space["program"])
    assert not settings(space["other"])
