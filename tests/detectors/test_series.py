import pickle

import numpy as np
import pytest

from lineage_stats.detectors import NormalInverseGamma, detect_changes


def steps(n=300, seed=0):
    x = np.random.default_rng(seed).normal(size=n)
    x[100:200] += 4
    x[200:] -= 3
    return x


@pytest.mark.parametrize("readout", ["run_length", "path", "posterior"])
def test_all_read_outs_find_clear_steps(readout):
    assert detect_changes(steps(), readout=readout).positions == pytest.approx((100, 200), abs=1)


def test_a_value_out_of_line_is_a_surprise():
    x = np.random.default_rng(1).normal(size=200)
    x[150] = 12
    assert detect_changes(x, readout="tail", threshold=1e-5).positions == (150,)


def test_noise_has_no_changes():
    x = np.random.default_rng(2).normal(size=(20, 400))
    found = [len(detect_changes(row).positions) for row in x]
    assert np.mean(found) < 0.2


def test_units_do_not_matter():
    x = steps()
    one, other = detect_changes(x), detect_changes(1e6 * x - 3)
    assert one.positions == other.positions
    assert np.allclose(one.probability, other.probability, atol=1e-6)


def test_the_long_way_and_the_short_one_agree():
    x = np.random.default_rng(3).normal(size=3000)
    for k, start in enumerate(range(300, 3000, 300)):
        x[start:] += (-1) ** k * 3
    assert detect_changes(x, exact=False).positions == detect_changes(x, exact=True).positions


def test_series_beside_the_positions():
    x = steps()
    found = detect_changes(x)
    assert found.probability.shape == found.run_length.shape == found.tail.shape == (300,)
    assert found.probability[100] > 0.5
    assert found.run_length[99] == 100
    assert found.run_length[-1] == 100
    assert found.tail[200] < 1e-4
    assert np.isfinite(found.log_evidence)


def test_gaps_and_constants_and_single_values():
    x = steps()
    x[50:60] = np.nan
    assert detect_changes(x).positions == pytest.approx((100, 200), abs=1)
    assert detect_changes(np.ones(50)).positions == ()
    assert detect_changes([3.0]).positions == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"readout": "guess"}, {"expected_run_length": 1}, {"lag": 0}, {"lag": 2.5},
        {"within": -1}, {"threshold": 1.0},
    ],
)  # fmt: skip
def test_impossible_parameters_are_named(wrong):
    with pytest.raises(ValueError, match=f"'{next(iter(wrong))}' parameter of detect_changes"):
        detect_changes(steps(), **wrong)


def test_shapes_that_are_no_series_are_refused():
    for x in (np.zeros((2, 2, 2)), np.empty(0)):
        with pytest.raises(ValueError, match="shape"):
            detect_changes(x)


def test_the_prior_is_the_callers():
    wide = NormalInverseGamma(kappa=1e-3, alpha=5.0, beta=5.0)
    assert detect_changes(steps(), prior=wide).log_evidence != detect_changes(steps()).log_evidence


def test_tails_are_found_when_asked_for_and_survive_pickling():
    x = np.random.default_rng(3).normal(size=120)
    x[70] = 9.0
    found = detect_changes(x)
    copied = pickle.loads(pickle.dumps(found))
    assert found.tail.argmin() == 70
    assert found.tail is found.tail
    np.testing.assert_array_equal(copied.tail, found.tail)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(found)).tail, found.tail)
