"""Keys of the churn pipeline are those of its traces."""

import pytest

from lineage_stats.datasets import make_runs
from lineage_stats.datasets._keys import (
    METRIC,
    OPERATION_KEYS,
    PLAIN_KEYS,
    REMOVABLE_KEYS,
    TABLE_KEYS,
    extra_keys,
)


@pytest.mark.parametrize("n", [0, 2])
def test_traces_hold_exactly_these(n):
    (trace,) = make_runs(1, n_extra_operations=n).traces
    assert set(trace.keys) == {*OPERATION_KEYS, *extra_keys(n)}
    assert [key for key in trace.keys if key in OPERATION_KEYS] == list(OPERATION_KEYS)
    assert trace.keys[-1] == METRIC


def test_subsets_are_what_they_are_called():
    (trace,) = make_runs(1).traces
    for op in trace:
        makes_one_table = len(op.outputs) == 1 and op.outputs[0].kind == "table"
        assert (op.key in TABLE_KEYS) == makes_one_table
        has_params = any(name.startswith("param[") for name in op.facts)
        assert (op.key in PLAIN_KEYS) == (not has_params)
    assert all(len(trace.parents(key)) == 1 for key in REMOVABLE_KEYS)
