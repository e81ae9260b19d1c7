"""Figures of groups."""

import numpy as np
import pandas as pd
import pytest

from lineage_stats.evaluation import Rate, by_group, hit_at_k, recall, roc_auc


def test_groups_come_in_order_and_none_is_no_group():
    groups = ["weak", "strong", None, "weak"]
    found = by_group(recall, np.array([1, 1, 1, 0]), [1, 1, 1, 1], groups=groups)
    assert list(found.items()) == [("weak", Rate(1, 2)), ("strong", Rate(1, 1))]


def test_healthy_runs_belong_to_every_group():
    faulty = np.array([0, 0, 1, 1])
    found = by_group(
        roc_auc, [1, 2, 3, 0], faulty, groups=[None, "odd", "strong", "weak"], always=faulty == 0
    )
    assert found == {"strong": 1.0, "weak": 0.0}


def test_rankings_in_groups():
    found = by_group(hit_at_k, [["a"], ["b"]], ["a", "a"], groups=[1, 2])
    assert found == {1: Rate(1, 1), 2: Rate(0, 1)}


def test_every_run_needs_a_group():
    with pytest.raises(ValueError, match="1 of 'groups'"):
        by_group(recall, [1, 1], [1, 1], groups=["a"])


def test_columns_of_pandas_are_taken_by_position_whatever_their_index():
    frame = pd.DataFrame(
        {"flagged": [True] * 5 + [False] * 5, "faulty": True, "pipeline": ["a"] * 5 + ["b"] * 5}
    )
    for table in (frame, frame.sort_values("pipeline", ascending=False), frame.iloc[3:]):
        named = table.set_index("pipeline", drop=False)
        for given in (table, named):
            found = by_group(recall, given.flagged, given.faulty, groups=given.pipeline)
            assert {group: rate.value for group, rate in found.items()} == {"a": 1.0, "b": 0.0}
