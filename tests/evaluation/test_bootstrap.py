"""Intervals that know which runs belong together."""

import numpy as np
import pandas as pd
import pytest

from lineage_stats.evaluation import cluster_bootstrap, false_alarm_rate, hit_at_k


def test_the_interval_covers_the_mean_of_the_population():
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(50):
        level = np.repeat(rng.normal(size=15), 20)
        values = level + rng.normal(size=300)
        found = cluster_bootstrap(
            np.mean,
            values,
            clusters=np.repeat(np.arange(15), 20),
            n_resamples=200,
            random_state=rng,
        )
        hits += found.low <= 0 <= found.high
    # Honest is 47; treating all 300 runs as independent gives about 20.
    assert hits >= 40


def test_runs_of_one_cluster_count_as_one_finding():
    values, clusters = np.repeat([0.0, 1.0], 500), np.repeat(["a", "b"], 500)
    wide = cluster_bootstrap(np.mean, values, clusters=clusters)
    narrow = cluster_bootstrap(np.mean, values, clusters=range(1000))
    assert (wide.low, wide.high) == (0, 1)
    assert narrow.high - narrow.low < 0.1
    assert float(wide) == float(narrow) == 0.5


def test_seeds_are_drawn_within_their_pipeline():
    pipelines, seeds = ["a"] * 4 + ["b"] * 4, [0, 0, 1, 1] * 2
    values = np.array([0.0, 0.0, 2.0, 2.0, 10.0, 10.0, 12.0, 12.0])

    def spread_within_seeds(x):
        return float(np.max(np.abs(x[::2] - x[1::2])))

    found = cluster_bootstrap(spread_within_seeds, values, clusters=(pipelines, seeds))
    assert (found.low, found.high) == (0, 0)
    outer = cluster_bootstrap(np.mean, values, clusters=pipelines)
    nested = cluster_bootstrap(np.mean, values, clusters=(pipelines, seeds))
    assert nested.low < outer.low


def test_resamples_without_the_runs_that_are_needed_are_left_out():
    flagged, faulty = [0, 1, 1, 1], [0, 1, 1, 1]
    found = cluster_bootstrap(false_alarm_rate, flagged, faulty, clusters="abcd", n_resamples=100)
    assert 40 < found.n_resamples < 95
    assert found.value == 0


def test_rankings_are_resampled_as_lists():
    rankings = [{"a": 1.0, "b": 0.0}, ["b", "a"]] * 3
    clusters = (1, 2, 1, 2, 1, 2)
    found = cluster_bootstrap(hit_at_k, rankings, ["a"] * 6, clusters=clusters, n_resamples=50)
    assert found.value == 0.5


def test_chance_is_given():
    args = {"clusters": range(30), "n_resamples": 50}
    values = np.arange(30.0)
    one = cluster_bootstrap(np.mean, values, **args)
    assert one == cluster_bootstrap(np.mean, values, **args)
    assert one != cluster_bootstrap(np.mean, values, **args, random_state=1)


@pytest.mark.parametrize(
    ("clusters", "text"), [("aaa", "there are 1"), ("ab", "3 of 'arrays.0.', 2 of 'clusters.0.'")]
)
def test_what_cannot_be_drawn_from_is_refused(clusters, text):
    with pytest.raises(ValueError, match=text):
        cluster_bootstrap(np.mean, np.arange(3), clusters=clusters)


def test_a_figure_that_is_never_defined_is_refused():
    def never(values):
        raise ValueError

    with pytest.raises(ValueError, match="on none of the resamples"):
        cluster_bootstrap(never, [1, 2], clusters="ab")


def test_columns_of_pandas_are_taken_by_position_and_always_given_as_arrays():
    seen = set()

    def statistic(first, second):
        seen.add((type(first), type(second)))
        return float(np.mean(first == second))

    index = [f"r{i}" for i in range(6)]
    first, second = pd.Series([1, 0, 1, 1, 0, 0], index), pd.Series([1, 0, 0, 1, 1, 0], index[::-1])
    clusters = pd.Series(list("aabbcc"), index)
    found = cluster_bootstrap(statistic, first, second, clusters=clusters, n_resamples=5)
    assert found.value == 4 / 6
    assert seen == {(np.ndarray, np.ndarray)}
