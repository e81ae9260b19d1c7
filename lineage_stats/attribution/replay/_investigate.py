"""From suspects to shares: which of them to run, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lineage_stats.attribution.replay._coalitions import (
    BudgetSpentError,
    Coalition,
    Coalitions,
    Outcome,
)
from lineage_stats.attribution.replay._divide import Division, divide
from lineage_stats.attribution.replay._level import Level
from lineage_stats.attribution.replay._narrow import smallest_cure
from lineage_stats.attribution.replay._view import View

MATTERS = 0.1  # part of what reverting everything brings back that may be missing
MIN_SHARE = 0.05  # part of the drop from which a suspect is reverted to verify it
MAX_CURE = 3


@dataclass(frozen=True)
class Findings:
    """What a replay showed.

    Attributes
    ----------
    players : tuple of str
        The suspects among whom the drop is divided.
    division : Division
        What each adds to the value of the metric.
    faulty, healthy : Outcome or None
        Everything as in the run; all players reverted. None where the budget did not reach.
    all_reverted : Outcome or None
        All candidates reverted, where the set was widened.
    cure : tuple of str
        The fewest players, the largest share first, whose reversal restores the metric; empty
        where none does.
    cured : Outcome or None
        With those reverted.
    """

    players: tuple[str, ...]
    division: Division
    faulty: Outcome | None
    healthy: Outcome | None
    all_reverted: Outcome | None
    cure: tuple[str, ...]
    cured: Outcome | None


@dataclass(frozen=True)
class Plan:
    """How far to go; see `Replay`."""

    n_suspects: int
    thorough: bool
    max_exact: int
    n_permutations: int


def investigate(
    game: Coalitions,
    candidates: Sequence[str],
    level: Level,
    plan: Plan,
    rng: np.random.Generator,
) -> Findings:
    """Find out what each suspect answers for.

    Parameters
    ----------
    game : Coalitions
        What runs coalitions.
    candidates : sequence of str
        All suspects, the most suspect first.
    level : Level
        The healthy level of the metric.
    plan : Plan
        How far to go.
    rng : numpy.random.Generator
        Chance of sampled orders.
    """
    everything = frozenset(candidates)
    players = tuple(candidates[: plan.n_suspects])
    try:
        game.plan(2 ** len(players))
        game.find([everything, everything - set(players)])
        if len(candidates) > len(players) and not level.is_restored(
            game[everything - set(players)]
        ):
            players = _widen(game, candidates, players, level)
    except BudgetSpentError:
        pass  # what is known is divided
    view = View(game, players, everything - set(players))
    division = divide(
        view,
        thorough=plan.thorough,
        max_exact=plan.max_exact,
        n_permutations=plan.n_permutations,
        greater_is_better=level.greater_is_better,
        rng=rng,
    )
    cure = _cure(game, everything, _by_harm(players, division, level), level)
    known = game.known
    return Findings(
        players,
        division,
        known.get(everything),
        known.get(everything - set(players)),
        known.get(frozenset()),
        cure,
        known[everything - set(cure)] if cure else None,
    )


def _widen(
    game: Coalitions, candidates: Sequence[str], players: tuple[str, ...], level: Level
) -> tuple[str, ...]:
    """Return the fewest candidates whose reversal does what reverting all of them does."""
    everything = frozenset(candidates)
    best = game[frozenset()]
    first, faulty = game[everything - set(players)], game[everything]
    if best.crashed or faulty.crashed:
        return players
    back = level.harm(faulty.mean) - level.harm(best.mean)
    missing = MATTERS * back

    def cures(reverted: Sequence[str]) -> bool:
        outcome = game[everything - set(reverted)]
        return not outcome.crashed and level.harm(outcome.mean) <= level.harm(best.mean) + missing

    if back <= MATTERS * level.harm(level.faulty) or _is_as_good(first, best, missing, level):
        return players
    return smallest_cure(candidates, cures)


def _is_as_good(one: Outcome, best: Outcome, missing: float, level: Level) -> bool:
    return not one.crashed and level.harm(one.mean) <= level.harm(best.mean) + missing


def _by_harm(players: Sequence[str], division: Division, level: Level) -> list[str]:
    """Return the players that did real harm, the most harmful first."""
    sign = -1.0 if level.greater_is_better else 1.0
    harm = {p: sign * float(e) for p, e in zip(players, division.effects, strict=True)}
    least = MIN_SHARE * level.harm(level.faulty)
    return sorted((p for p in players if harm[p] > least), key=lambda p: -harm[p])


def _cure(
    game: Coalitions, everything: Coalition, harmful: Sequence[str], level: Level
) -> tuple[str, ...]:
    if everything in game.known and level.is_restored(game.known[everything]):
        return ()  # nothing to be cured of
    for n in range(1, min(MAX_CURE, len(harmful)) + 1):
        chosen = tuple(harmful[:n])
        try:
            outcome = game[everything - set(chosen)]
        except BudgetSpentError:
            return ()
        if level.is_restored(outcome):
            return chosen
    return ()
