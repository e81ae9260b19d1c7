"""One figure for each group of runs."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from lineage_stats.evaluation._checks import labels, same_length, take, without_index

T = TypeVar("T")


def by_group(
    statistic: Callable[..., T],
    *arrays: Sequence[Any] | npt.NDArray[Any],
    groups: Sequence[Hashable] | npt.NDArray[Any],
    always: npt.ArrayLike | None = None,
) -> dict[Hashable, T]:
    """Return a figure for each group, as by severity, kind of fault, or class.

    Parameters
    ----------
    statistic : callable
        Takes as many arrays as are given.
    *arrays : sequences of length n_runs
        What the figure is computed from; arrays, lists or columns of pandas.
    groups : sequence of length n_runs
        Group of each run; None for a run of no group.
    always : array-like of bool of shape (n_runs,), default=None
        Runs that belong to every group, as the healthy ones for `roc_auc`. They make no group
        of their own.

    Returns
    -------
    dict
        The figure by group, in the order in which the groups first appear.

    Raises
    ------
    ValueError
        If the arrays differ in length, or the figure is not defined for a group.

    Examples
    --------
    >>> from lineage_stats.evaluation import by_group, recall
    >>> found = by_group(recall, [1, 0, 1], [1, 1, 1], groups=["weak", "weak", "strong"])
    >>> {group: rate.value for group, rate in found.items()}
    {'weak': 0.5, 'strong': 1.0}
    """
    arrays = tuple(map(without_index, arrays))
    named = {f"arrays[{i}]": array for i, array in enumerate(arrays)}
    n = same_length(**named, groups=groups)
    (shared,) = labels(always=np.zeros(n, dtype=bool) if always is None else always)
    same_length(groups=groups, always=shared)
    found: dict[Hashable, T] = {}
    own = [None if common else group for group, common in zip(groups, shared, strict=True)]
    for group in dict.fromkeys(own):
        if group is not None:
            at = [i for i in range(n) if shared[i] or own[i] == group]
            found[group] = statistic(*(take(array, at) for array in arrays))
    return found
