"""Quantiles by a sketch and by all values."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from lineage_stats.exceptions import MissingDependencyError
from lineage_stats.features._quantiles import empty_distribution, require_method

RANKS = [0.0, 0.01, 0.25, 0.5, 0.9, 1.0]


@pytest.fixture(params=["kll", "exact"])
def method(request: pytest.FixtureRequest) -> str:
    if request.param == "kll":
        pytest.importorskip("datasketches", reason="the extra 'sketches' is not installed")
    return str(request.param)


def test_few_values_are_all_kept(method: str) -> None:
    values = np.random.default_rng(0).normal(size=150)
    kept = empty_distribution(method, 200)
    kept.update(values[:100])
    kept.update(values[100:])
    expected = np.quantile(values, RANKS, method="inverted_cdf")
    assert kept.quantiles(RANKS) == expected.tolist()
    assert kept.rank_error() == 0


def test_many_values_are_told_within_the_error(method: str) -> None:
    values = np.random.default_rng(0).permutation(50_000).astype(float)
    kept, parts = empty_distribution(method, 200), np.array_split(values, 7)
    kept.update(parts[0])
    for part in parts[1:]:
        other = empty_distribution(method, 200)
        other.update(part)
        kept.merge(other.to_bytes())
    told = np.array(kept.quantiles(RANKS)) / 49_999
    # Six ranks at 99 % each; three times the bound is far beyond what chance does.
    assert np.abs(told - RANKS).max() <= max(3 * kept.rank_error(), 1e-4)
    assert kept.rank_error() == (0 if method == "exact" else pytest.approx(0.0133, abs=1e-4))


def test_a_larger_sketch_errs_less() -> None:
    pytest.importorskip("datasketches", reason="the extra 'sketches' is not installed")
    kept = empty_distribution("kll", 800)
    kept.update(np.arange(1e5))
    assert kept.rank_error() < 0.004
    assert len(kept.to_bytes()) < 30_000


@pytest.mark.parametrize(
    ("method", "size", "told"),
    [
        ("mean", 200, "'quantiles' parameter must be None, 'kll' or 'exact'. Got 'mean'"),
        (None, 7, "'sketch_size' parameter must be an int between 8 and 65535. Got 7"),
        (None, 2.5, "Got 2.5"),
    ],
)
def test_wrong_parameters_are_refused(method: object, size: object, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        require_method(method, size)


def test_a_missing_package_is_said_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasketches", None)
    require_method("exact", 200)
    with pytest.raises(MissingDependencyError, match=r'pip install "lineage-stats\[sketches\]"'):
        require_method("kll", 200)
