"""The healthy runs that a caller means."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

from lineage_stats.attribution._baseline import MechanismBaseline
from lineage_stats.exceptions import BaselineError, FewRunsWarning, TooFewRunsError
from lineage_stats.trace import Trace, TraceSet, healthy_runs

FEW_RUNS = 10


def resolve_baseline(trace: Trace, baseline: Any, metric: str | None = None) -> MechanismBaseline:
    """Return the baseline that a caller means, learnt.

    Parameters
    ----------
    trace : Trace
        Run to be explained; never part of its own baseline.
    baseline : None, MechanismBaseline, detector or iterable of Trace
        None takes the healthy runs of `trace.history` before the trace.
    metric : str, default=None
        What is to be explained: where the run that stands for the others has it not, only those
        that have it count.
    """
    learnt = _resolve(trace, baseline, metric)
    learnt.same_pipeline(trace)
    if learnt.n_runs < FEW_RUNS:
        warnings.warn(
            f"The baseline of '{learnt.pipeline}' holds only {learnt.n_runs} healthy runs; shares "
            f"are uncertain with fewer than {FEW_RUNS}, and 20 or more are advised.",
            FewRunsWarning,
            stacklevel=3,
        )
    return learnt


def known_runs(trace: Trace, baseline: Any) -> tuple[Trace, ...]:
    """Return the healthy runs as far as they are at hand, oldest first.

    Parameters
    ----------
    trace : Trace
        Run to be explained.
    baseline : object
        As of `resolve_baseline`; those of the store of the trace, where it holds no runs.
    """
    if isinstance(baseline, Iterable):
        runs = [run for run in baseline if isinstance(run, Trace) and run.run_id != trace.run_id]
        return tuple(sorted(runs, key=lambda run: run.start_ns))
    return () if trace.history is None else tuple(healthy_runs(trace.history(), before=trace))


def _resolve(trace: Trace, baseline: Any, metric: str | None) -> MechanismBaseline:
    if isinstance(baseline, MechanismBaseline):
        return baseline
    if baseline is None:
        return _learn(trace, list(_from_history(trace)), metric)
    if isinstance(baseline, Trace):
        raise BaselineError(
            f"The baseline is a single run ({baseline.run_id}). Pass several healthy runs."
        )
    if not isinstance(baseline, Iterable):
        return _learn(trace, _runs_of_detector(trace, baseline), metric)
    runs = list(baseline)
    if not all(isinstance(run, Trace) for run in runs):
        kinds = sorted({type(run).__name__ for run in runs if not isinstance(run, Trace)})
        raise BaselineError(
            "The 'baseline' parameter of attribute_root_cause must hold traces. "
            f"Got {', '.join(kinds)} among them."
        )
    return _learn(trace, [run for run in runs if run.run_id != trace.run_id], metric)


def _learn(trace: Trace, runs: list[Trace], metric: str | None) -> MechanismBaseline:
    if runs and all(run.pipeline != trace.pipeline for run in runs):
        raise BaselineError(
            f"Trace {trace.run_id} is of pipeline '{trace.pipeline}', the baseline is of "
            f"'{runs[0].pipeline}'. Pass healthy runs of '{trace.pipeline}'."
        )
    learnt = MechanismBaseline.from_traces(runs)
    if metric is None or metric in learnt.reference.metrics:
        return learnt
    having = [run for run in runs if metric in run.metrics]
    return MechanismBaseline.from_traces(having) if len(having) > 1 else learnt


def _from_history(trace: Trace) -> TraceSet:
    if trace.history is None:
        raise BaselineError(
            f"Trace {trace.run_id} was not loaded from a store, so its earlier runs are not known. "
            "Pass healthy runs as `baseline=`."
        )
    runs = healthy_runs(trace.history(), before=trace)
    if len(runs) < 2:
        raise TooFewRunsError(
            f"There are {len(runs)} healthy runs of '{trace.pipeline}' before run {trace.run_id}; "
            "at least 2 are needed, and 20 or more are advised. Record more runs, or pass "
            "others as `baseline=`."
        )
    return runs


def _runs_of_detector(trace: Trace, detector: Any) -> list[Trace]:
    """Return the runs that a detector was fitted on, from the store of the trace.

    A fitted detector keeps figures and the names of its runs, not the runs.
    """
    wanted = getattr(detector, "run_ids_", None)
    if wanted is None:
        raise BaselineError(
            "The 'baseline' parameter of attribute_root_cause must be traces, a detector fitted "
            f"on traces or a MechanismBaseline. Got {type(detector).__name__} instead."
        )
    if trace.history is None:
        raise BaselineError(
            f"A fitted {type(detector).__name__} names its healthy runs but does not keep them, "
            f"and trace {trace.run_id} was not loaded from a store. Pass the healthy traces as "
            "`baseline=`."
        )
    fitted = set(wanted)
    runs = [run for run in trace.history() if run.run_id in fitted]
    if not runs:
        raise BaselineError(
            f"None of the {len(wanted)} runs that the {type(detector).__name__} was fitted on is "
            f"in the store of trace {trace.run_id}. Pass the healthy traces as `baseline=`."
        )
    return runs
