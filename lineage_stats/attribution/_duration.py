"""Why a run is slow."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lineage_stats.attribution._attribution import Attribution, Contribution
from lineage_stats.attribution._baseline import MechanismBaseline
from lineage_stats.attribution._checks import check_rate
from lineage_stats.attribution._critical_path import BEFORE, by_key, critical_path
from lineage_stats.attribution._evidence import Evidence
from lineage_stats.attribution._healthy import known_runs
from lineage_stats.attribution._match import keys_in_run
from lineage_stats.exceptions import BaselineError, MetricNotWorseError, TooFewRunsError
from lineage_stats.trace import Operation, Trace, TraceSet, align

FloatArray = npt.NDArray[np.float64]

MACHINE = "machine"
METRIC = "duration"
MIN_STEPS = 5  # steps that have to be slower alike before the machine counts as slower
MIN_SECONDS = 1e-4  # a shorter step says nothing of the machine
NOISE_FLOOR = 0.02  # of the median duration: clocks and machines are never quieter
N_DRAWS = 4000


def attribute_duration(
    trace: Trace,
    *,
    baseline: TraceSet | Iterable[Trace] | Any | None = None,
    false_alarm_rate: float = 0.01,
    random_state: int | np.random.Generator = 0,
) -> Attribution:
    """Divide the time that a run took longer than usual among what it waited for.

    Parameters
    ----------
    trace : Trace
        The slow run.
    baseline : TraceSet, iterable of Trace or fitted detector, default=None
        Healthy runs of the same pipeline. None, or a detector, which keeps no runs, takes those
        recorded before `trace` in the store that it was loaded from.
    false_alarm_rate : float, default=0.01
        Rate of healthy runs whose duration counts as too long; between 0 and 0.5.
    random_state : int or numpy.random.Generator, default=0
        Chance of the probabilities; the shares need none.

    Returns
    -------
    Attribution
        Of the metric ``duration``, in seconds. A contribution is that of an operation, of the
        program's own work before one (``before <key>``), or of the ``machine``, where most steps
        took longer by the same factor.

    Raises
    ------
    MetricNotWorseError
        If the run took no longer than the median of the healthy runs.
    TooFewRunsError
        If there are fewer than two healthy runs.
    BaselineError
        If the healthy runs are not known, or of another pipeline.
    ValueError
        If `false_alarm_rate` is out of range.

    See Also
    --------
    attribute_root_cause : The same for a metric that operations computed; called with the metric
        ``"duration"`` it returns this.

    Notes
    -----
    Only what lies on the critical path counts: of operations side by side those that nothing else
    outlasted. A step that usually takes m seconds took ``m f g`` seconds, f being the factor of
    the machine (the median over all steps) and g its own. The duration is the sum of these
    products over the path, so that the exact Shapley values are sums of those of games with two
    players: a step gets ``m (g - 1) (1 + f) / 2``, the machine ``m (f - 1) (1 + g) / 2``. Shares
    and what is unexplained, the difference between a sum of medians and the median of sums, add
    up to the excess. Standard errors are the spread of each step over the healthy runs.

    Examples
    --------
    >>> from lineage_stats.attribution import attribute_duration
    >>> from lineage_stats.trace import Operation, Trace
    >>> def run(i, seconds):
    ...     start, ops = 0, []
    ...     for name, s in zip(("read_csv", "merge", "fit"), seconds):
    ...         ops.append(Operation(f"main/{name}#1", name, start_ns=start,
    ...                              duration_ns=int(s * 1e9)))
    ...         start += int(s * 1e9)
    ...     return Trace(f"r{i}", "demo", tuple(ops), start_ns=0, end_ns=start)
    >>> healthy = [run(i, (1 + 0.01 * (i % 3), 2, 4)) for i in range(20)]
    >>> slow = attribute_duration(run(20, (1, 9, 4)), baseline=healthy)
    >>> slow.top.operation, round(slow.top.share, 2)
    ('main/merge#1', 7.0)
    """
    check_rate(false_alarm_rate, "attribute_duration")
    healthy = _healthy(trace, baseline)
    durations = np.array([run.duration for run in healthy])
    center = float(np.median(durations))
    excess = trace.duration - center
    if not excess > 0:
        raise MetricNotWorseError(
            f"Run {trace.run_id} took {trace.duration:.4g} s, no longer than the median "
            f"{center:.4g} s of {len(healthy)} healthy runs: there is nothing to explain."
        )
    noise = max(_spread(durations), NOISE_FLOOR * center)
    width = _width(len(healthy), false_alarm_rate) * noise
    steps = _Steps(trace, healthy)
    shares, errors = steps.shares(), steps.errors()
    unexplained = excess - math.fsum(shares.values())
    chances = _chances(shares, errors, unexplained, noise, random_state)
    contributions = [
        steps.contribution(key, share, errors[key], chances[key]) for key, share in shares.items()
    ]
    return Attribution(
        run_id=trace.run_id,
        pipeline=trace.pipeline,
        metric=METRIC,
        value=trace.duration,
        center=center,
        lower=max(center - width, 0.0),
        upper=center + width,
        noise=noise,
        n_runs=len(healthy),
        greater_is_better=False,
        drop=excess,
        unexplained=unexplained,
        unexplained_error=noise,
        unexplained_probability=max(0.0, 1 - math.fsum(chances.values())),
        contributions=tuple(sorted(contributions, key=lambda c: -c.share)),
    )


def _healthy(trace: Trace, baseline: Any) -> list[Trace]:
    if isinstance(baseline, MechanismBaseline):
        raise BaselineError(
            "A MechanismBaseline keeps no times. Pass the healthy traces as `baseline=`."
        )
    if baseline is None and trace.history is None:
        raise BaselineError(
            f"Trace {trace.run_id} was not loaded from a store, so its earlier runs are not known. "
            "Pass healthy runs as `baseline=`."
        )
    runs = [run for run in known_runs(trace, baseline) if run.pipeline == trace.pipeline]
    if len(runs) < 2:
        raise TooFewRunsError(
            f"There are {len(runs)} healthy runs of '{trace.pipeline}' to hold run "
            f"{trace.run_id} against; at least 2 are needed, and 20 or more are advised."
        )
    return runs


def _spread(values: FloatArray) -> float:
    return 1.4826 * float(np.median(np.abs(values - np.median(values))))


def _width(n: int, rate: float) -> float:
    """Return how many spreads a healthy run stays within the centre."""
    from scipy.special import stdtrit

    return float(stdtrit(n - 1, 1 - rate / 2) * math.sqrt(1 + math.pi / 2 / n))


class _Steps:
    """What a run waited for, held against the healthy runs."""

    def __init__(self, trace: Trace, healthy: Sequence[Trace]) -> None:
        aligned = align([*healthy, trace])
        paths = [
            _renamed(run, mapping)
            for run, mapping in zip([*healthy, trace], aligned.mappings, strict=True)
        ]
        self.took = paths[-1]
        keys = list(dict.fromkeys(key for path in (paths[-1], *paths[:-1]) for key in path))
        table = np.array([[path.get(key, 0.0) for key in keys] for path in paths[:-1]])
        self.usual = dict(zip(keys, np.median(table, axis=0).tolist(), strict=True))
        self._lower = dict(zip(keys, table.min(axis=0).tolist(), strict=True))
        self._upper = dict(zip(keys, table.max(axis=0).tolist(), strict=True))
        self._spread = {key: _spread(column) for key, column in zip(keys, table.T, strict=True)}
        self._names = keys_in_run(aligned.mappings[-1], (k.removeprefix(BEFORE) for k in keys))
        self._operations: dict[str, Operation] = {}
        for run, mapping in zip((healthy[-1], trace), (aligned.mappings[-2], aligned.mappings[-1]),
                                strict=True):  # fmt: skip
            self._operations |= {mapping[op.key]: op for op in run}
        self.factor = self._factor_of_the_machine()

    def _factor_of_the_machine(self) -> float:
        ratios = [
            self.took[key] / usual
            for key, usual in self.usual.items()
            if usual >= MIN_SECONDS and key in self.took
        ]
        return float(np.median(ratios)) if len(ratios) >= MIN_STEPS else 1.0

    def shares(self) -> dict[str, float]:
        """Return the Shapley value of each step, and of the machine, in seconds."""
        found = {}
        of_machine = 0.0
        for key, usual in self.usual.items():
            took = self.took.get(key, 0.0)
            slower = usual * self.factor
            # Both alone and after the other: what a step adds, and what the machine adds.
            own = (took - slower + took / self.factor - usual) / 2
            found[key] = own
            of_machine += took - usual - own
        if self.factor != 1.0:
            found[MACHINE] = of_machine
        return found

    def errors(self) -> dict[str, float]:
        """Return the spread of each step over the healthy runs."""
        together = math.sqrt(sum(s**2 for s in self._spread.values()))
        return {**self._spread, MACHINE: together}

    def contribution(self, key: str, share: float, error: float, chance: float) -> Contribution:
        """Return what is said of a step."""
        if key == MACHINE:
            change = f"most steps took {self.factor:.2g} times as long"
            why = Evidence("machine", self.factor, 1.0, None, None, 1.0, change)
            return Contribution(key, "environment", "", share, error, chance, (why,), key)
        took, usual = self.took.get(key, 0.0), self.usual[key]
        bare = key.removeprefix(BEFORE)
        op, name = self._operations.get(bare), key.removesuffix(bare) + self._names[bare]
        kind = op.kind if op is not None and bare == key else "opaque"
        change = f"the run waited {took:.3g} s for it, usually {usual:.3g} s"
        strength = min(max(share / took, 0.0), 1.0) if took else 0.0
        lower, upper = self._lower[key], self._upper[key]
        why = Evidence("duration", took, usual, lower, upper, strength, change)
        location = op.location if op is not None else ""
        return Contribution(name, kind, location, share, error, chance, (why,), key)


def _renamed(run: Trace, mapping: Mapping[str, str]) -> dict[str, float]:
    """Return the seconds of each step of a run by its canonical key."""
    found: dict[str, float] = {}
    for key, seconds in by_key(critical_path(run)).items():
        bare = key.removeprefix(BEFORE)
        name = mapping.get(bare, bare)
        found[f"{BEFORE}{name}" if key.startswith(BEFORE) else name] = seconds
    return found


def _chances(
    shares: Mapping[str, float],
    errors: Mapping[str, float],
    unexplained: float,
    noise: float,
    random_state: int | np.random.Generator,
) -> dict[str, float]:
    """Return the probability of each step that nothing, chance included, took longer."""
    means = np.array([*shares.values(), unexplained])
    spreads = np.array([*(errors[key] for key in shares), noise])
    rng = np.random.default_rng(random_state)
    draws = rng.standard_normal((N_DRAWS // 2, len(means))) * spreads
    first = np.concatenate([means + draws, means - draws]).argmax(axis=1)
    counts = np.bincount(first, minlength=len(means)) / (2 * (N_DRAWS // 2))
    return dict(zip(shares, counts[:-1].tolist(), strict=True))
