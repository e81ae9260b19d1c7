"""How pieces of evidence combine."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lineage_stats.attribution._scoring import (
    CERTAIN,
    STRUCTURAL,
    half_saturation,
    magnitude,
    strength,
    transmission,
    trust,
)

surprises = st.floats(0, 1e300)


@given(surprises, surprises)
def test_more_surprise_is_never_less_evidence(a, b):
    low, high = sorted((a, b))
    assert strength(low) <= strength(high) + 1e-12
    assert 0 <= strength(high) <= 1


def test_enormous_deviations_are_capped():
    assert strength(1e6) == strength(1e12) == 1.0
    assert strength(1e6) < 2.5 * strength(CERTAIN)


def test_healthy_fluctuation_is_hardly_evidence():
    assert strength(2.0) < 0.03
    assert strength(np.nan) == 0.0


def test_half_saturation_is_half_at_its_half():
    assert half_saturation(np.array([4.0]), 4.0, 4)[0] == 0.5


def test_magnitude_is_linear_up_to_four():
    np.testing.assert_allclose(magnitude(np.array([1.0, 4.0])), [1 / 16, 4 / 16])


def test_a_mechanism_that_always_held_is_trusted_on_odd_input():
    odd = np.array([50.0])
    assert trust(odd, np.array([1.0]), 0.05)[0] == 1.0
    assert trust(odd, np.array([0.0]), 0.05)[0] < 0.1
    assert trust(odd, np.array([0.0]), 0.5)[0] > 0.4
    assert trust(np.array([0.0]), np.array([0.0]), 0.05)[0] == 1.0


def test_what_no_path_leads_to_the_metric_arrives_not_at_all():
    assert transmission(0.0, 0.0) == 0.0
    assert transmission(0.0, 1.0) == STRUCTURAL
    assert transmission(30.0, 1.0) > 0.98
