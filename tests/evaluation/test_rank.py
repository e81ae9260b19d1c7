"""Ranks of the truth."""

import math

import pytest

from lineage_stats.evaluation import mean_reciprocal_rank, rank_of_truth

RANKINGS = [["a", "b", "c"], ["b", "a", "c"], []]
TRUTHS = ["a", ("c", "a"), "a"]


def test_the_first_true_item_counts():
    ranks = [rank_of_truth(r, t) for r, t in zip(RANKINGS, TRUTHS, strict=True)]
    assert ranks == [1, 2, math.inf]
    assert rank_of_truth(["ab", "a"], "a") == 2


def test_a_truth_without_rank_adds_nothing_to_the_mean():
    assert mean_reciprocal_rank(RANKINGS, TRUTHS) == pytest.approx(0.5)


@pytest.mark.parametrize(("rankings", "truths"), [([], []), ([["a"]], [])])
def test_each_ranking_needs_a_truth(rankings, truths):
    with pytest.raises(ValueError, match=f"{len(rankings)} rankings and 0 truths"):
        mean_reciprocal_rank(rankings, truths)
