"""From a run whose metric dropped to the operations that answer for it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lineage_stats.attribution._allocation import Allocation, gaussian_allocation
from lineage_stats.attribution._attribution import Attribution, Contribution
from lineage_stats.attribution._baseline import MechanismBaseline
from lineage_stats.attribution._case import Case, open_case
from lineage_stats.attribution._checks import check_rate
from lineage_stats.attribution._duration import METRIC as DURATION
from lineage_stats.attribution._duration import attribute_duration
from lineage_stats.attribution._healthy import known_runs, resolve_baseline
from lineage_stats.attribution._inspector import upstream_of
from lineage_stats.attribution._match import keys_in_run
from lineage_stats.attribution._metrics import metric_direction
from lineage_stats.attribution._ranking import Ranking, rank
from lineage_stats.attribution._reasons import file_again, with_signs
from lineage_stats.exceptions import BaselineError, MetricNotWorseError, TooFewRunsError
from lineage_stats.features import Cell
from lineage_stats.trace import Trace, TraceSet

FloatArray = npt.NDArray[np.float64]

ATTAINABLE = 12.0  # effect of a fully suspected operation before the drop is seen, in noise units
NOISE = 1.5  # effect of chance, in noise units
MIN_PROBABILITY = 0.01  # an operation less likely than this has no share
_NO_INPUTS = (
    "The trace does not say what {} was computed from, so every earlier operation counts as "
    "upstream of it. Pass `inputs=` to log_metric."
)


def attribute_root_cause(
    trace: Trace,
    metric: str,
    *,
    baseline: TraceSet | Iterable[Trace] | MechanismBaseline | Any | None = None,
    before: Iterable[Trace] = (),
    greater_is_better: bool | None = None,
    false_alarm_rate: float = 0.01,
    replay: Any = None,
    random_state: int | np.random.Generator = 0,
) -> Attribution:
    """Divide the drop of a metric among the operations upstream of it.

    Parameters
    ----------
    trace : Trace
        The run whose metric is worse.
    metric : str
        Name of the metric, as in ``trace.metrics``. ``"duration"``, where no metric bears that
        name, is the time that the run took: the result is that of `attribute_duration`.
    baseline : TraceSet, iterable of Trace, fitted detector or MechanismBaseline, default=None
        Healthy runs of the same pipeline. None takes those recorded before `trace` in the store
        that it was loaded from: the runs tagged ``status=healthy`` if any run bears that tag,
        else those that ended well and are complete.
    before : iterable of Trace, default=()
        Runs right before the drop, in which the metric was as it should be. What is odd in all of
        them already is no cause of the drop, and subtracted.
    greater_is_better : bool, default=None
        Which way the metric is better. None takes what `log_metric` was told, or tells it from
        the name: scikit-learn's metrics are known, and so are errors, losses and usual short
        names as ``rmse``; any other metric counts as better when greater.
    false_alarm_rate : float, default=0.01
        Rate of healthy runs whose metric counts as worse; between 0 and 0.5.
    replay : callable, Replay or ScriptReplay, default=None
        How to run the pipeline again, to measure what the trace can only suggest: a callable
        ``run(coalition) -> float`` (see `Replay`) or a script of a git repository
        (`ScriptReplay`). None does not run anything.
    random_state : int or numpy.random.Generator, default=0
        Chance of what `replay` draws; without it nothing is drawn.

    Returns
    -------
    Attribution
        Shares, standard errors, evidence and what stays unexplained. Where the metric is worse
        but within the healthy range everything is unexplained. With `replay` a
        `ReplayAttribution`, whose shares are those of what was reverted.

    Raises
    ------
    UnknownMetricError
        If the trace has no such metric.
    TraceError
        If the trace holds two operations of one key.
    MetricNotWorseError
        If the metric is not worse than the median of the healthy runs, or is no finite number.
    BaselineError
        If there is no baseline, or it or `before` is of another pipeline, or it lacks the metric.
    TooFewRunsError
        If there are fewer than two healthy runs.
    ReplayError
        If nothing can be replayed.
    ValueError
        If `trace` is no single run, `before` holds anything but runs, `false_alarm_rate` is out
        of range, or a duration is to be replayed, held against runs before or taken as better when
        greater.

    Warns
    -----
    FewRunsWarning
        If there are fewer than ten healthy runs.

    See Also
    --------
    attribute_duration : Why a run is slow.

    Notes
    -----
    An operation is judged by its mechanism: what it did given what it received. For every
    feature of its outputs simple mechanisms compete on the healthy runs (constant, passed
    through, ratio, linear in the input or, for a source, in time or on from where the last run
    was); the residual of the one that explains the run best, in predictive standard deviations
    [1]_, is the surprise. That is one sign among others: what was edited, removed or inserted,
    what is unusual where nothing upstream is, how much of what is unusual lies downstream, and
    which columns of a model's input, followed back along column lineage, are unusual or go less
    with the target or with each other. Estimators whose code, parameters and input are as before
    cannot have changed, and only bear witness. A conditional logit model [2]_ weighs the signs to
    the probability p that an operation is the cause; its weights were fitted on a corpus of
    recorded pipelines with planted faults. "None of them" competes as well. An operation without
    any sign of its own has p = 0, wherever it stands.

    Effects are then taken as N(0, a^2 q) with a the larger of the drop and twelve in units of the
    metric's noise, chance as N(0, 1.5^2 + a^2 p_none); the shares are the expected Shapley values
    given the drop (`gaussian_allocation`). Where several operations were edited, q is p and half
    the probability to be a further cause among these, else q is p. Shares are no proof: traces do
    not tell how sensitive the metric is to a step, which the standard errors say. An operation
    with p below 0.01 has no share.

    Of a number, what is subtracted with `before` is its deviation from the healthy median where
    that is to one side in all these runs, in the run where it is least, as a difference or as a
    factor. So is whatever else they have in common with the run: edits, steps and columns that are
    new or gone. What fluctuates more than in healthy runs is not subtracted, and the drop is still
    that from the healthy level.

    Time is linear in the number of features once the baseline is learnt; make a
    `MechanismBaseline` to attribute several runs.

    References
    ----------
    .. [1] M. Li et al. (2022). Causal inference-based root cause analysis for online service
       systems with intervention recognition. KDD, 3230-3240.
    .. [2] D. McFadden (1974). Conditional logit analysis of qualitative choice behavior. In
       P. Zarembka (ed.), Frontiers in Econometrics, Academic Press, 105-142.

    Examples
    --------
    >>> from lineage_stats import attribute_root_cause
    >>> from lineage_stats.trace import DataRef, Operation, Trace
    >>> def run(i, rows, score):
    ...     table = DataRef("d", "table", rows=rows)
    ...     load = Operation("main/read_csv#1", "read_csv", "source", outputs=(table,))
    ...     test = Operation("main/f1_score#1", "f1_score", "metric", inputs=(table,),
    ...                      features={"metric_value": score}, metric="f1_score")
    ...     return Trace(f"r{i}", "demo", (load, test), start_ns=i)
    >>> healthy = [run(i, 1000 + i % 7, 0.8 + 0.01 * (i % 3)) for i in range(20)]
    >>> attribution = attribute_root_cause(run(20, 300, 0.5), "f1_score", baseline=healthy)
    >>> attribution.top.operation
    'main/read_csv#1'
    """
    check_rate(false_alarm_rate, "attribute_root_cause")
    if not isinstance(trace, Trace):
        raise ValueError(
            "The 'trace' parameter of attribute_root_cause must be one Trace, as traces[-1] is. "
            f"Got a {type(trace).__name__} instead."
        )
    if greater_is_better is not None and greater_is_better not in (True, False):
        raise ValueError(
            "The 'greater_is_better' parameter of attribute_root_cause must be a bool or None. "
            f"Got {greater_is_better!r} instead."
        )
    for key in trace.keys[:1]:
        trace.operation(key)  # two operations of one key are said before anything is learnt
    if metric == DURATION and metric not in trace.metrics:
        _check_duration(greater_is_better, replay, before)
        return attribute_duration(
            trace, baseline=baseline, false_alarm_rate=false_alarm_rate, random_state=random_state
        )
    trace.metric_operation(metric)  # and so is an unknown metric
    if replay is not None and isinstance(baseline, Iterable):
        baseline = list(baseline)
    learnt = resolve_baseline(trace, baseline, metric)
    earlier = _earlier(trace, before)
    attribution = _from_trace(trace, metric, learnt, greater_is_better, false_alarm_rate, earlier)
    if replay is None:
        return attribution
    # Only who runs a pipeline again needs what starts processes.
    from lineage_stats.attribution.replay import attribute_by_replay

    return attribute_by_replay(
        trace, attribution, replay, healthy=known_runs(trace, baseline), random_state=random_state
    )


def _earlier(trace: Trace, before: Iterable[Trace]) -> tuple[Trace, ...]:
    """Return the runs before the drop, checked."""
    runs = tuple(before)
    for run in runs:
        if not isinstance(run, Trace):
            raise ValueError(
                "The 'before' parameter of attribute_root_cause must hold traces. "
                f"Got a {type(run).__name__} among them."
            )
        if run.pipeline != trace.pipeline:
            raise BaselineError(
                f"Trace {trace.run_id} is of pipeline '{trace.pipeline}', run {run.run_id} of "
                f"'before' is of '{run.pipeline}'. Pass runs of '{trace.pipeline}'."
            )
    return tuple(run for run in runs if run.run_id != trace.run_id)


def _check_duration(greater_is_better: bool | None, replay: Any, before: Iterable[Trace]) -> None:
    shape = (
        "The '{}' parameter of attribute_root_cause must be {} for the duration of a run, which "
        "is no metric that it recorded. Got {!r} instead."
    )
    if greater_is_better:
        raise ValueError(shape.format("greater_is_better", "None or False", greater_is_better))
    if replay is not None:
        raise ValueError(shape.format("replay", "None", replay))
    if tuple(before):
        raise ValueError(shape.format("before", "empty", before))


def _from_trace(
    trace: Trace,
    metric: str,
    learnt: MechanismBaseline,
    greater_is_better: bool | None,
    false_alarm_rate: float,
    before: tuple[Trace, ...] = (),
) -> Attribution:
    """Divide the drop by what the trace says."""
    operation = trace.metric_operation(metric)
    better, notes = _direction(trace, metric, greater_is_better)
    if not upstream_of(trace, operation.key)[1]:
        notes += (_NO_INPUTS.format(metric),)
    level = _metric_level(learnt, trace, metric, better, false_alarm_rate)
    case = open_case(learnt, trace, operation.key, before)
    ranking = rank(case.signs)
    kept = level.is_worse & (ranking.probability >= MIN_PROBABILITY)
    probability = ranking.probability * kept
    allocation = _allocate(probability, ranking.involvement * kept, level)
    contributions = _contributions(case, ranking, probability, allocation, level)
    return Attribution(
        run_id=trace.run_id,
        pipeline=trace.pipeline,
        metric=metric,
        value=level.value,
        center=level.center,
        lower=level.lower,
        upper=level.upper,
        noise=level.noise,
        n_runs=level.n_runs,
        greater_is_better=better,
        drop=level.drop,
        unexplained=level.drop - math.fsum(c.share for c in contributions),
        unexplained_error=allocation.unexplained_error * level.noise,
        unexplained_probability=max(0.0, 1.0 - math.fsum(c.probability for c in contributions)),
        contributions=contributions,
        notes=notes,
    )


def drop_of(
    trace: Trace, metric: str, learnt: MechanismBaseline, *, false_alarm_rate: float = 0.01
) -> tuple[bool, float]:
    """Return whether the drop of a metric is more than chance makes, and its size in noise.

    Raises
    ------
    MetricNotWorseError
        If the metric is not worse than the median of the healthy runs, or is no finite number.
    BaselineError
        If the healthy runs lack the metric, or too few have it.
    """
    better, _ = _direction(trace, metric, None)
    level = _metric_level(learnt, trace, metric, better, false_alarm_rate)
    return level.is_worse, level.drop / level.noise


def is_drop_possible(
    trace: Trace, metric: str, healthy: Sequence[Trace], *, false_alarm_rate: float = 0.01
) -> bool:
    """Return whether a metric may have dropped by more than chance makes, before learning anything.

    It is as `drop_of` says wherever one operation computes the metric in all runs; else True.
    """
    key = trace.metric_operation(metric).key
    known = [run for run in healthy if metric in run.metrics]
    if len(known) < 2 or any(run.metric_operation(metric).key != key for run in known):
        return True
    values = np.array([run.metrics[metric] for run in known])
    values = values[np.isfinite(values)]
    if len(values) < 2:
        return True
    try:
        return _level(
            values, trace, metric, _direction(trace, metric, None)[0], false_alarm_rate
        ).is_worse
    except MetricNotWorseError:
        return False


@dataclass(frozen=True)
class _Level:
    """A metric's value against its healthy level."""

    value: float
    center: float
    lower: float
    upper: float
    noise: float
    n_runs: int
    drop: float

    @property
    def is_worse(self) -> bool:
        """Whether the drop is more than chance makes."""
        return self.value < self.lower or self.value > self.upper


