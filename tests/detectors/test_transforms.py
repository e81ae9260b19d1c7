import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage_stats.detectors._transforms import (
    ARCSINE,
    FISHER,
    IDENTITY,
    LOG,
    LOG_COUNT,
    ROOT_COUNT,
    choose_transforms,
    denominators,
    inverse_transform,
    tolerances,
    transform,
)
from lineage_stats.features import Cell

RANGES = {
    IDENTITY: st.floats(-1e9, 1e9),
    LOG: st.floats(1e-6, 1e6),
    LOG_COUNT: st.integers(0, 10**9).map(float),
    ROOT_COUNT: st.integers(0, 100).map(float),
    ARCSINE: st.floats(0, 1),
    FISHER: st.floats(-0.999, 0.999),
}


@given(st.data(), st.sampled_from(list(RANGES)))
def test_inverse_undoes_and_order_is_kept(data, code):
    x = np.sort(data.draw(st.lists(RANGES[code], min_size=2, max_size=5)))
    codes = np.full(len(x), code)
    z = transform(x[None], codes)
    assert inverse_transform(z[0], codes) == pytest.approx(x, rel=1e-6, abs=1e-6)
    assert (np.diff(z[0]) >= 0).all()


def test_impossible_values_are_taken_as_the_nearest_possible_and_nan_stays():
    codes = np.array([LOG, LOG_COUNT, ROOT_COUNT, ARCSINE, ARCSINE, LOG])
    z = transform(np.array([[-1.0, -5.0, -5.0, -0.1, 1.5, np.nan]]), codes)[0]
    assert np.isfinite(z[:5]).all()
    assert np.isnan(z[5])


def test_kinds_choose_transforms():
    names = ("calls", "rows_out", "cpu", "nulls[a]", "mean[a]", "metric_value", "rows_in",
             "association[a]")  # fmt: skip
    cells = tuple(Cell("fit", name) for name in names)
    X = np.tile([5.0, 5000.0, 1.0, 0.2, 3.0, 0.9, np.nan, 0.5], (4, 1))
    assert choose_transforms(X, cells).tolist() == [
        ROOT_COUNT, LOG_COUNT, LOG, ARCSINE, IDENTITY, IDENTITY, ROOT_COUNT, FISHER
    ]  # fmt: skip


def test_root_counts_of_poisson_values_have_unit_spread():
    x = np.random.default_rng(0).poisson([3, 10, 25], size=(50_000, 3)).astype(float)
    assert transform(x, np.full(3, ROOT_COUNT)).std(axis=0) == pytest.approx(1, abs=0.04)


def test_the_mean_of_a_standardised_column_is_rounding_error():
    cells = (Cell("scale", "mean[age]"), Cell("scale", "sd[age]"), Cell("scale", "mean[pay]"))
    X = np.array([[1e-17, 1.0, 1e-17], [-3e-17, 1.0, -3e-17]])
    tolerance = tolerances(X, cells)
    assert tolerance[0] == 1e-9
    assert tolerance[2] < 1e-25


def test_denominators_are_rows_of_the_output_up_to_the_sample():
    cells = (Cell("a", "nulls[x]"), Cell("a", "rows_out"), Cell("b", "nulls[x]@1"),
             Cell("b", "rows_out@1"), Cell("c", "nulls[x]"))  # fmt: skip
    X = np.array([[0.0, 50.0, 0.0, 1e6, 0.0]])
    assert denominators(X, cells)[[0, 2, 4]].tolist() == [50, 1000, 1000]
