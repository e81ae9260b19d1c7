"""Intervals for any figure, from resampling whole pipelines, and seeds within them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lineage_stats.evaluation._checks import same_length, share, take, without_index

Clusters = Sequence[Hashable] | npt.NDArray[Any]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with a bootstrap interval.

    Attributes
    ----------
    value : float
        The figure on all data.
    low, high : float
        Ends of the interval.
    confidence : float
        How often it should hold the true figure.
    n_clusters : int
        Clusters that were drawn from.
    n_resamples : int
        Resamples on which the figure is defined.

    Examples
    --------
    >>> Estimate(0.8, 0.7, 0.85, 0.95, 12, 1000)
    <Estimate 0.8, 95 % interval 0.7 to 0.85 over 12 clusters>
    """

    value: float
    low: float
    high: float
    confidence: float
    n_clusters: int
    n_resamples: int

    def __float__(self) -> float:
        return self.value

    def __repr__(self) -> str:
        return (
            f"<Estimate {self.value:.3g}, {self.confidence * 100:.3g} % interval {self.low:.3g} to "
            f"{self.high:.3g} over {self.n_clusters} clusters>"
        )


def cluster_bootstrap(
    statistic: Callable[..., Any],
    *arrays: Sequence[Any] | npt.NDArray[Any],
    clusters: Clusters | tuple[Clusters, ...],
    n_resamples: int = 1000,
    confidence: float = 0.95,
    random_state: int | np.random.Generator = 0,
) -> Estimate:
    """Return a figure with an interval that knows that runs of one pipeline are alike.

    Parameters
    ----------
    statistic : callable
        Takes as many arrays as are given and returns a number or a `Rate`. Where it raises
        ValueError or returns NaN, as for lack of healthy runs, the resample is left out.
    *arrays : sequences of length n_runs
        What the figure is computed from; arrays, lists or columns of pandas.
    clusters : sequence of length n_runs, or tuple of such
        Pipeline of each run. A tuple nests, the outermost first, as ``(pipelines, seeds)``: within
        every pipeline that is drawn, seeds are drawn too.
    n_resamples : int, default=1000
        Number of resamples.
    confidence : float, default=0.95
        How often the interval should hold the true figure.
    random_state : int or numpy.random.Generator, default=0
        Chance of the resamples.

    Returns
    -------
    Estimate
        The figure and its interval.

    Raises
    ------
    ValueError
        If the arrays differ in length, there are fewer than two clusters, or the figure is defined
        on none of the resamples.

    Notes
    -----
    The percentile interval of the cluster bootstrap [1]_: as many clusters as there are are drawn
    with replacement, each with all its runs. With few clusters (about ten) such intervals are
    somewhat too narrow.

    References
    ----------
    .. [1] A. C. Davison and D. V. Hinkley (1997). Bootstrap Methods and their Application,
       section 3.8. Cambridge University Press.

    Examples
    --------
    >>> from lineage_stats.evaluation import cluster_bootstrap, recall
    >>> flagged, faulty = [1, 1, 0, 1, 0, 0], [1, 1, 1, 1, 1, 1]
    >>> cluster_bootstrap(recall, flagged, faulty, clusters=["a", "a", "b", "b", "c", "c"])
    <Estimate 0.5, 95 % interval 0 to 1 over 3 clusters>
    """
    share("confidence", confidence)
    levels = _levels(clusters)
    arrays = tuple(map(without_index, arrays))
    named = {f"arrays[{i}]": array for i, array in enumerate(arrays)}
    n = same_length(**named, **{f"clusters[{i}]": level for i, level in enumerate(levels)})
    codes = [_codes(level) for level in levels]
    n_clusters = len(np.unique(codes[0]))
    if n_clusters < 2:
        raise ValueError(
            f"A bootstrap needs at least 2 clusters; there are {n_clusters}. Give the seeds as "
            "clusters for one pipeline."
        )
    rng = np.random.default_rng(random_state)
    tree = _tree(np.arange(n), codes)
    found = []
    for _ in range(n_resamples):
        drawn = _draw(tree, rng)
        value = _value(statistic, [take(array, drawn) for array in arrays])
        if not np.isnan(value):
            found.append(value)
    if not found:
        raise ValueError("The figure is defined on none of the resamples.")
    low, high = np.quantile(found, [(1 - confidence) / 2, (1 + confidence) / 2])
    value = float(statistic(*arrays))
    return Estimate(value, float(low), float(high), confidence, n_clusters, len(found))


def _levels(clusters: Any) -> list[Clusters]:
    """Return the levels of clusters, the outermost first."""
    is_nested = isinstance(clusters, tuple) and all(
        hasattr(level, "__len__") and not isinstance(level, str) for level in clusters
    )
    return list(clusters) if is_nested else [clusters]


def _codes(level: Clusters) -> IntArray:
    """Return a number for every label; labels need not be comparable with each other."""
    known: dict[Hashable, int] = {}
    return np.array([known.setdefault(label, len(known)) for label in level], dtype=np.int64)


def _tree(index: IntArray, codes: list[IntArray]) -> list[Any] | IntArray:
    """Nest the runs by their labels: lists of lists of indices."""
    if not codes:
        return index
    here = codes[0][index]
    return [_tree(index[here == code], codes[1:]) for code in np.unique(here)]


def _draw(tree: list[Any] | IntArray, rng: np.random.Generator) -> IntArray:
    """Draw as many branches as there are, and so on within each; the leaves whole."""
    if isinstance(tree, np.ndarray):
        return tree
    drawn = rng.integers(len(tree), size=len(tree))
    return np.concatenate([_draw(tree[i], rng) for i in drawn])


def _value(statistic: Callable[..., Any], arrays: list[Any]) -> float:
    try:
        return float(statistic(*arrays))
    except ValueError:  # a resample may lack the runs that the figure needs
        return float("nan")
