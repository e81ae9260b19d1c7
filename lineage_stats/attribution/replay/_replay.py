"""How a pipeline is run again, and what becomes of it."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from lineage_stats.attribution._attribution import Attribution, Contribution
from lineage_stats.attribution._evidence import Evidence
from lineage_stats.attribution.replay._coalitions import Budget, Coalitions, OnProgress, Outcome
from lineage_stats.attribution.replay._investigate import Findings, Plan, investigate
from lineage_stats.attribution.replay._level import Level
from lineage_stats.attribution.replay._opened import Opened
from lineage_stats.attribution.replay._result import ReplayAttribution, ReplayedRun
from lineage_stats.attribution.replay._suspect import Suspect
from lineage_stats.exceptions import ReplayError
from lineage_stats.trace import Trace

N_DRAWS = 4000


@dataclass(frozen=True, kw_only=True)
class Replay:
    """How to run a pipeline again to learn what made a metric worse.

    Parameters
    ----------
    run : callable, ScriptReplay or StepReplay
        ``run(coalition) -> float`` runs the pipeline and returns the metric. The coalition is a
        frozenset of the names of those suspects that are at their *faulty* version; all others
        are at the healthy one. Where it takes a keyword ``seed``, it gets 0, 1, and so on, the
        same for all coalitions. An exception means that this version breaks down, which is
        evidence.
    suspects : sequence of str or Suspect, default=None
        What `run` can revert, the most suspect first. None takes the operations upstream of the
        metric in the order of the attribution from the trace; a `ScriptReplay` finds its own, and
        those of a `StepReplay` are the steps that changed.
    n_suspects : int, default=3
        How many of them are tried first. If reverting these does not restore the metric, all are
        reverted, and if that helps the fewest of them that do it become the suspects.
    n_repeats : int, default=1
        Number of seeds; two or more give standard errors.
    n_jobs : int, default=1
        Runs at a time, each in a thread of its own.
    max_runs : int, default=None
        Most runs, at least 2; None sets no limit.
    max_minutes : float, default=None
        Time after which no run is started any more.
    thorough : bool, default=False
        Whether all coalitions are run. Otherwise those with suspects that change the metric by
        less than a hundredth of the effect of all, both first and last, are left out.
    max_exact : int, default=4
        Most suspects whose coalitions are all run; of more, orders are sampled.
    n_permutations : int, default=20
        Most sampled orders; sampling ends earlier when the first is clear.
    on_progress : callable, default=None
        Called after each run with the numbers of runs done and planned.

    Examples
    --------
    >>> from lineage_stats.attribution import Replay
    >>> Replay(run=lambda coalition: 0.6 if "join" in coalition else 0.9, suspects=["join"])
    <Replay of <lambda>: 1 suspect, 1 seed>
    """

    run: Callable[..., float] | Any
    suspects: Sequence[str | Suspect] | None = None
    n_suspects: int = 3
    n_repeats: int = 1
    n_jobs: int = 1
    max_runs: int | None = None
    max_minutes: float | None = None
    thorough: bool = False
    max_exact: int = 4
    n_permutations: int = 20
    on_progress: OnProgress | None = None

    def __repr__(self) -> str:
        name = getattr(self.run, "__name__", None) or repr(self.run)
        seeds = "1 seed" if self.n_repeats == 1 else f"{self.n_repeats} seeds"
        n = self.n_suspects if self.suspects is None else len(self.suspects)
        return f"<Replay of {name}: {n} suspect{'' if n == 1 else 's'}, {seeds}>"

    def check(self) -> None:
        """Raise ValueError if a parameter is out of range."""
        shape = "The '{}' parameter of Replay must be {}. Got {!r} instead."
        for name, least in (
            ("n_suspects", 1), ("n_repeats", 1), ("n_jobs", 1), ("max_exact", 1),
            ("n_permutations", 2), ("max_runs", 2),
        ):  # fmt: skip
            value = getattr(self, name)
            if name == "max_runs" and value is None:
                continue
            if not isinstance(value, int) or value < least:
                raise ValueError(shape.format(name, f"an int of at least {least}", value))
        if self.max_minutes is not None and not self.max_minutes > 0:
            raise ValueError(shape.format("max_minutes", "a positive float", self.max_minutes))
        if isinstance(self.suspects, str):
            raise ValueError(shape.format("suspects", "a sequence of names", self.suspects))
        if self.max_exact > 10:
            raise ValueError(shape.format("max_exact", "at most 10", self.max_exact))
        if not (callable(self.run) or hasattr(self.run, "open")):
            raise ValueError(shape.format("run", "a callable or a ScriptReplay", self.run))


def attribute_by_replay(
    trace: Trace,
    prior: Attribution,
    replay: Any,
    *,
    healthy: Sequence[Trace] = (),
    random_state: int | np.random.Generator = 0,
) -> ReplayAttribution:
    """Divide a drop among suspects by running the pipeline with some of them reverted.

    Parameters
    ----------
    trace : Trace
        The run whose metric is worse.
    prior : Attribution
        What the trace alone says; it chooses and orders the suspects.
    replay : Replay, ScriptReplay or callable
        How to run the pipeline again.
    healthy : sequence of Trace, default=()
        The healthy runs, oldest first: the last of them tells the healthy commit.
    random_state : int or numpy.random.Generator, default=0
        Chance of sampled orders.

    Returns
    -------
    ReplayAttribution
        Shares that were measured, and what reverting the culprit brings back.

    Raises
    ------
    ReplayError
        If there is nothing that could be reverted.
    ValueError
        If a parameter of the replay is out of range.
    """
    settings = replay if isinstance(replay, Replay) else Replay(run=replay)
    settings.check()
    rng = np.random.default_rng(random_state)
    with _opened(settings, trace, prior, healthy) as opened:
        if not opened.suspects:
            raise ReplayError(
                f"Nothing upstream of {prior.metric} in run {trace.run_id} can be reverted. "
                "Name what can: `Replay(run=..., suspects=[...])`."
            )
        game = Coalitions(
            opened.run,
            n_repeats=settings.n_repeats,
            n_jobs=settings.n_jobs,
            budget=Budget(settings.max_runs, settings.max_minutes),
            on_progress=settings.on_progress,
        )
        plan = Plan(
            settings.n_suspects, settings.thorough, settings.max_exact, settings.n_permutations
        )
        names = [suspect.name for suspect in opened.suspects]
        findings = investigate(game, names, Level.of(prior), plan, rng)
    return _result(prior, opened, findings, game, rng)


@contextlib.contextmanager
def _opened(
    settings: Replay, trace: Trace, prior: Attribution, healthy: Sequence[Trace]
) -> Iterator[Opened]:
    if hasattr(settings.run, "open"):
        with settings.run.open(trace, prior, healthy) as opened:
            yield opened
        return
    given = settings.suspects
    if given is None:
        given = getattr(settings.run, "suspects", None)
    if given is None:
        given = [Suspect(c.operation, operations=(c.operation,)) for c in prior.contributions]
    suspects = tuple(
        one if isinstance(one, Suspect) else _named(one, prior) for one in dict.fromkeys(given)
    )
    yield Opened(suspects, settings.run)


def _named(name: str, prior: Attribution) -> Suspect:
    is_operation = any(c.operation == name for c in prior.contributions)
    return Suspect(name, operations=(name,) if is_operation else ())


def _result(
    prior: Attribution,
    opened: Opened,
    findings: Findings,
    game: Coalitions,
    rng: np.random.Generator,
) -> ReplayAttribution:
    sign = -1.0 if prior.greater_is_better else 1.0
    shares = sign * findings.division.effects + 0.0  # no minus zero
    errors = findings.division.standard_errors
    everything = frozenset(suspect.name for suspect in opened.suspects)
    suspects = {suspect.name: suspect for suspect in opened.suspects}
    unexplained = prior.drop - math.fsum(shares)
    error = findings.healthy.standard_error if findings.healthy else 0.0
    chance = _chances(
        np.append(shares, unexplained), np.append(errors, error), rng, decided=error == 0
    )
    contributions = [
        replace(
            _contribution(prior, suspects[name]),
            share=float(shares[i]),
            standard_error=float(errors[i]),
            probability=float(chance[i]),
            evidence=_evidence(prior, suspects[name], game.known.get(everything - {name})),
        )
        for i, name in enumerate(findings.players)
    ]
    known = {f.name: getattr(prior, f.name) for f in fields(Attribution)}
    known |= {
        "contributions": tuple(sorted(contributions, key=lambda c: -c.share)),
        "unexplained": unexplained,
        "unexplained_error": error,
        "unexplained_probability": float(chance[-1]),
        "notes": (*prior.notes, *opened.notes, *_notes(findings, prior)),
    }
    return ReplayAttribution(
        **known,
        suspects=opened.suspects,
        runs=tuple(_run_of(everything, c, outcome) for c, outcome in game.known.items()),
        replayed=_mean(findings.faulty),
        restored=_mean(findings.healthy),
        cure=findings.cure,
        cured=_mean(findings.cured),
        cured_error=findings.cured.standard_error if findings.cured else 0.0,
        method=findings.division.method,
        before_replay=prior.ranking(),
    )


def _contribution(prior: Attribution, suspect: Suspect) -> Contribution:
    """Return the contribution of an operation, or an empty one of something else."""
    for c in prior.contributions:
        if suspect.kind == "operation" and c.operation == suspect.name:
            return c
    return Contribution(suspect.name, suspect.kind, "", 0.0, 0.0, 0.0)


def _evidence(prior: Attribution, suspect: Suspect, alone: Outcome | None) -> tuple[Evidence, ...]:
    """Return what the replay showed of a suspect, then what the trace shows."""
    found = []
    if alone is not None:
        value = None if alone.crashed else alone.mean
        says = "it breaks down" if value is None else f"{prior.metric} is {value:.4g}"
        level = Level.of(prior)
        back = 0.0 if value is None else 1 - level.harm(value) / prior.drop
        strength = min(max(back, 0.0), 1.0)
        change = f"with it reverted {says}"
        found.append(
            Evidence("replay", value, prior.center, prior.lower, prior.upper, strength, change)
        )
    for c in prior.contributions:
        if c.operation in suspect.operations:
            found += c.evidence
    return tuple(found)


def _chances(
    means: Any, errors: Any, rng: np.random.Generator, *, decided: bool
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the probability that each is the largest, of independent normal ones."""
    if decided and not np.any(errors):
        first = np.zeros(len(means))
        first[int(np.argmax(means))] = 1.0
        return first
    noise = rng.standard_normal((N_DRAWS // 2, len(means))) * errors
    draws = means + np.concatenate([noise, -noise])
    return np.bincount(draws.argmax(axis=1), minlength=len(means)) / len(draws)


def _run_of(everything: frozenset[str], coalition: frozenset[str], found: Outcome) -> ReplayedRun:
    return ReplayedRun(
        tuple(sorted(everything - coalition)),
        found.mean,
        found.standard_error,
        max(len(found.values), 1),
        found.error,
        found.seconds,
    )


def _mean(outcome: Outcome | None) -> float:
    return math.nan if outcome is None else outcome.mean


def _notes(findings: Findings, prior: Attribution) -> Iterator[str]:
    for group in findings.division.coupled:
        names = " and ".join(findings.players[i] for i in group)
        yield f"{names} only run together; their share is divided equally."
    worst = findings.all_reverted
    if worst is not None and not worst.crashed and not Level.of(prior).is_restored(worst):
        yield (
            f"With all that differs reverted {prior.metric} is {worst.mean:.4g}: part of the drop "
            "has another cause."
        )
