"""Where the truth stands in rankings; ties count as what they are."""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from lineage_stats.evaluation._rate import Rate

Ranking: TypeAlias = "Sequence[Hashable] | Mapping[Hashable, float]"
Truth: TypeAlias = "Hashable | Collection[Hashable]"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the first true item stands in a ranking with ties.

    Attributes
    ----------
    above : int
        Items that stand above the first true one for certain.
    tied : int
        Items of equal standing that it is among, itself included; 0 if it stands nowhere.
    true : int
        How many of these are true.

    Notes
    -----
    Tied items are taken to be in random order, each order equally likely.

    Examples
    --------
    >>> place = Place(above=1, tied=3, true=1)
    >>> place.expected_rank
    3.0
    >>> place.hit_probability(2)
    0.3333333333333333
    """

    above: int
    tied: int
    true: int

    @property
    def expected_rank(self) -> float:
        """Expected position from 1: ``above + (tied + 1) / (true + 1)``; infinity for nowhere."""
        if not self.true:
            return math.inf
        return self.above + (self.tied + 1) / (self.true + 1)

    def hit_probability(self, k: int) -> float:
        """Return the probability that a true item is among the first `k`.

        Parameters
        ----------
        k : int
            How many items are looked at.

        Returns
        -------
        float
            With j of the tied items looked at,
            ``1 - comb(tied - true, j) / comb(tied, j)`` (hypergeometric).
        """
        j = min(max(k - self.above, 0), self.tied)
        ways = math.comb(self.tied, j)
        return (ways - math.comb(self.tied - self.true, j)) / ways


def place_of_truth(
    ranking: Ranking, truth: Truth, *, candidates: Iterable[Hashable] | None = None
) -> Place:
    """Return where the first true item stands.

    Parameters
    ----------
    ranking : sequence, or mapping of item to float
        Items, the most suspicious one first; or their scores, higher for more suspicious. Equal
        scores are ties, NaN is no score.
    truth : item, or set, list or tuple of items
        What should have been first; of several items, any one.
    candidates : iterable of items, default=None
        All items that a ranking may name. Those that it does not name are tied below the others.
        None: the truth stands nowhere if it is not named.

    Returns
    -------
    Place
        Its place.

    Examples
    --------
    >>> place_of_truth({"merge": 2.0, "read": 1.0, "fit": 1.0}, "fit")
    Place(above=1, tied=2, true=1)
    >>> place_of_truth(["merge"], "fit", candidates=["read", "merge", "fit", "predict"])
    Place(above=1, tied=3, true=1)
    """
    wanted = set(truth) if isinstance(truth, set | frozenset | list | tuple) else {truth}
    above = 0
    for items in _tiers(ranking):
        hits = len(wanted.intersection(items))
        if hits:
            return Place(above, len(items), hits)
        above += len(items)
    rest = set(candidates or ()) - {item for tier in _tiers(ranking) for item in tier}
    hits = len(wanted & rest)
    return Place(above, len(rest), hits) if hits else Place(above, 0, 0)


def rank_of_truth(
    ranking: Ranking, truth: Truth, *, candidates: Iterable[Hashable] | None = None
) -> float:
    """Return the expected position of the first true item in a ranking.

    Parameters
    ----------
    ranking : sequence, or mapping of item to float
        Items, the most suspicious one first; or their scores, see `place_of_truth`.
    truth : item, or set, list or tuple of items
        What should have been first; of several items, any one.
    candidates : iterable of items, default=None
        All items that a ranking may name; see `place_of_truth`.

    Returns
    -------
    float
        From 1; infinity where the ranking holds no true item.

    Examples
    --------
    >>> rank_of_truth(["merge", "read", "fit"], "read")
    2.0
    >>> rank_of_truth({"merge": 1.0, "read": 1.0}, "read")
    1.5
    >>> rank_of_truth(["merge"], {"fit", "read"})
    inf
    """
    return place_of_truth(ranking, truth, candidates=candidates).expected_rank


def hit_at_k(
    rankings: Sequence[Ranking],
    truths: Sequence[Truth],
    k: int = 1,
    *,
    candidates: Sequence[Iterable[Hashable]] | None = None,
) -> Rate:
    """Return the share of rankings that hold the truth among their first `k` items.

    Parameters
    ----------
    rankings : sequence of sequences, or of mappings of item to float
        One ranking per faulty run, the most suspicious item first; or the items' scores.
    truths : sequence of items, or of sets, lists or tuples of items
        The truth of each, in the same order; of several items any one counts.
    k : int, default=1
        How many items are looked at.
    candidates : sequence of iterables of items, default=None
        For each ranking all items that it may name; see `place_of_truth`. Without them, a truth
        that is not named is a miss; with them, it may be hit by chance.

    Returns
    -------
    Rate
        Rankings with a hit among all rankings; with ties, their expected number.

    Raises
    ------
    ValueError
        If there is no ranking, not one truth per ranking, or `k` is less than 1.

    Examples
    --------
    >>> hit_at_k([["merge", "read"], ["fit", "read"]], ["merge", "read"], k=1).value
    0.5
    """
    if k < 1:
        raise ValueError(f"hit_at_k needs k >= 1; got k = {k}.")
    found = math.fsum(p.hit_probability(k) for p in _places(rankings, truths, candidates))
    return Rate(round(found) if math.isclose(found, round(found)) else found, len(rankings))


def mean_rank(
    rankings: Sequence[Ranking],
    truths: Sequence[Truth],
    *,
    candidates: Sequence[Iterable[Hashable]] | None = None,
) -> float:
    """Return the mean of the expected ranks of the truth.

    Parameters
    ----------
    rankings : sequence of sequences, or of mappings of item to float
        One ranking per faulty run; see `hit_at_k`.
    truths : sequence of items, or of sets, lists or tuples of items
        The truth of each, in the same order.
    candidates : sequence of iterables of items, default=None
        For each ranking all items that it may name; without them, one truth that is not named
        makes the mean infinite.

    Returns
    -------
    float
        From 1.

    Raises
    ------
    ValueError
        If there is no ranking, or not one truth per ranking.

    Examples
    --------
    >>> mean_rank([["a", "b"], {"a": 1.0, "b": 1.0}], ["b", "b"])
    1.75
    """
    return float(np.mean([p.expected_rank for p in _places(rankings, truths, candidates)]))


def mean_reciprocal_rank(
    rankings: Sequence[Ranking],
    truths: Sequence[Truth],
    *,
    candidates: Sequence[Iterable[Hashable]] | None = None,
) -> float:
    """Return the mean of 1 / expected rank of the truth; 0 for one that stands nowhere.

    Parameters
    ----------
    rankings : sequence of sequences, or of mappings of item to float
        One ranking per faulty run; see `hit_at_k`.
    truths : sequence of items, or of sets, lists or tuples of items
        The truth of each, in the same order.
    candidates : sequence of iterables of items, default=None
        For each ranking all items that it may name; see `place_of_truth`.

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
    return float(np.mean([1 / p.expected_rank for p in _places(rankings, truths, candidates)]))


