"""Plants a fault in a trace that was recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np

from lineage_stats.datasets._fault import (
    NEW_OPERATION,
    STORED_FAULT_KINDS,
    Fault,
    is_within,
    wrong_fault,
)
from lineage_stats.datasets._propagation import Effect, Propagation
from lineage_stats.features import parse_feature
from lineage_stats.trace import DataRef, Operation, Trace

SEVERITIES: Mapping[str, tuple[float, ...]] = {
    "rows_lost": (0.02, 0.1, 0.4),
    "nulls_added": (0.02, 0.1, 0.4),
    "category_added": (0.02, 0.1, 0.4),
    "mean_shifted": (1.1, 2.0, 10.0),
    "slowed": (2.0, 5.0, 20.0),
}

# Without a drop, a dropped metric is no fault.
KINDS_OF_OPERATIONS = tuple(kind for kind in STORED_FAULT_KINDS if kind != "metric_dropped")

# What a column must have been measured by to be changed; the schema will do for its dtype.
_MEASURED = {"mean_shifted": "mean", "nulls_added": "nulls", "category_added": "distinct"}


def inject(fault: Fault, trace: Trace, metric: str | None) -> Trace:
    """Return a trace with the fault; see `Fault.apply`."""
    op = _checked(fault, trace)
    flow = Propagation(trace)
    operations = list(_operations(fault, op, flow))
    operations = _with_metric(operations, trace, metric, fault.metric_drop)
    extra = sum(o.duration_ns for o in operations if o.key == op.key) - op.duration_ns
    grown = extra if fault.kind == "slowed" else 0
    tags = {
        "status": "faulty", "fault": fault.kind, "fault_operation": fault.target,
        "fault_severity": f"{fault.severity:g}",
    }  # fmt: skip
    return replace(
        trace,
        run_id=f"{trace.run_id}+{fault.kind}",
        operations=tuple(operations),
        end_ns=trace.end_ns + grown,
        tags={**trace.tags, **tags},
        schemas={**trace.schemas, **flow.schemas},
        history=None,
    )


def possible_faults(
    trace: Trace, *, random_state: int | np.random.Generator = 0
) -> tuple[Fault, ...]:
    """Return faults that a recorded run could have, of every kind at every operation.

    Parameters
    ----------
    trace : Trace
        The run.
    random_state : int or numpy.random.Generator, default=0
        Chance by which the column is drawn for those kinds that change one.

    Returns
    -------
    tuple of Fault
        Each at three severities where the kind has one; all with ``metric_drop`` 0. Can be
        planted with `Fault.apply`.

    Examples
    --------
    >>> from lineage_stats.datasets import make_runs, possible_faults
    >>> trace = make_runs(1).traces[0]
    >>> faults = possible_faults(trace)
    >>> sorted({fault.kind for fault in faults})[:3]
    ['call_changed', 'category_added', 'dtype_changed']
    >>> faults[0].apply(trace).operation(faults[0].operation).outputs[0].rows
    19542
    """
    rng = np.random.default_rng(random_state)
    found = []
    for op in trace:
        for kind in KINDS_OF_OPERATIONS:
            columns = _columns(kind, trace, op)
            if _is_possible(kind, trace, op) and (columns is None or columns):
                column = "" if columns is None else columns[int(rng.integers(len(columns)))]
                found += [
                    Fault(kind, op.key, severity, metric_drop=0.0, column=column)
                    for severity in SEVERITIES.get(kind, (0.5,))
                ]
    return tuple(found)


def _operations(fault: Fault, op: Operation, flow: Propagation) -> Iterator[Operation]:
    """Yield the operations of the faulty run."""
    renamed: dict[str, DataRef] = {}
    delay = 0
    for old in flow.trace:
        if old.key != op.key:
            new = _rewired(flow.through(old), renamed)
            yield replace(new, start_ns=new.start_ns + delay) if delay else new
        elif fault.kind == "operation_missing":
            for ref in old.outputs:
                left = (old.inputs[0].rows or 0) / ref.rows if ref.rows else 1.0
                flow.effects[ref.id] = Effect(rows=left if old.inputs[0].rows else 1.0)
                renamed[ref.id] = old.inputs[0]
        else:
            for ref in old.outputs:
                flow.effects[ref.id] = _effect(fault, flow.trace, ref)
            new = flow.changed(_call_changed(fault, old))
            if fault.kind == "slowed":
                new = _slowed(new, fault.severity)
                delay = new.duration_ns - old.duration_ns
            yield new
            if fault.kind == "operation_new":
                added = _new_operation(flow.trace, new)
                renamed[new.outputs[0].id] = added.outputs[0]
                yield added


def _rewired(op: Operation, renamed: Mapping[str, DataRef]) -> Operation:
    return replace(op, inputs=tuple(renamed.get(ref.id, ref) for ref in op.inputs))


def _effect(fault: Fault, trace: Trace, ref: DataRef) -> Effect:
    column, severity = fault.column, fault.severity
    if fault.kind == "rows_lost":
        return Effect(rows=1 - severity)
    if fault.kind == "mean_shifted":
        return Effect(column=column, factor=severity)
    if fault.kind == "nulls_added":
        return Effect(column=column, nulls=severity)
    if fault.kind == "category_added":
        return Effect(column=column, new_share=severity)
    if fault.kind == "dtype_changed":
        old = dict(trace.columns(ref)).get(column, "")
        return Effect(column=column, dtype="object" if old != "object" else "category")
    return Effect()


def _call_changed(fault: Fault, op: Operation) -> Operation:
    if fault.kind not in ("param_changed", "call_changed"):
        return op
    facts = dict(op.facts)
    for name in ("call", "statement"):
        facts[name] = f"{facts.get(name, '')}-changed"
    if fault.kind == "param_changed":
        facts[_first_param(op) or ""] = "something else"
    return replace(op, facts=facts)


def _first_param(op: Operation) -> str | None:
    return next((name for name in op.facts if name.startswith("param[")), None)


def _slowed(op: Operation, factor: float) -> Operation:
    features = {
        name: value * factor if name in ("duration", "cpu") else value
        for name, value in op.features.items()
    }
    return replace(op, duration_ns=int(op.duration_ns * factor), features=features)


def _new_operation(trace: Trace, op: Operation) -> Operation:
    """Return a step after an operation that leaves its first output as it is."""
    ref = op.outputs[0]
    features = {}
    for name, value in op.features.items():
        part = parse_feature(name)
        if part.port == 0 and (part.column or part.statistic == "null_share"):
            features[name] = value
    return Operation(
        key=_new_key(op.key), name=NEW_OPERATION, kind="selection", scope=op.scope,
        inputs=(ref,), outputs=(replace(ref, id=f"{ref.id}+"),), features=features,
        start_ns=op.start_ns + op.duration_ns, file=op.file, line=op.line,
    )  # fmt: skip


def _new_key(key: str) -> str:
    return Fault("operation_new", key).target


def _with_metric(
    operations: list[Operation], trace: Trace, metric: str | None, drop: float
) -> list[Operation]:
    """Lower one metric."""
    if not drop:
        return operations
    name = metric if metric is not None else next(iter(trace.metrics), "")
    key = trace.metric_operation(name).key
    return [
        replace(op, features={**op.features, "metric_value": op.features["metric_value"] - drop})
        if op.key == key
        else op
        for op in operations
    ]


def _makes_table(trace: Trace, op: Operation) -> bool:
    return any(ref.rows for ref in op.outputs)


def _can_go(trace: Trace, op: Operation) -> bool:
    return len(op.outputs) == 1 and bool(op.inputs) and op.inputs[0].kind == op.outputs[0].kind


def _can_be_followed(trace: Trace, op: Operation) -> bool:
    has_key = _new_key(op.key) in trace.keys
    return bool(op.outputs) and op.outputs[0].kind == "table" and not has_key


_POSSIBLE: Mapping[str, Callable[[Trace, Operation], bool]] = {
    "rows_lost": _makes_table,
    "operation_missing": _can_go,
    "operation_new": _can_be_followed,
    "param_changed": lambda trace, op: _first_param(op) is not None,
    "metric_dropped": lambda trace, op: op.metric is not None,
}


def _is_possible(kind: str, trace: Trace, op: Operation) -> bool:
    return kind not in _POSSIBLE or _POSSIBLE[kind](trace, op)


def _columns(kind: str, trace: Trace, op: Operation) -> list[str] | None:
    """Return the columns that such a fault can change; None for a fault of no column."""
    if kind == "dtype_changed":
        names = [name for ref in op.outputs for name, _ in trace.columns(ref)]
        return list(dict.fromkeys(names))
    if kind not in _MEASURED:
        return None
    parts = [parse_feature(name) for name in op.features]
    names = [p.column for p in parts if p.statistic == _MEASURED[kind] and p.column]
    return list(dict.fromkeys(names))


def _checked(fault: Fault, trace: Trace) -> Operation:
    """Refuse a fault that this trace cannot have; returns the operation at fault."""
    if fault.kind not in STORED_FAULT_KINDS:
        raise wrong_fault("kind", f"one of {', '.join(STORED_FAULT_KINDS)}", fault.kind)
    op = trace.operation(fault.operation)
    if not _is_possible(fault.kind, trace, op):
        places = ", ".join(o.key for o in trace if _is_possible(fault.kind, trace, o)) or "none"
        wanted = f"one of {places} for the kind '{fault.kind}' in run {trace.run_id}"
        raise wrong_fault("operation", wanted, fault.operation)
    columns = _columns(fault.kind, trace, op)
    if columns is not None and fault.column not in columns:
        wanted = f"a column of {op.key} that '{fault.kind}' can change: "
        raise wrong_fault("column", wanted + (", ".join(columns) or "it has none"), fault.column)
    most = 1.0 if fault.kind in ("rows_lost", "nulls_added", "category_added") else np.inf
    if fault.kind in SEVERITIES and not is_within(fault.severity, 0, most):
        wanted = "a float in (0, 1)" if most == 1 else "a positive float"
        raise wrong_fault("severity", f"{wanted} for the kind '{fault.kind}'", fault.severity)
    if not is_within(fault.metric_drop, -np.inf, np.inf):
        raise wrong_fault("metric_drop", "a finite float", fault.metric_drop)
    return op
