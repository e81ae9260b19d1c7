"""Laws of the cells: what is drawn has the stated distribution."""

import numpy as np
import pytest
from scipy import stats

from lineage_stats.datasets._run_laws import LAWS, RunLaws

LAW_OF = {
    "normal": lambda f, g: stats.norm(f, g),
    "lognormal": lambda f, g: stats.lognorm(g, scale=np.exp(f)),
    "rows": lambda f, g: stats.lognorm(g, scale=np.exp(f)),
}


@pytest.fixture(scope="module")
def laws():
    return RunLaws.draw(400, np.random.default_rng(5))


@pytest.fixture(scope="module")
def runs(laws):
    return laws.runs(4000, np.random.default_rng(6))


def test_every_law_is_among_many_cells(laws):
    assert set(laws.law) == set(LAWS)
    assert laws.cells[-1] == ("train/f1_score#1", "metric_value")
    assert len(set(laws.cells)) == 400


def test_few_cells_are_the_first_of_many():
    few, many = (RunLaws.draw(n, np.random.default_rng(5)) for n in (10, 400))
    assert few.cells[:9] == many.cells[:9]
    assert few.first[:9].tolist() == many.first[:9].tolist()


@pytest.mark.parametrize("law", sorted(LAW_OF))
def test_continuous_cells_have_their_distribution(law, laws, runs):
    at = np.flatnonzero(laws.law == law)
    p = [
        stats.kstest(runs[0][:, j], LAW_OF[law](laws.first[j], laws.second[j]).cdf).pvalue
        for j in at
    ]
    # Row counts are rounded down, which the smallest ones show.
    assert np.median(p) > 0.2
    assert min(p) > 1e-6 / len(at)


@pytest.mark.parametrize("law", ["share", "poisson"])
def test_counts_have_their_mean_and_variance(law, laws, runs):
    at = np.flatnonzero(laws.law == law)
    first, second = laws.first[at], laws.second[at]
    mean = second if law == "share" else first
    variance = second * (1 - second) / first if law == "share" else first
    error = (runs[0][:, at].mean(axis=0) - mean) / np.sqrt(variance / 4000)
    assert np.abs(error).max() < 5
    assert runs[0][:, at].var(axis=0) == pytest.approx(variance, rel=0.25)


def test_only_row_counts_share_the_day(laws, runs):
    values, day = runs
    rows = np.log(values[:, laws.law == "rows"])
    assert np.corrcoef(rows.T)[0, 1] == pytest.approx(0.5, abs=0.06)
    other = values[:, laws.law == "normal"]
    assert abs(np.corrcoef(other[:, 0], day)[0, 1]) < 0.08


@pytest.mark.parametrize("law", LAWS)
def test_faults_shift_by_so_many_standard_deviations(law, laws, runs):
    j = np.flatnonzero(laws.law == law)[0]
    drawn = laws.faulty(np.full(4000, j), runs[1], 3.0, np.random.default_rng(7))
    healthy = runs[0][:, j]
    if law in ("lognormal", "rows"):
        drawn, healthy = np.log(drawn), np.log(healthy)
    shift = drawn.mean() - healthy.mean()
    assert shift == pytest.approx(1 if law == "constant" else 3 * healthy.std(), rel=0.1)
