import pytest

from lineage_stats import load_traces
from lineage_stats.exceptions import NoTracesError
from lineage_stats.storage._inventory import stored_runs
from tests.strategies import make_traces


@pytest.mark.parametrize("packed", [False, True])
def test_one_who_asks_for_what_is_not_there_is_told_what_is(store, packed):
    for trace in make_traces(3, tags={"team": "red"}):
        store.write(trace)
    if packed:
        store.compact()
    with pytest.raises(NoTracesError) as caught:
        load_traces(store.path, pipeline="fraud")
    assert "'churn' (3), with the tags team=red (3)" in str(caught.value)
    assert len(stored_runs(store.path)) == 3
