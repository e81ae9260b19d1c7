"""Ranks of the truth, with ties."""

import itertools
import math
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage_stats.evaluation import (
    Place,
    Rate,
    hit_at_k,
    mean_rank,
    mean_reciprocal_rank,
    place_of_truth,
    rank_of_truth,
)

RANKINGS = [["a", "b", "c"], ["b", "a", "c"], []]
TRUTHS = ["a", ("c", "a"), "a"]
ITEMS = "abcde"
some_scores = st.dictionaries(st.sampled_from(ITEMS), st.integers(0, 2), min_size=1)


def test_the_first_true_item_counts():
    ranks = [rank_of_truth(r, t) for r, t in zip(RANKINGS, TRUTHS, strict=True)]
    assert ranks == [1, 2, math.inf]
    assert rank_of_truth(["ab", "a"], "a") == 2


def test_hits():
    assert hit_at_k(RANKINGS, TRUTHS, k=1) == Rate(1, 3)
    assert hit_at_k(RANKINGS, TRUTHS, k=2) == Rate(2, 3)


def test_a_truth_without_rank_adds_nothing_to_the_reciprocal_and_all_to_the_mean():
    assert mean_reciprocal_rank(RANKINGS, TRUTHS) == pytest.approx(0.5)
    assert mean_rank(RANKINGS, TRUTHS) == math.inf
    candidates = ["abc"] * 3
    assert mean_rank(RANKINGS, TRUTHS, candidates=candidates) == pytest.approx((1 + 2 + 2) / 3)


@settings(deadline=None, max_examples=60)
@given(some_scores, st.sets(st.sampled_from(ITEMS), min_size=1))
def test_ties_and_what_is_not_named_stand_in_random_order(scores, truth):
    orders = [
        sorted(order, key=lambda item: -scores.get(item, -1.0))
        for order in itertools.permutations(ITEMS)
    ]
    ranks = np.array([min(order.index(item) + 1 for item in truth) for order in orders])
    place = place_of_truth(scores, truth, candidates=ITEMS)
    assert place.expected_rank == pytest.approx(ranks.mean())
    for k in range(1, 7):
        assert place.hit_probability(k) == pytest.approx((ranks <= k).mean())


def test_a_score_that_is_no_number_is_no_standing():
    scores = {"a": math.nan, "b": 1.0}
    assert place_of_truth(scores, "a") == Place(1, 0, 0)
    assert place_of_truth(scores, "a", candidates="ab") == Place(1, 1, 1)


def test_a_truth_that_is_no_candidate_is_never_hit():
    assert rank_of_truth(["a"], "z", candidates="abc") == math.inf
    assert Place(1, 0, 0).hit_probability(5) == 0


def test_whole_hits_are_counted_as_such():
    assert hit_at_k([{"a": 1, "b": 1}] * 2, ["a", "b"]) == Rate(1, 2)
    assert isinstance(hit_at_k([{"a": 1, "b": 1}] * 2, ["a", "b"]).count, int)
    assert hit_at_k([{"a": 1, "b": 1}], ["a"]) == Rate(0.5, 1)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: hit_at_k([["a"]], ["a"], k=0), "k = 0"),
        (lambda: hit_at_k([["a"]], []), "1 rankings, 0 truths"),
        (lambda: mean_rank([], []), "0 rankings, 0 truths"),
        (lambda: mean_reciprocal_rank([["a"]], []), "1 rankings, 0 truths"),
        (lambda: mean_rank([["a"]], ["a"], candidates=[]), "1 truths and 0 sets of candidates"),
    ],
)
def test_errors_say_what_is_wrong(call, text):
    with pytest.raises(ValueError, match=re.escape(text)):
        call()


def test_a_column_of_scores_is_a_ranking_and_so_is_one_of_names():
    scores = pd.Series({"read": 1.0, "merge": 3.0, "fit": 2.0})
    assert rank_of_truth(scores, "merge") == 1
    assert rank_of_truth(scores, "read") == 3
    assert rank_of_truth(pd.Series(["fit", "merge"], index=[7, 3]), "merge") == 2
