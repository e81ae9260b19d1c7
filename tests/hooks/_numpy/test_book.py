"""Arrays that appear between two calls: what is kept of them, and what errors of ours cost."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pandas as pd

from lineage_stats.hooks._numpy import _book, _finder
from tests.recording import recording


def frame():
    return pd.DataFrame({"x": [float(i) for i in range(12)], "y": [0, 1] * 6})


def halves(values):
    return values[::2] * 1.0


def doubled():
    pd.Series(frame()["x"].to_numpy() * 2)


def test_an_error_of_ours_costs_only_the_lineage(monkeypatch):
    def broken(*args):
        raise ZeroDivisionError

    with recording(strict=False) as recorded, monkeypatch.context() as patch:
        patch.setattr(_finder, "expression_of", broken)
        doubled()
        assert recorded.names == ["DataFrame", "Series"]
        assert recorded.recorder.n_problems == 1
        assert recorded.recorder.data.n_untracked == 1


def test_memory_stays_flat(monkeypatch):
    monkeypatch.setattr(_book, "MOST_SITES", 3)
    with recording() as recorded:
        df = frame()
        for name in ("x", "y", "x", "y"):
            df[name].to_numpy()
            df[name].abs()
            df[name].isna()
            df.head(3)
        assert len(recorded.recorder.data.arrays._sites) <= 3


def follow_and_let_go():
    df = frame()
    values, other = df["x"].to_numpy() * 2, np.ones(12)
    pd.Series(values)
    pd.Series(halves(values))
    pd.Series(other * 2 if len(other) else values)
    seen = [weakref.ref(thing) for thing in (df, values, other)]
    del df, values, other
    return [ref() for ref in seen]


def test_data_live_no_longer_than_without():
    gc.disable()
    try:
        with recording():
            assert follow_and_let_go() == [None, None, None]
    finally:
        gc.enable()


def scale_often(values, turns):
    for _ in range(turns):
        pd.Series(values * 2)


def test_a_long_loop_is_not_looked_at_again_and_again(monkeypatch):
    looked = []
    find = _book.ArrayBook._find
    monkeypatch.setattr(
        _book.ArrayBook, "_find", lambda *args: (looked.append(args[1]), find(*args))[1]
    )
    with recording() as recorded:
        scale_often(frame()["x"].to_numpy(), 3 * _book.MOST_TURNS)
        assert len(looked) == _book.MOST_TURNS
        assert recorded.recorder.data.n_untracked == 0
        fold = recorded.operations[-1]
        assert fold.features["calls"] > 1
        assert [ref.id for ref in fold.inputs] == [ref.id for ref in recorded.operations[1].inputs]
