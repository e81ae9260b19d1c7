import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage_stats.detectors._final_step import FinalStep


def test_final_step_learns_amount_and_power():
    rng = np.random.default_rng(0)
    fit = FinalStep.fit(rng.random((4000, 3)).min(axis=1), 10)
    assert fit.power == pytest.approx(1, abs=0.05)
    assert fit.p_values(np.array([0.01]))[0] == pytest.approx(1 - 0.99**3, rel=0.15)
    assert len(fit.seen) == 4000
    too_small = FinalStep.fit(rng.random(4000) ** 2, 10)
    assert too_small.power < 0.65
    assert too_small.p_values(np.array([0.01**2]))[0] == pytest.approx(0.01, rel=0.4)
    assert fit.p_values(np.array([fit.smallest(0.03)]))[0] == pytest.approx(0.03)
    few = FinalStep.fit(rng.random(7), 10)
    assert (few.amount, few.power, len(few.seen)) == (10.0, 1.0, 0)


def test_a_rare_healthy_event_counts_beside_what_was_fitted():
    rng = np.random.default_rng(0)
    smallest = rng.random(100)
    smallest[:5] = 1e-3
    fit = FinalStep.fit(smallest, 1)
    assert fit.p_values(np.array([1e-3]))[0] > 0.02
    # Impossible for a healthy run: such runs among the healthy ones hide no fault.
    smallest[:5] = 1e-30
    assert FinalStep.fit(smallest, 1).p_values(np.array([1e-12]))[0] < 1e-6


@given(st.lists(st.floats(0, 1), min_size=8, max_size=40), st.floats(1e-9, 0.5))
def test_final_step_can_be_undone_and_keeps_order(smallest, p):
    fit = FinalStep.fit(np.array(smallest), 4)
    grid = fit.p_values(np.geomspace(1e-12, 1, 50))
    assert (np.diff(grid) >= -1e-12).all()
    assert ((grid >= 0) & (grid <= 1)).all()
    undone = fit.p_values(np.array([fit.smallest(p)]))[0]
    assert undone <= p * (1 + 1e-6)
    if len(set(fit.seen)) == len(fit.seen):
        assert undone == pytest.approx(p, rel=1e-3)