def _direction(trace: Trace, metric: str, given: bool | None) -> tuple[bool, tuple[str, ...]]:
    known = trace.metric_operation(metric).greater_is_better if given is None else given
    known = metric_direction(metric) if known is None else known
    if known is None:
        return True, (
            f"'{metric}' is not a known metric; greater values are taken as better. "
            "Pass greater_is_better=False otherwise, here or to log_metric.",
        )
    return bool(known), ()


def _metric_level(
    learnt: MechanismBaseline, trace: Trace, metric: str, better: bool, rate: float
) -> _Level:
    return _level(_healthy_values(learnt, metric), trace, metric, better, rate)


def _level(healthy: FloatArray, trace: Trace, metric: str, better: bool, rate: float) -> _Level:
    from scipy.special import stdtrit

    value = trace.metrics[metric]
    if not math.isfinite(value):
        raise MetricNotWorseError(
            f"{metric} is {value} in run {trace.run_id}, which is no finite number: there is no "
            "drop to divide. Look at what the metric was computed from."
        )
    center, n = float(np.median(healthy)), len(healthy)
    drop = center - value if better else value - center
    if not drop > 0:
        raise MetricNotWorseError(
            f"{metric} is {value:.4g} in run {trace.run_id}, which is not worse than the median "
            f"{center:.4g} of {n} healthy runs ({'greater' if better else 'lower'} is better): "
            "there is no drop to explain. If the metric is better the other way, pass "
            "`greater_is_better=`."
        )
    size = np.sort(np.abs(healthy - center))
    spread = max(1.4826 * float(np.median(size)), float(np.quantile(size, 0.9)) / 1.645)
    noise = max(spread, 1e-6 * max(abs(center), drop))
    margin = float(stdtrit(n - 1, 1 - rate)) * noise * math.sqrt(1 + 1 / n)
    return _Level(value, center, center - margin, center + margin, noise, n, drop)


