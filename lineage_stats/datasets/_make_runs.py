"""Runs of a churn pipeline, with the truth about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Literal, TypeAlias, TypeGuard, overload

import numpy as np

from lineage_stats.datasets._bunch import Bunch
from lineage_stats.datasets._churn import simulate_run
from lineage_stats.datasets._fault import Fault, check_fault
from lineage_stats.datasets._keys import extra_keys
from lineage_stats.trace import TraceSet

Faults: TypeAlias = "Fault | Sequence[Fault | None] | None"
Targets = tuple[str | None, ...]


@overload
def make_runs(
    n_runs: int = ...,
    *,
    fault: Faults = ...,
    first: int = ...,
    pipeline: str = ...,
    tags: Mapping[str, str] | None = ...,
    n_extra_columns: int = ...,
    n_extra_operations: int = ...,
    random_state: int | np.random.Generator = ...,
    return_traces: Literal[False] = ...,
) -> Bunch: ...
@overload
def make_runs(
    n_runs: int = ...,
    *,
    fault: Faults = ...,
    first: int = ...,
    pipeline: str = ...,
    tags: Mapping[str, str] | None = ...,
    n_extra_columns: int = ...,
    n_extra_operations: int = ...,
    random_state: int | np.random.Generator = ...,
    return_traces: Literal[True],
) -> tuple[TraceSet, Targets]: ...
def make_runs(
    n_runs: int = 50,
    *,
    fault: Faults = None,
    first: int = 0,
    pipeline: str = "churn",
    tags: Mapping[str, str] | None = None,
    n_extra_columns: int = 0,
    n_extra_operations: int = 0,
    random_state: int | np.random.Generator = 0,
    return_traces: bool = False,
) -> Bunch | tuple[TraceSet, Targets]:
    """Simulate runs of a churn pipeline of twelve operations, healthy or with known faults.

    Parameters
    ----------
    n_runs : int, default=50
        Number of runs, one a day.
    fault : Fault, sequence of (Fault or None), or None, default=None
        The fault of every run, or one entry for each run.
    first : int, default=0
        Number of the first run. A run depends on its number and not on how many are made.
    pipeline : str, default="churn"
        Name of the pipeline in the traces.
    tags : mapping of str to str, default=None
        Tags of every run; by default ``status``, which is ``healthy`` or ``faulty``.
    n_extra_columns : int, default=0
        Number of independent numeric columns, dealt to the two files in turn and carried down to
        the split. Each has seven statistics and a share of missing values in every table.
    n_extra_operations : int, default=0
        Number of operations that leave the table as it is, in a chain before the split.
    random_state : int or numpy.random.Generator, default=0
        Seed, not negative, or a generator to draw one from.
    return_traces : bool, default=False
        Whether to return ``(traces, target)`` in place of a `Bunch`.

    Returns
    -------
    Bunch or tuple of (TraceSet, tuple)
        Dict-like, with the entries

        * ``traces`` (TraceSet of length n_runs): the runs, oldest first;
        * ``target`` (tuple of str or None, length n_runs): key of the operation at fault;
        * ``faults`` (tuple of Fault or None, length n_runs): the faults;
        * ``DESCR`` (str): description of the pipeline, its noise and its faults.

        With ``return_traces=True``, only the first two.

    Raises
    ------
    ValueError
        If a parameter, or a field of a fault, is not what it must be.

    Notes
    -----
    Run i draws from one stream of random numbers for each purpose, seeded by ``(random_state, i,
    purpose)``. With the same `random_state` a faulty run is thus the healthy run of that number in
    all that the fault does not touch, its `run_id` included. ``DESCR`` gives every distribution.
    The time is proportional to n_runs times (operations times columns).

    Examples
    --------
    >>> from lineage_stats.datasets import Fault, make_runs
    >>> healthy = make_runs(20)
    >>> healthy.traces
    <TraceSet: 20 runs of churn, 2024-01-01 to 2024-01-20>
    >>> fault = Fault("rows_lost", "clean/DataFrame.merge#1", severity=0.4, metric_drop=0.1)
    >>> traces, target = make_runs(2, first=20, fault=[None, fault], return_traces=True)
    >>> target
    (None, 'clean/DataFrame.merge#1')
    """
    _check_numbers(n_runs, first, n_extra_columns, n_extra_operations)
    if not isinstance(pipeline, str) or not pipeline:
        raise wrong_parameter("pipeline", "a str that is not empty", pipeline)
    faults = _faults_of(fault, n_runs, extra_keys(n_extra_operations))
    seed = seed_of(random_state)
    traces = TraceSet(
        simulate_run(
            first + k, seed=seed, fault=faults[k], pipeline=pipeline, tags=tags,
            n_extra_columns=n_extra_columns, n_extra_operations=n_extra_operations,
        )
        for k in range(n_runs)
    )  # fmt: skip
    target = tuple(f.target if f else None for f in faults)
    if return_traces:
        return traces, target
    return Bunch(traces=traces, target=target, faults=faults, DESCR=_description())


@cache
def _description() -> str:
    path = files("lineage_stats.datasets") / "descr" / "make_runs.md"
    return path.read_text(encoding="utf-8")


def _check_numbers(
    n_runs: object, first: object, n_extra_columns: object, n_extra_operations: object
) -> None:
    if not _is_count(n_runs, 1):
        raise wrong_parameter("n_runs", "an int of at least 1", n_runs)
    for name, value in (
        ("first", first),
        ("n_extra_columns", n_extra_columns),
        ("n_extra_operations", n_extra_operations),
    ):
        if not _is_count(value):
            raise wrong_parameter(name, "an int of at least 0", value)


def _faults_of(fault: Faults, n_runs: int, extra: tuple[str, ...]) -> tuple[Fault | None, ...]:
    """Return the fault of each run, all of them checked."""
    if fault is None or isinstance(fault, Fault):
        faults: tuple[Fault | None, ...] = (fault,) * n_runs
    elif isinstance(fault, Sequence) and all(isinstance(f, Fault | None) for f in fault):
        faults = tuple(fault)
    else:
        raise wrong_parameter("fault", "a Fault, a sequence of Fault and None, or None", fault)
    if len(faults) != n_runs:
        raise wrong_parameter(
            "fault", f"one entry for each of the {n_runs} runs", f"{len(faults)} entries"
        )
    for each in faults:
        if each is not None:
            check_fault(each, extra)
    return faults


def seed_of(random_state: object, function: str = "make_runs") -> int:
    """Return the seed itself, or one drawn from a generator."""
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(2**32))
    if not _is_count(random_state):
        expected = "an int of at least 0 or a numpy.random.Generator"
        raise wrong_parameter("random_state", expected, random_state, function)
    return int(random_state)


def _is_count(value: object, least: int = 0) -> TypeGuard[int]:
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        return False
    return bool(value >= least)


def wrong_parameter(
    name: str, expected: str, got: object, function: str = "make_runs"
) -> ValueError:
    """Return the error that names a parameter, what it must be, and what it is."""
    return ValueError(
        f"The '{name}' parameter of {function} must be {expected}. Got {got!r} instead."
    )
