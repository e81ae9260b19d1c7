"""Columns as nodes: what would be too many is taken as one."""

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
