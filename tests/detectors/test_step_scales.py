"""Scales of steps, and what leaving some out does to them."""

import numpy as np
import pytest

from lineage_stats.detectors._step_scales import StepSums, length_of, most_df


def test_the_scale_is_that_of_the_steps():
    walks = np.cumsum(np.random.default_rng(0).normal(size=(400, 5)), axis=0)
    scale, df = StepSums.of(walks, np.ones(399), 1).scales()
    assert scale == pytest.approx(np.ones((1, 5)), rel=0.15)
    assert (df <= most_df(399)).all()
    assert (df > 0.7 * most_df(399)).all()


def test_without_some_steps_it_is_that_of_the_others():
    rng = np.random.default_rng(1)
    values = np.cumsum(rng.normal(size=(60, 3)), axis=0)
    values[31:] += 2.8
    sums = StepSums.of(values, np.ones(59), 1)
    scale, df = sums.scales(29, 32)
    others = np.delete(np.diff(values, axis=0), slice(29, 32), axis=0)
    np.testing.assert_allclose(scale[0], np.sqrt((others**2).mean(axis=0)))
    assert (df <= most_df(56)).all()


def test_nothing_is_left_where_all_that_moved_is_left_out():
    values = np.repeat([0.1, 0.7], [20, 20])[:, None]
    sums = StepSums.of(values, np.ones(39), 1)
    assert np.isnan(sums.scales(18, 21)[0]).all()


def test_lengths_are_powers_of_three():
    assert length_of(np.array([1.0, 2.0, 4.0, 9.0, 30.0, np.nan])).tolist() == [0, 1, 1, 2, 3, 0]
