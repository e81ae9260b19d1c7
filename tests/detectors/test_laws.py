import numpy as np
import pandas as pd
import pytest

from lineage_stats.detectors import ZScoreDetector
from lineage_stats.detectors._laws import CountLaw, Laws, OrderLaw, ShareLaw
from lineage_stats.detectors._roles import assign_roles
from lineage_stats.features import Cell

COUNTS = (Cell("read", "calls"), Cell("read", "nulls[age]"), Cell("read", "top_share[sex]"),
          Cell("read", "rows_out"))  # fmt: skip
ORDERS = (Cell("read", "min[age]"), Cell("read", "sd[age]"), Cell("read", "mean[age]"))


def few_events(rng, n):
    rows = np.full(n, 400.0)
    return np.c_[rng.poisson(4, n), rng.poisson(3.5, n) / rows, 1 - rng.poisson(6, n) / rows, rows]


def ages(rng, n):
    """The youngest row is missing in every tenth run."""
    return np.c_[
        np.where(rng.random(n) < 0.1, 21.0, 18.0) + rng.normal(0, 0.1, n),
        rng.normal(12, 0.2, n),
        rng.normal(40, 0.5, n),
    ]


@pytest.mark.parametrize("n", [20, 40])
def test_chance_alone_is_no_surprise(n):
    rng = np.random.default_rng(0)
    p, left_out = [], []
    for _ in range(200):
        X = few_events(rng, n)
        law = CountLaw.fit(X, COUNTS, assign_roles(X, COUNTS))
        if law.cell.tolist() != [0, 1, 2]:
            continue  # five equal counts are a constant
        p.append(law.p_values(few_events(rng, 50)))
        left_out.append(law.left_out_p_values(X))
    assert len(p) > 150
    for found in (np.concatenate(p), np.concatenate(left_out)):
        for rate in (0.01, 0.05):
            assert (found < rate).mean(axis=0) == pytest.approx(0.8 * rate, abs=0.6 * rate)


def test_left_out_is_judged_by_the_others():
    X = few_events(np.random.default_rng(1), 12)
    roles = assign_roles(X, COUNTS)
    left_out = CountLaw.fit(X, COUNTS, roles).left_out_p_values(X)
    others = CountLaw.fit(X[1:], COUNTS, roles).p_values(X[:1])
    assert left_out[0] == pytest.approx(others[0])
    X = ages(np.random.default_rng(1), 12)
    roles = assign_roles(X, ORDERS)
    left_out = OrderLaw.fit(X, ORDERS, roles).left_out_p_values(X)
    others = OrderLaw.fit(X[1:], ORDERS, roles).p_values(X[:1])
    assert left_out[0] == pytest.approx(others[0], rel=0.05)


def test_a_jump_to_the_next_row_is_bounded_and_a_wrong_unit_is_not():
    X = ages(np.random.default_rng(0), 40)
    X[:, 0] = 18 + np.random.default_rng(2).normal(0, 0.1, 40)
    laws = Laws.fit(X, ORDERS, assign_roles(X, ORDERS))
    new = np.array([[21.0, 12.0, 40.0], [-5000.0, 12.0, 40.0]])
    bounded = laws.bound(np.array([[30.0, 3.0, 4.0], [-300.0, 3.0, np.nan]]), new)
    assert 2 < bounded[0, 0] < 3
    assert bounded[1, 0] < -4.5
    assert bounded[:, 1].tolist() == [3.0, 3.0]
    assert bounded[0, 2] == 4.0
    assert np.isnan(bounded[1, 2])


def test_a_quantile_that_was_constant_may_jump_once():
    rng = np.random.default_rng(0)
    X = np.c_[np.zeros(40), rng.normal(0.4, 0.01, 40), rng.normal(0.2, 0.01, 40)]
    cells = ["q75[south]", "sd[south]", "mean[south]"]
    frame = pd.DataFrame(X, columns=pd.MultiIndex.from_product([["dummies"], cells]))
    detector = ZScoreDetector().fit(frame)
    jump = frame.iloc[:1].copy()
    jump.iloc[0, 0] = 1.0
    assert detector.predict(jump).tolist() == [1]
    jump.iloc[0, 0] = 1e4
    assert detector.predict(jump).tolist() == [-1]


def test_a_law_survives_arrays():
    X = few_events(np.random.default_rng(1), 12)
    laws = Laws.fit(X, COUNTS, assign_roles(X, COUNTS))
    again = Laws.from_arrays(laws.to_arrays())
    scores = np.full(X.shape, 9.0)
    assert (again.bound(scores, X) == laws.bound(scores, X)).all()


ONES = (Cell("predict", "mean[y]"), Cell("predict", "sd[y]"))


def ones(rng, n, share=0.5):
    mean = np.clip(rng.normal(share, 0.02, n), 0, 1)
    return np.c_[mean, np.sqrt(mean * (1 - mean))]


def test_the_spread_of_ones_and_zeros_is_as_surprising_as_their_mean():
    """It stays below one half, so that its distance from the centre says nothing."""
    rng = np.random.default_rng(0)
    X = ones(rng, 60)
    law = ShareLaw.fit(X, ONES, assign_roles(X, ONES))
    assert law.cell.tolist() == [1]
    scores = np.array([[1.5, -9.0], [-20.0, -9.0]])
    assert law.bound(scores, ones(rng, 2)).tolist() == [[1.5, -1.5], [-20.0, -9.0]]
    # No longer ones and zeros, so judged like any column.
    assert law.bound(scores, np.array([[0.5, 3.0], [0.5, 3.0]])).tolist() == scores.tolist()


def test_other_columns_keep_their_spread():
    X = np.random.default_rng(0).normal([0.5, 0.3], 0.02, size=(60, 2))
    assert not len(ShareLaw.fit(X, ONES, assign_roles(X, ONES)).cell)
