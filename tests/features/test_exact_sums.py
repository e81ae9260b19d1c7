"""Sums without rounding, against those of fractions."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from lineage_stats.features._exact_sums import (
    UNIT_EXPONENT,
    exact_mean,
    exact_square_sums,
    exact_sums,
    exact_variance,
)

UNIT = Fraction(2) ** UNIT_EXPONENT
ANY = st.floats(-1e100, 1e100)
# Whose squares have an error that is a double as well.
NOT_TINY = ANY.filter(lambda x: x == 0 or abs(x) > 1e-140)


def tables(values: st.SearchStrategy[float]) -> st.SearchStrategy[np.ndarray]:
    return npst.arrays(np.float64, npst.array_shapes(min_dims=2, max_dims=2), elements=values)


@given(tables(ANY))
def test_sums_are_exact(X: np.ndarray) -> None:
    expected = [sum(map(Fraction, column)) for column in X.T.tolist()]
    assert [total * UNIT for total in exact_sums(X)] == expected


@given(tables(NOT_TINY))
def test_sums_of_squares_are_exact(X: np.ndarray) -> None:
    expected = [sum(Fraction(x) ** 2 for x in column) for column in X.T.tolist()]
    assert [total * UNIT for total in exact_square_sums(X)] == expected


@given(tables(ANY), st.randoms(use_true_random=False))
def test_the_order_of_runs_changes_nothing(X: np.ndarray, random: Random) -> None:
    order = list(range(len(X)))
    random.shuffle(order)
    assert exact_sums(X[order]) == exact_sums(X)
    assert exact_square_sums(X[order]) == exact_square_sums(X)


def test_more_rows_than_are_added_at_once() -> None:
    X = np.random.default_rng(0).normal(size=(10_001, 1)) * [[1e9]]
    assert exact_sums(X)[0] * UNIT == sum(map(Fraction, X[:, 0].tolist()))


@given(st.lists(NOT_TINY, min_size=2, max_size=20))
def test_moments_are_the_nearest_doubles(values: list[float]) -> None:
    X, n = np.array(values)[:, None], len(values)
    fractions = [Fraction(x) for x in values]
    mean = sum(fractions) / n
    (total,), (squares,) = exact_sums(X), exact_square_sums(X)
    assert exact_mean(total, n) == float(mean)
    assert exact_variance(total, squares, n) == float(
        sum((x - mean) ** 2 for x in fractions) / (n - 1)
    )


def test_a_large_mean_does_not_swallow_the_variance() -> None:
    X = np.array([[1e15], [1e15 + 1], [1e15 + 2]])
    assert exact_variance(exact_sums(X)[0], exact_square_sums(X)[0], 3) == 1.0


@pytest.mark.parametrize(("n", "mean"), [(0, np.nan), (1, 5.0)])
def test_too_few_values_have_no_moments(n: int, mean: float) -> None:
    X = np.full((n, 1), 5.0)
    total, squares = exact_sums(X)[0], exact_square_sums(X)[0]
    np.testing.assert_equal(exact_mean(total, n), mean)
    assert np.isnan(exact_variance(total, squares, n))
