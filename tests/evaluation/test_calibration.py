"""Stated errors and probabilities against the truth."""

import re

import numpy as np
import pytest

from lineage_stats.evaluation import (
    Rate,
    coverage,
    error_coverage,
    rejection_rates,
    reliability,
)


def test_intervals_hold_their_ends():
    assert coverage([0, 1, 2], [0, 0, 0], [0, 1, 1]) == Rate(2, 3)


def test_honest_errors_cover_as_often_as_they_say():
    rng = np.random.default_rng(0)
    error = rng.uniform(0.1, 5, 20_000)
    estimate = rng.normal(3, error)
    found = error_coverage(np.full(20_000, 3.0), estimate, error)
    for level, rate in found.items():
        low, high = rate.clopper_pearson_interval(0.9999)
        assert low < level < high


def test_errors_that_are_half_of_the_true_ones_cover_too_little():
    estimate = np.random.default_rng(0).normal(0, 2, 5000)
    found = error_coverage(np.zeros(5000), estimate, np.ones(5000), levels=[0.95])
    assert found[0.95].value == pytest.approx(0.673, abs=0.03)


def test_rejections_count_the_level_itself():
    assert rejection_rates([0.01, 0.05, 0.2], levels=[0.05]) == {0.05: Rate(2, 3)}


def test_probabilities_that_come_true_have_no_error():
    rng = np.random.default_rng(0)
    p = rng.uniform(size=50_000)
    honest = reliability(p, rng.uniform(size=50_000) < p)
    boastful = reliability(np.sqrt(p), rng.uniform(size=50_000) < p)
    assert honest.error < 0.01 < 0.1 < boastful.error
    assert honest.brier < boastful.brier
    assert honest.n == 50_000
    assert len(honest.bins) == 10


def test_bins_without_a_statement_are_left_out_and_certainty_is_in_the_last():
    found = reliability([0.0, 1.0, 1.0], [0, 1, 0], n_bins=4)
    assert [(b.stated, b.observed) for b in found.bins] == [(0.0, Rate(0, 1)), (1.0, Rate(1, 2))]
    assert found.error == pytest.approx(1 / 3)
    assert found.to_frame()["n"].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: coverage([], [], []), "got 0 of 0"),
        (lambda: coverage([1], [0, 0], [1]), "2 of 'low'"),
        (lambda: error_coverage([1], [1], [1], levels=[95]), "'levels'"),
        (lambda: rejection_rates([np.nan]), "'p_values' holds NaN"),
        (lambda: reliability([1.5], [1]), "1 probabilities from 1.5 to 1.5"),
        (lambda: reliability([], []), "0 probabilities"),
        (lambda: reliability([0.5], [1], n_bins=0), "0 bins"),
        (lambda: reliability([0.5], [1, 0]), "1 of 'probability', 2 of 'came_true'"),
    ],
)
def test_errors_say_what_is_wrong(call, text):
    with pytest.raises(ValueError, match=re.escape(text)):
        call()
