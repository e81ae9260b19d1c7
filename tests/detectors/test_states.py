"""How probable one more change of a cell is that has changed several times."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from lineage_stats.detectors._states import States

# Ten runs each in three states, of a cell that changed twice, and one that changed never.
SEGMENT = np.column_stack([np.repeat([0, 1, 2], 10), np.zeros(30, dtype=int)])
X = np.column_stack([np.repeat([-1.0, 3.0, 1.0], 10), np.zeros(30)])


def test_a_state_is_predicted_from_the_means_of_the_segments() -> None:
    new, old = States.fit(X, SEGMENT)
    # Normal-Inverse-Gamma: kappa 1 + 3, alpha 1/2 + 3/2, of the means -1, 3 and 1.
    assert new.center.tolist() == [3 / 4, 0.0]
    beta = 1 / 2 + (1 + 9 + 1 - 9 / 4) / 2
    assert new.scale[0] == pytest.approx(np.sqrt(beta * 5 / (2 * 4)))
    assert new.df.tolist() == [4.0, 2.0]
    assert new.recurrence.tolist() == [1 / 30, 0.0]  # the first change is history
    assert old.center[:, 0].tolist() == [4 / 3] * 10 + [0.0] * 10 + [2 / 3] * 10


def test_what_is_out_of_all_states_is_as_probable_as_a_change_so_far_out() -> None:
    new, _ = States.fit(X, SEGMENT)
    x = np.array([[3.0, 3.0], [3.0, 3.0]])
    score = new.most_surprising(x, np.array([[True, True], [False, False]]))
    assert score[0, 0] == pytest.approx(stats.norm.isf(1 / 60))
    tail = stats.t.sf((3.0 - 0.75) / new.scale[0], df=4)
    assert score[1, 0] == pytest.approx(stats.norm.isf(tail / 30))
    assert (score[:, 1] > 30).all()  # a cell that never changed may be as surprising as it is


def test_missing_values_and_no_runs() -> None:
    x = X.copy()
    x[10:20] = np.nan
    new, old = States.fit(x, SEGMENT)
    assert new.center[0] == 0.0
    assert new.df[0] == 3.0
    assert old.center.shape == x.shape
    nothing, _ = States.fit(np.empty((0, 2)), np.empty((0, 2), dtype=int))
    assert nothing.recurrence.tolist() == [0.0, 0.0]