def _healthy_values(learnt: MechanismBaseline, metric: str) -> FloatArray:
    if metric not in learnt.reference.metrics:
        have = ", ".join(learnt.reference.metrics) or "none"
        raise BaselineError(
            f"The healthy runs of '{learnt.pipeline}' have no metric '{metric}'. They have: {have}."
        )
    cell = Cell(learnt.reference.metric_operation(metric).key, "metric_value")
    values = learnt.matrix.values[:, learnt.column[cell]] if cell in learnt.column else np.array([])
    values = np.asarray(values[np.isfinite(values)], dtype=np.float64)
    if len(values) < 2:
        raise TooFewRunsError(
            f"Only {len(values)} healthy runs of '{learnt.pipeline}' have the metric '{metric}'; "
            "at least 2 are needed. Record more runs."
        )
    return np.asarray(values, dtype=np.float64)


def _allocate(probability: FloatArray, involvement: FloatArray, level: _Level) -> Allocation:
    """Divide the drop: a certain cause may have had any effect, none had less than chance."""
    total = level.drop / level.noise
    attainable = max(ATTAINABLE, total)
    nothing = max(0.0, 1.0 - float(probability.sum()))
    chance = math.sqrt(NOISE**2 + nothing * attainable**2)
    return gaussian_allocation(total, attainable * np.sqrt(involvement), noise=chance)


def _contributions(
    case: Case,
    ranking: Ranking,
    probability: FloatArray,
    allocation: Allocation,
    level: _Level,
) -> tuple[Contribution, ...]:
    made = []
    known = case.observation
    names = keys_in_run(known.keys, case.suspicions)
    for i, (key, suspicion) in enumerate(case.suspicions.items()):
        op = known.operations.get(key) or known.baseline.reference_operations[key]
        share = float(allocation.shares[i]) * level.noise
        told = share or (not level.is_worse and ranking.probability[i] >= MIN_PROBABILITY)
        again = file_again(known.baseline.files.get(key), known.operations.get(key))
        made.append(
            Contribution(
                operation=names[key],
                kind=op.kind,
                location=op.location,
                share=share,
                standard_error=float(allocation.standard_errors[i]) * level.noise,
                probability=float(probability[i]),
                evidence=with_signs([*again, *suspicion.evidence], ranking, i) if told else (),
                canonical=key,
                probability_if_real=float(ranking.probability[i]),
            )
        )
    return tuple(sorted(made, key=lambda c: (-c.share, -c.probability_if_real)))
