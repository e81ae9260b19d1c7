"""Which columns an operation made of one column of another name."""

import pandas as pd

from lineage_stats.trace._lineage._made_of import made_of_one
from tests.recording import recording


def made(program):
    with recording() as run:
        program(
            pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0], "at": ["2024-01-01", "2024-01-02"]})
        )
    names = {op.key: op.name for op in run.trace}
    return {
        (names[key], column): source for (key, _, column), source in made_of_one(run.trace).items()
    }


def test_a_column_that_was_computed_from_one_other_is_known():
    def program(table):
        table["time"] = pd.to_datetime(table["at"]) + pd.Timedelta(hours=2)
        table["double"] = table["a"] * 2
        return table.assign(half=table["b"] / 2)

    found = made(program)
    assert found["DataFrame[]=", "time"] == (1, "at")
    assert found["DataFrame[]=", "double"] == (0, "a")
    assert found["DataFrame.assign", "half"] == (0, "b")


def test_columns_of_several_or_of_their_own_name_are_not():
    def program(table):
        table["sum"] = table["a"] + table["b"]
        table["a"] = table["a"] * 2
        return table[table["b"] > 3].rename(columns={"b": "c"})

    found = made(program)
    assert ("DataFrame[]=", "sum") not in found
    assert ("DataFrame[]=", "a") not in found
    assert ("DataFrame[mask]", "a") not in found
    assert found["DataFrame.rename", "c"] == (0, "b")
