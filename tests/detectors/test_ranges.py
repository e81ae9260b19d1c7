import numpy as np

from lineage_stats.detectors._ranges import range_of_others


def test_each_run_sees_the_range_of_the_others():
    X = np.array([[1.0, np.nan], [2.0, np.nan], [2.0, 5.0], [4.0, np.nan]])
    low, high = range_of_others(X, 0.5)
    assert low[:, 0].tolist() == [1.5, 0.5, 0.5, 0.5]
    assert high[:, 0].tolist() == [4.5, 4.5, 4.5, 2.5]
    assert np.isneginf(low[2, 1])
    assert np.isposinf(high[2, 1])
