import numpy as np

from lineage_stats.detectors._screening import screen_runs
from lineage_stats.features import Cell


def cells(n):
    return tuple(Cell(f"op{j}", "mean[a]") for j in range(n))


def test_bad_runs_go_and_healthy_ones_stay():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 200))
    X[[3, 17], :20] += 12
    keep = screen_runs(X, cells(200))
    assert np.flatnonzero(~keep).tolist() == [3, 17]


def test_a_run_with_many_changed_constants_goes():
    X = np.tile(np.arange(1.0, 31.0), (20, 1))
    X[4, :12] += 1
    assert np.flatnonzero(~screen_runs(X, cells(30))).tolist() == [4]


def test_heavy_tails_are_no_bad_runs():
    X = np.random.default_rng(1).standard_t(3, size=(40, 300))
    assert screen_runs(X, cells(300)).all()


def test_where_a_third_is_odd_nobody_goes():
    X = np.random.default_rng(2).normal(size=(30, 50))
    X[:10] += 40
    assert screen_runs(X, cells(50)).all()


def test_more_than_one_in_ten_are_not_a_few():
    X = np.random.default_rng(2).normal(size=(30, 50))
    X[:4] += 40
    assert screen_runs(X, cells(50)).all()
    X = X[1:]
    X = np.r_[X, np.random.default_rng(3).normal(size=(1, 50))]
    assert np.flatnonzero(~screen_runs(X, cells(50))).tolist() == [0, 1, 2]


def test_one_of_nine_is_left_out():
    X = np.random.default_rng(4).normal(size=(9, 50))
    X[5] += 40
    assert np.flatnonzero(~screen_runs(X, cells(50))).tolist() == [5]


def test_few_runs_and_empty_columns_are_left_alone():
    X = np.random.default_rng(3).normal(size=(7, 50))
    X[0] += 100
    assert screen_runs(X, cells(50)).all()
    assert screen_runs(np.full((10, 4), np.nan), cells(4)).all()