def _tiers(ranking: Ranking) -> list[list[Hashable]]:
    """Return the items in groups of equal standing, the most suspicious first."""
    ranking = _without_index(ranking)
    if not isinstance(ranking, Mapping):
        return [[item] for item in dict.fromkeys(ranking)]
    tiers: dict[float, list[Hashable]] = {}
    for item, score in ranking.items():
        if not math.isnan(score):
            tiers.setdefault(float(score), []).append(item)
    return [tiers[score] for score in sorted(tiers, reverse=True)]


def _without_index(ranking: Any) -> Any:
    """Return scores in a column of pandas as a mapping, and items in one as a list."""
    if not hasattr(ranking, "to_dict"):
        return ranking
    return ranking.to_dict() if ranking.dtype.kind in "biuf" else ranking.tolist()


def _places(
    rankings: Sequence[Ranking],
    truths: Sequence[Truth],
    candidates: Sequence[Iterable[Hashable]] | None,
) -> list[Place]:
    named = [None] * len(rankings) if candidates is None else candidates
    if not len(rankings) or not len(rankings) == len(truths) == len(named):
        raise ValueError(
            f"One truth per ranking is needed; got {len(rankings)} rankings, {len(truths)} truths"
            f"{'' if candidates is None else f' and {len(named)} sets of candidates'}."
        )
    return [
        place_of_truth(r, t, candidates=c) for r, t, c in zip(rankings, truths, named, strict=True)
    ]
