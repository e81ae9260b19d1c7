"""Which columns an assignment wrote."""

import pandas as pd

from lineage_stats.trace import Operation
from lineage_stats.trace._lineage._written import written_names
from tests.recording import recording


def test_assignments_tell_what_they_wrote():
    with recording() as run:
        table = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
        table["c"] = table["a"] * 2
        table = table.assign(a=0.0, d=table["b"])
        table = table[table["b"] > 3]
    written = {op.name: written_names(op) for op in run.trace}
    assert written["DataFrame[]="] == {"c"}
    assert written["DataFrame.assign"] == {"a", "d"}
    assert written["DataFrame[mask]"] is None


def test_what_is_not_known_is_none():
    assert written_names(Operation("f/x#1", "x", kind="assignment")) is None
    assert (
        written_names(Operation("f/x#1", "x", kind="assignment", lineage='{"as": "mix"}')) is None
    )
