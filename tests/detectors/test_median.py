import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lineage_stats.detectors._median import _around, median

LAWS = {
    "normal": lambda rng, n: rng.normal(size=n),
    "skewed": lambda rng, n: rng.lognormal(sigma=4, size=n),
    "few counts": lambda rng, n: rng.poisson(3, size=n).astype(float),
    "many counts": lambda rng, n: rng.poisson(1000, size=n).astype(float),
    "two levels": lambda rng, n: rng.integers(2, size=n).astype(float),
    "far apart": lambda rng, n: rng.integers(2, size=n) * 1e9 + rng.normal(size=n),
    "mostly one value": lambda rng, n: np.where(rng.random(n) < 0.7, 5.0, rng.normal(size=n)),
    "constant": lambda rng, n: np.full(n, -2.5),
    "trend": lambda rng, n: np.sort(rng.normal(size=n)),
    "weeks": lambda rng, n: np.arange(n) % 7 + rng.normal(size=n) / 10,
    "up to infinity": lambda rng, n: np.where(rng.random(n) < 0.6, np.inf, rng.normal(size=n)),
    "huge": lambda rng, n: rng.choice([-1.0, 1.0], size=n) * 1e308,
    "tiny": lambda rng, n: rng.normal(size=n) * 5e-324,
}


@pytest.mark.parametrize("law", LAWS)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 3000))
def test_it_is_the_middle_of_the_ordered_values(law, seed, n):
    values = LAWS[law](np.random.default_rng(seed), n)
    assert median(values) == plain(values)


@given(
    hnp.arrays(
        float, st.integers(1, 700), fill=st.nothing(),
        elements=st.one_of(st.integers(-3, 3).map(float), st.floats(-1e6, 1e6)),
    )
)  # fmt: skip
def test_it_is_so_for_any_values(values):
    assert median(values) == plain(values)


@np.errstate(over="ignore")
def plain(values):
    ordered, n = np.sort(values), len(values)
    return ordered[n // 2] if n % 2 else (ordered[n // 2 - 1] + ordered[n // 2]) / 2


def test_no_value_has_no_median():
    assert np.isnan(median(np.empty(0)))


def test_values_stay_in_their_order():
    values = np.random.default_rng(0).normal(size=5000)
    before = values.copy()
    median(values)
    assert (before == values).all()


@pytest.mark.parametrize("n", [2_000, 10_000])
def test_few_values_are_ordered(n):
    rng = np.random.default_rng(n)
    for _ in range(100):
        values = rng.normal(size=n)
        near, below = _around(values, n // 2)
        assert below <= n // 2 < below + len(near)
        assert len(near) < n // 5
