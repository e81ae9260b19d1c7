"""Time that matters."""

import numpy as np
import pytest

from lineage_stats.detectors._roles import assign_roles
from lineage_stats.detectors._time_law import TimeLaw
from lineage_stats.features import Cell

CELLS = (Cell("fit", "cpu"), Cell("head", "cpu"), Cell("fit", "duration"), Cell("fit", "mean[a]"))


def law_of(x):
    return TimeLaw.fit(x, CELLS, assign_roles(x, CELLS))


def times(rng, n):
    return np.array([4.0, 0.001, 5.0, 40.0]) * np.exp(rng.normal(0, 0.1, (n, 4)))


def test_only_time_that_its_run_would_miss_is_judged():
    law = law_of(times(np.random.default_rng(0), 40))
    assert law.cell.tolist() == [0, 1, 2]
    X = np.array(
        [[law.usual[0], 0.018, law.usual[2], 70.0], [4.6, 0.03, 9.0, 70.0], [np.nan, 0.0, 1.0, 0.0]]
    )
    scores = np.full(X.shape, 9.0)
    scores[2] = [np.nan, -9.0, -9.0, -9.0]
    bounded = law.bound(scores.copy(), X)
    assert bounded[0].tolist() == [0.0, 0.0, 0.0, 9.0]
    # A quick operation may have been paused.
    assert bounded[1].tolist() == [9.0, pytest.approx(2.28, abs=0.01), 9.0, 9.0]
    assert bounded[2, 1:].tolist() == [0.0, -9.0, -9.0]
    assert np.isnan(bounded[2, 0])


def test_in_a_short_run_less_time_matters():
    law = law_of(times(np.random.default_rng(0), 40) / 1000)
    assert law.missed == pytest.approx([2e-4, 2e-4, 2.5e-4], rel=0.1)


def test_a_pause_at_a_quick_operation_is_none_of_its_own():
    law = law_of(times(np.random.default_rng(0), 20))
    X = np.tile(law.usual, (3, 1))
    X[:, 1] = [0.03, 0.2, 2.0]
    scores = law.bound(np.full((3, 4), 40.0), np.column_stack([X, [40.0] * 3]))
    assert scores[:, 1] == pytest.approx([2.01, 2.92, 4.41], abs=0.01)
    X[:, 1], X[:, 0] = law.usual[1], 4.5  # it has a spread of its own to tell by
    assert law.bound(np.full((3, 4), 40.0), np.column_stack([X, [40.0] * 3]))[0, 0] == 40.0


def test_laws_of_older_files_know_of_no_pauses():
    law = law_of(times(np.random.default_rng(0), 20))
    arrays = {name: getattr(law, name) for name in ("cell", "usual", "missed")}
    old = TimeLaw.from_arrays(arrays)
    X = np.array([[4.0, 0.3, 5.0, 40.0]])
    assert old.bound(np.full((1, 4), 9.0), X)[0, 1] == 9.0
    assert law.bound(np.full((1, 4), 9.0), X)[0, 1] < 5.0


def test_nothing_is_bounded_without_times():
    scores = np.full((2, 3), 9.0)
    assert (TimeLaw.nothing().bound(scores.copy(), scores) == scores).all()
