"""Differences without meaning."""

import numpy as np
import pytest

from lineage_stats.attribution._resolution import resolution
from lineage_stats.features import Cell, parse_feature

NAMES = ("null_share[x]", "rows_out", "mean[x]", "sd[x]", "min[t]")


def of(values, names=NAMES, dated=()):
    cells = [Cell("op#1", name) for name in names]
    parsed = [parse_feature(name) for name in names]
    return resolution(values, cells, parsed, np.isin(names, dated))


def varying(n_runs=40, level=(0.2, 1000.0, 50.0, 400.0, 1.7e9)):
    jitter = np.linspace(-1, 1, n_runs)[:, None]
    return np.array(level) + jitter * 1e-3


def test_each_kind_of_number_has_its_own():
    found = of(varying(), dated=("min[t]",))
    # A mean is as fine as the spread of its column, a date is told in seconds.
    assert found == pytest.approx([0.01, 10.5, 4.0, 4.0, 60.0], rel=1e-3)


@pytest.mark.parametrize("n_runs", [2, 40, 600])
def test_what_never_varied_is_told_the_finer_the_more_runs_there_are(n_runs):
    still = np.tile([0.2, 1000.0, 50.0, 400.0, 1.7e9], (n_runs, 1))
    assert of(still) == pytest.approx(of(varying()) * 40 / (40 + n_runs), rel=1e-3)


def test_runs_that_lack_a_value_do_not_vouch_for_it():
    values = np.tile([100.0], (40, 1))
    values[:20] = np.nan
    assert of(values, ["mean[x]"]) == pytest.approx([1.0 * 40 / 60])


def test_a_number_without_any_value_has_the_finest():
    assert of(np.full((5, 1), np.nan), ["mean[x]"]) == [1e-9]
