"""Checks that several measures share."""

import re

import numpy as np
import pytest

from lineage_stats.evaluation._checks import labels, numbers, same_length, share, take


def test_labels_become_booleans():
    (found,) = labels(flagged=[1, 0])
    assert found.dtype == bool
    assert found.tolist() == [True, False]


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: labels(flagged=[1, 0], faulty=[1]), "'flagged' and 'faulty' must be one label"),
        (lambda: labels(flagged=[[1]]), "got shapes (1, 1)"),
        (lambda: labels(flagged=[1, -1]), "'flagged' must hold True and False"),
        (lambda: numbers(scores=[1.0, float("nan")]), "'scores' holds NaN for 1 runs"),
        (lambda: numbers(scores=[[1.0]]), "got shape (1, 1)"),
        (lambda: same_length(a=[1], b=[1, 2]), "1 of 'a', 2 of 'b'"),
        (lambda: share("rate", 1), "'rate' must be a float in (0, 1). Got 1 instead"),
    ],
)
def test_errors_say_what_is_wrong(call, text):
    with pytest.raises(ValueError, match=re.escape(text)):
        call()


def test_entries_are_taken_from_arrays_and_from_lists():
    assert take(["a", "b", "c"], [2, 2, 0]) == ["c", "c", "a"]
    assert take(np.array([5, 6, 7]), [2, 2, 0]).tolist() == [7, 7, 5]
