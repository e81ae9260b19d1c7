"""Columns as nodes: what would be too many is taken as one."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from lineage_stats.exceptions import UnknownColumnError
from lineage_stats.trace._lineage import _graph
from tests.recording import recording


def transposed(n_rows):
    with recording() as run:
        table = pd.DataFrame({"a": np.arange(float(n_rows)), "b": 1.0})
        table.T.diff().T.fillna(0.0)
    return run.trace


def test_a_table_that_was_transposed_has_every_source_in_every_column(monkeypatch):
    monkeypatch.setattr(_graph, "MOST_MIXED", 20)
    few, many = transposed(20), transposed(21)
    for trace in (few, many):
        found = trace.upstream("DataFrame.fillna#1.b").dependencies
        assert {"a", "b"} <= {d.column for d in found if d.operation == "test_graph.transposed/"
                              "DataFrame#1"}  # fmt: skip
    assert few.upstream("DataFrame.T#1.7")
    with pytest.raises(UnknownColumnError):
        many.upstream("DataFrame.T#1.7")
    assert len(many.upstream("DataFrame.fillna#1.b")) < len(few.upstream("DataFrame.fillna#1.b"))


def joined():
    """Join wide tables whose rows were chosen by the columns of others."""
    generator = np.random.default_rng(0)
    with recording() as run:
        names = [f"x{i}" for i in range(6)]
        left, right = (
            pd.DataFrame(generator.integers(0, 3, (30, 6)), columns=names) for _ in range(2)
        )
        left = left[left["x0"] > 0].sort_values(["x1", "x2"])
        means = right.groupby(["x0", "x3"], as_index=False).mean()
        both = left.merge(means, on=["x0", "x3"], suffixes=("", "_mean")).dropna()
        pd.concat([both, both[both["x4_mean"] > 0.5]], axis=1).T.fillna(0.0).sum()
    return run.trace


def test_what_chose_the_rows_is_followed_once_without_a_difference(monkeypatch):
    trace = joined()
    found = []
    for few in (0, 2, 10**9):
        monkeypatch.setattr(_graph, "_FEW", few)
        graph = _graph.ColumnGraph(trace)
        found.append(
            {
                node: {n: (how.distance, how.relations) for n, how in graph.above([node]).items()}
                for node in graph.parents
            }
        )
    assert found[0] == found[1] == found[2]
    assert max(map(len, found[2].values())) > 40


@pytest.mark.parametrize("levels", [{"0": 5}, {"x": []}, [1], "0"])
def test_damaged_levels_leave_the_rest_of_the_lineage(levels):
    with recording() as run:
        pd.DataFrame({"a": [1.0, None]}).dropna()
    damaged = dataclasses.replace(
        run.trace,
        operations=tuple(
            dataclasses.replace(
                op, lineage=json.dumps({**json.loads(op.lineage), "levels": levels})
            )
            if op.name == "DataFrame.dropna"
            else op
            for op in run.trace
        ),
    )
    assert "DataFrame#1" in str(damaged.upstream("DataFrame.dropna#1.a"))
