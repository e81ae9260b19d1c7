"""Where the truth stands in rankings."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence

import numpy as np


def rank_of_truth(ranking: Sequence[Hashable], truth: Hashable | Collection[Hashable]) -> float:
    """Return the position of the first true item in a ranking.

    Parameters
    ----------
    ranking : sequence
        Items, the most suspicious one first.
    truth : item, or set, list or tuple of items
        What should have been first; of several items, any one.

    Returns
    -------
    float
        From 1; infinity where the ranking holds no true item.

    Examples
    --------
    >>> rank_of_truth(["merge", "read", "fit"], "read")
    2.0
    >>> rank_of_truth(["merge"], {"fit", "read"})
    inf
    """
    wanted = set(truth) if isinstance(truth, set | frozenset | list | tuple) else {truth}
    for position, item in enumerate(ranking, start=1):
        if item in wanted:
            return float(position)
    return float("inf")


def mean_reciprocal_rank(
    rankings: Sequence[Sequence[Hashable]],
    truths: Sequence[Hashable | Collection[Hashable]],
) -> float:
    """Return the mean of 1 / rank of the truth; 0 for a truth that is not in its ranking.

    Parameters
    ----------
    rankings : sequence of sequences
        One ranking per faulty run.
    truths : sequence of items, or of sets, lists or tuples of items
        The truth of each, in the same order.

    Returns
    -------
    float
        Between 0 and 1.

    Raises
    ------
    ValueError
        If there is no ranking, or not one truth per ranking.

    Examples
    --------
    >>> mean_reciprocal_rank([["a", "b"], ["a", "b"]], ["a", "b"])
    0.75
    """
    if not rankings or len(rankings) != len(truths):
        raise ValueError(
            f"One truth per ranking is needed; got {len(rankings)} rankings and "
            f"{len(truths)} truths."
        )
    ranks = [rank_of_truth(r, t) for r, t in zip(rankings, truths, strict=True)]
    return float(np.mean([1 / rank for rank in ranks]))
