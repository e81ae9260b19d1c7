import numpy as np
import pandas as pd
import pytest

from lineage_stats.features._target import sample_target


def target(y, discrete=None):
    return sample_target(y, 1000, discrete=discrete, most_classes=20)


def test_classes_are_numbered_in_sorted_order():
    found = target(["b", "a", None, "c", "a", "b"])
    assert found.n_classes == 3
    np.testing.assert_array_equal(found.values, [1.0, 0.0, np.nan, 2.0, 0.0, 1.0])


def test_few_whole_numbers_are_classes_and_others_are_not():
    assert target(np.arange(100) % 20).n_classes == 20
    assert target(np.arange(100) % 21).n_classes is None
    assert target(np.arange(100) % 2 + 0.5).n_classes is None
    assert target(np.arange(100) % 2 + 0.5, discrete=True).n_classes == 2
    assert target(pd.Series([True, False, None] * 9, dtype=object)).n_classes == 2


@pytest.mark.parametrize("y", [[], [1], ["a", "a"], ["a", "b", "c", "d"], [10**400, 1], "ab", None])
def test_targets_that_tell_nothing_apart_are_refused(y):
    assert target(y) is None


def test_values_that_cannot_be_sorted_are_ordered_by_their_text():
    found = target([1, "a", 1, "a", 1, "a"])
    np.testing.assert_array_equal(found.values, [1.0, 0.0] * 3)


def test_a_long_target_is_sampled():
    found = target(np.arange(5000.0))
    assert (found.n_total, len(found.values)) == (5000, 1000)
    assert target(list(range(5000))).values.tolist() == found.values.tolist()


def test_strength_is_nan_where_a_column_does_not_vary():
    found = target([0.5, 1.5, 2.5, 4.0])
    strengths = found.correlate(np.array([[1.0, 2.0, 3.0, 4.0], [0.1] * 4, [np.nan] * 4]))
    assert strengths[0] == pytest.approx(np.corrcoef([0.5, 1.5, 2.5, 4.0], [1, 2, 3, 4])[0, 1])
    assert np.isnan(strengths[1:]).all()
