"""Which operations the columns of a model's input come from."""

import pytest

from lineage_stats.attribution._feeds import TARGET, feeds_of_fit, relevance
from lineage_stats.datasets import load_faulty_pipelines

DEPOTS, PARCELS = "load/read_csv#2", "load/read_csv#1"
FIT = "<module>/LogisticRegression.fit#1"


@pytest.fixture(scope="module")
def trace():
    return load_faulty_pipelines(pipeline="parcels").traces[-1]


def test_columns_of_a_fit_lead_to_who_made_their_values(trace):
    names = [name for name in trace.operation(FIT).features if name.startswith("association")]
    columns = tuple(name[len("association[") : -1] for name in names)
    feeds = feeds_of_fit(trace, FIT, (*columns, "no_such_column"))
    assert set(feeds) == {*columns, TARGET}
    assert sum(PARCELS in feeds[column] for column in columns) >= 4
    assert sum(DEPOTS in feeds[column] for column in columns) == 1
    assert "<module>/Series.astype#1" in feeds[TARGET]
    assert DEPOTS not in feeds[TARGET]


def test_an_operation_without_data_feeds_on_nothing(trace):
    assert feeds_of_fit(trace, PARCELS, ("weight",)) == {}


def test_relevance_is_that_of_recorded_lineage(trace):
    found = relevance(trace, trace.keys[-1])
    assert found[PARCELS, "weight"] == 1.0
    assert all(0 < weight <= 1 for weight in found.values())
    assert relevance(trace, "no_such_operation") == {}
