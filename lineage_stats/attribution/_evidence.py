"""Reasons to suspect an operation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MAX_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason to suspect an operation.

    Attributes
    ----------
    feature : str
        Feature or fact.
    value : float or None
        Value in this run.
    expected : float or None
        Value that healthy runs let expect, given what the operation received.
    lower, upper : float or None
        Range of the value in healthy runs.
    strength : float
        From 0 (none) to 1.
    change : str
        What changed, for people.
    """

    feature: str
    value: float | None
    expected: float | None
    lower: float | None
    upper: float | None
    strength: float
    change: str


@dataclass(frozen=True)
class Suspicion:
    """All that speaks against one operation, the strongest first."""

    strength: float
    evidence: tuple[Evidence, ...] = ()


def suspicion_of(evidence: Sequence[Evidence]) -> Suspicion:
    """Return the suspicion that some evidence adds up to: that of the strongest piece.

    The maximum and not the sum: a thousand features must not outvote one.
    """
    ordered = sorted(evidence, key=lambda e: -e.strength)[:MAX_SHOWN]
    return Suspicion(ordered[0].strength if ordered else 0.0, tuple(ordered))
