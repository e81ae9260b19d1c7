"""What differs between two runs of one pipeline."""

from __future__ import annotations

import functools
import math
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from lineage_stats.features._names import FeatureName, parse_feature
from lineage_stats.features._passed_on import PassedOn
from lineage_stats.features._run_diff import Change, RunDiff
from lineage_stats.features._spec import feature_kind
from lineage_stats.trace import DataRef, Operation, Trace, align

_SMALL_SHARE = 0.05  # shares below it are compared as if they were it
_EXTREMES = ("min", "max")  # of a sample: they differ from run to run by a standard deviation
_OF_ONE = ("association", "coherence", "fit_score", "label_gap", "overlap")  # at most 1
# Facts that say where something lies, not what was done; digests of what a fit made; and texts of
# which many operations share parts, of a whole statement and of what it depends on.
_NOT_COMPARED = frozenset({"statement", "slice", "model", "file"})
_PATHS = frozenset(("filepath_or_buffer", "filepath", "path", "path_or_buf", "io"))
_FILE_FACTS = ("file[path]", "file[size]", "file[digest]")
# What each run has for itself.
_RUN_OWN = frozenset(
    {"pid", "parts", "recording_seconds", "untracked_inputs", "parent_run", "traceparent"}
)


def diff_runs(before: Trace, after: Trace, *, tolerance: float = 0.2) -> RunDiff:
    """Return what differs between two runs of one pipeline.

    Parameters
    ----------
    before, after : Trace
        The two runs.
    tolerance : float, default=0.2
        Numbers that differ by no larger share of their scale count as equal. The scale of a
        column's mean and quantiles is its standard deviation, that of its extremes ten times as
        much, that of correlations 1, and that of other numbers the larger of the two. Metrics
        are listed wherever they differ.

    Returns
    -------
    RunDiff
        The changes. Times are not compared.

    Raises
    ------
    ValueError
        If `tolerance` is negative.

    Notes
    -----
    Operations are matched by `lineage_stats.trace.align`: a step that was put in is one change,
    and those behind it are none. Steps that are not in the longest common order of both runs
    have moved. What an operation was given and hands on is told where it began: columns that came
    or went, shares of rows, and numbers of columns within `tolerance`. Of statements whose code
    changed, and of those behind code that changed and is not recorded, the first operation is
    told. The time is linear in what the runs hold, but for the order, ``n log n``.

    Examples
    --------
    >>> from lineage_stats.features import diff_runs
    >>> from lineage_stats.trace import Operation, Trace
    >>> def run(name, how):
    ...     merge = Operation("f/merge#1", "merge", "join", "f", facts={"param[how]": how})
    ...     return Trace(name, "churn", (merge,))
    >>> print(diff_runs(run("a", "inner"), run("b", "left")).summary())
    a -> b: 1 parameter
      parameter   f/merge#1 how: inner -> left
    """
    if not tolerance >= 0:
        raise ValueError(
            "The 'tolerance' parameter of diff_runs must be a float of at least 0. "
            f"Got {tolerance!r} instead."
        )
    mapping = align([before, after], reference=0).mappings[1]
    known = dict(zip(before.keys, before, strict=True))
    matched = [(known[name], op) for op in after if (name := mapping[op.key]) in known]
    changes = [*_presence(before, after, mapping), *_moved(before, matched)]
    common = {new.key for _, new in matched}
    n_same, passed_on = 0, PassedOn[Change]()
    for old, new in matched:
        own = list(_operation_changes((before, old), (after, new), mapping))
        data = list(_data_changes((before, old), (after, new), tolerance))
        n_same += not (own or data)
        changes += own
        parents = [mapping[key] for key in _matched_parents(after, new.key, common)]
        for change, value, is_alike in data:
            what = f"{change.kind} {change.name}"
            passed_on.add(change, old.key, parents, what, is_alike, value)
    changes = _once_a_line(changes)
    changes += [replace(root.change, n_more=root.n_after) for root in passed_on.roots]
    changes += _statements(matched)
    # Code of an operation that is new, or gone, was or is among what is not recorded.
    if not any(change.kind in ("added", "removed") for change in changes):
        changes += _code_before(after, matched)
    position = {key: i for i, key in enumerate(before.keys)}
    changes.sort(key=lambda change: (change.kind not in _FIRST, position.get(change.operation, 0)))
    return RunDiff(
        before.run_id, after.run_id, (*changes, *_environment_changes(before, after)), n_same
    )


_FIRST = ("added", "removed", "moved")


def _once_a_line(changes: Iterable[Change]) -> list[Change]:
    """Return changes of what was done, those of several calls of one line as one."""
    found: dict[object, Change] = {}
    for change in changes:
        same = (change.kind, change.name, change.before, change.after, change.location)
        key = same if change.kind in ("parameter", "code") and change.location else len(found)
        if key in found:
            found[key] = replace(found[key], n_more=found[key].n_more + 1)
        else:
            found[key] = change
    return list(found.values())


def _presence(before: Trace, after: Trace, mapping: Mapping[str, str]) -> Iterator[Change]:
    have, had = set(mapping.values()), set(before.keys)
    for op in before:
        if op.key not in have:
            yield Change("removed", op.key, location=op.location)
    for op in after:
        if mapping[op.key] not in had:
            yield Change("added", op.key, location=op.location)


def _moved(before: Trace, matched: Sequence[tuple[Operation, Operation]]) -> Iterator[Change]:
    position = {key: i for i, key in enumerate(before.keys)}
    order = [position[old.key] for old, _ in matched]
    staying = set(_longest_rise(order))
    for place, (old, new) in zip(order, matched, strict=True):
        if place not in staying:
            yield Change("moved", old.key, "", old.location, new.location, new.location)


def _longest_rise(numbers: Sequence[int]) -> list[int]:
    """Return the longest subsequence that rises, by patience sorting."""
    tops: list[int] = []
    piles: list[int] = []
    back: dict[int, int | None] = {}
    for number in numbers:
        at = bisect_left(tops, number)
        back[number] = piles[at - 1] if at else None
        tops[at : at + 1] = [number]
        piles[at : at + 1] = [number]
    found: list[int] = []
    last = piles[-1] if piles else None
    while last is not None:
        found.append(last)
        last = back[last]
    return found[::-1]


Of = tuple[Trace, Operation]


def _operation_changes(old: Of, new: Of, mapping: Mapping[str, str]) -> Iterator[Change]:
    """Yield what differs in what an operation did."""
    key, location = old[1].key, new[1].location
    pairs = [
        ("status", "", old[1].error or old[1].status, new[1].error or new[1].status),
        ("parents", "", _parents(old, {}), _parents(new, mapping)),
        *_fact_pairs(old[1], new[1]),
    ]
    for kind, name, was, now in pairs:
        if was != now:
            yield Change(kind, key, name, was, now, location)
    was_metric, now_metric = (op.features.get("metric_value") for op in (old[1], new[1]))
    if was_metric is not None and now_metric is not None and not _same(was_metric, now_metric):
        label, size = new[1].metric or "metric_value", _size(was_metric, now_metric)
        size = size if size == size else math.inf
        yield Change("metric", key, label, f"{was_metric:.6g}", f"{now_metric:.6g}", location, size)


# A change, what tells it to the operations after it, and whether that of one before is the same.
_Difference = tuple[Change, Any, Callable[[Any], bool]]


def _data_changes(old: Of, new: Of, tolerance: float) -> Iterator[_Difference]:
    """Yield what differs in what an operation made."""
    key, location = old[1].key, new[1].location
    for kind, name, was, now in _schema_pairs(old, new):
        if was != now:
            text = was, now
            yield Change(kind, key, name, was, now, location), text, text.__eq__
    for kind, name, was, now in _row_pairs(old[1], new[1], tolerance):
        share = _share_of_rows(old[1], new[1])
        is_alike = functools.partial(_is_share, share, tolerance)
        yield Change(kind, key, name, was, now, location), share, is_alike
    for name, was_number, now_number, size in _number_changes(old[1], new[1], tolerance):
        text, pair = (f"{was_number:.6g}", f"{now_number:.6g}"), (was_number, now_number)
        is_alike = functools.partial(_are_numbers, name, pair, old[1].features, tolerance)
        yield Change("profile", key, name, *text, location, size), pair, is_alike


def _is_share(share: float, tolerance: float, other: float) -> bool:
    return _size(other, share) <= tolerance


def _are_numbers(
    name: str,
    pair: tuple[float, float],
    features: Mapping[str, float],
    tolerance: float,
    other: tuple[float, float],
) -> bool:
    kind = feature_kind(name)
    return all(
        _same(a, b) or _scaled(name, kind, a, b, features) <= tolerance
        for a, b in zip(other, pair, strict=True)
    )


def _share_of_rows(old: Operation, new: Operation) -> float:
    """Return how many rows there are for each that was."""
    was, now = (sum(ref.rows or 0 for ref in op.outputs) for op in (old, new))
    return now / was if was else math.inf


def _statements(matched: Sequence[tuple[Operation, Operation]]) -> Iterator[Change]:
    """Yield one change for each statement whose code differs."""
    told = {_place(new) for old, new in matched if _differs(old, new, "call")}
    for old, new in matched:
        if _place(new) not in told and _differs(old, new, "statement"):
            told.add(_place(new))
            yield Change("code", old.key, "statement", location=new.location)


def _code_before(after: Trace, matched: Sequence[tuple[Operation, Operation]]) -> Iterator[Change]:
    """Yield the statements that unrecorded code comes to which differs, and to none before."""
    own = ("call", "statement", "slice")
    reached = {new.key for old, new in matched if any(_differs(old, new, fact) for fact in own)}
    told = {_place(new) for old, new in matched if any(_differs(old, new, f) for f in own[:2])}
    for old, new in matched:
        behind = not reached.isdisjoint(after.parents(new.key))
        if _place(new) not in told and not behind and _differs(old, new, "slice"):
            told.add(_place(new))
            yield Change("code", old.key, "unrecorded code before it", location=new.location)


def _place(operation: Operation) -> str:
    return operation.location or operation.key


def _differs(old: Operation, new: Operation, fact: str) -> bool:
    was, now = old.facts.get(fact), new.facts.get(fact)
    return was is not None and now is not None and was != now


def _same(was: float, now: float) -> bool:
    return was == now or (was != was and now != now)


def _matched_parents(trace: Trace, key: str, matched: Collection[str]) -> list[str]:
    """Return the nearest operations upstream that both runs have."""
    found: dict[str, None] = {}
    waiting, seen = list(trace.parents(key)), {key}
    while waiting:
        parent = waiting.pop(0)
        if parent in matched:
            found[parent] = None
        elif parent not in seen:
            seen.add(parent)
            waiting += trace.parents(parent)
    return list(found)


def _parents(of: Of, mapping: Mapping[str, str]) -> str:
    return ", ".join(mapping.get(key, key) for key in of[0].parents(of[1].key))


def _fact_pairs(old: Operation, new: Operation) -> Iterator[tuple[str, str, str, str]]:
    for name in sorted({*old.facts, *new.facts}):
        parsed = parse_feature(name)
        if parsed.statistic in _NOT_COMPARED and name not in _FILE_FACTS:
            continue
        is_path = parsed.statistic == "param" and parsed.column in _PATHS
        if is_path and _differs(old, new, "file[path]"):
            continue  # is told of the file
        was, now = old.facts.get(name, ""), new.facts.get(name, "")
        if parsed.statistic == "param":
            yield "parameter", parsed.column or "", was, now
        elif parsed.statistic == "file":
            yield "source", f"file {parsed.column}", was, now
        else:
            yield "code", name, was, now


def _schema_pairs(old: Of, new: Of) -> Iterator[tuple[str, str, str, str]]:
    for port, (was, now) in enumerate(zip(old[1].outputs, new[1].outputs, strict=False)):
        if was.schema != now.schema:
            left, right = old[0].columns(was), new[0].columns(now)
            name = str(FeatureName("columns", None, port))
            yield "schema", name, *_columns_text(left, right)


def _columns_text(
    was: Sequence[tuple[str, str]], now: Sequence[tuple[str, str]]
) -> tuple[str, str]:
    """Return the columns that only one side has; where there are none, their order differs."""
    gone = [f"{n} {d}".strip() for n, d in was if (n, d) not in now]
    new = [f"{n} {d}".strip() for n, d in now if (n, d) not in was]
    if gone or new:
        return ", ".join(gone), ", ".join(new)
    return ", ".join(n for n, _ in was), ", ".join(n for n, _ in now)


def _row_pairs(
    old: Operation, new: Operation, tolerance: float
) -> Iterator[tuple[str, str, str, str]]:
    """Compare what was made; what was read is what another operation made."""
    far = any(
        (a.rows is None) != (b.rows is None) or _size(a.rows, b.rows) > tolerance
        for a, b in zip(old.outputs, new.outputs, strict=False)
    )
    if far or len(old.outputs) != len(new.outputs):
        yield "rows", "", _rows(old.outputs), _rows(new.outputs)


def _rows(refs: Sequence[DataRef]) -> str:
    return " + ".join("?" if ref.rows is None else f"{ref.rows:,}" for ref in refs)


def _size(was: float | None, now: float | None, least: float = 0.0) -> float:
    """Return how much a number changed, as a share of the larger one."""
    if was is None or now is None or was == now:
        return 0.0
    return abs(now - was) / max(abs(was), abs(now), least)


def _number_changes(
    old: Operation, new: Operation, tolerance: float
) -> Iterator[tuple[str, float, float, float]]:
    for name, was in old.features.items():
        now = new.features.get(name)
        kind = feature_kind(name)
        if now is None or kind in ("duration", "metric") or _same(was, now):
            continue
        size = _scaled(name, kind, was, now, old.features)
        if not size <= tolerance:
            yield name, was, now, size if size == size else math.inf


def _scaled(name: str, kind: str, was: float, now: float, features: Mapping[str, float]) -> float:
    if kind == "proportion":
        return _size(was, now, _SMALL_SHARE)
    parsed = parse_feature(name)
    if parsed.statistic in _OF_ONE:
        return abs(now - was)
    spread = features.get(str(parsed._replace(statistic="sd")), 0.0)
    if parsed.statistic in _EXTREMES:
        spread *= 10
    if kind == "real" and parsed.column is not None and parsed.statistic != "sd" and spread > 0:
        return abs(now - was) / spread
    return _size(was, now)


def _environment_changes(before: Trace, after: Trace) -> Iterator[Change]:
    old, new = before.environment, after.environment
    for name in sorted({*old, *new} - _RUN_OWN):
        if old.get(name, "") != new.get(name, ""):
            label = name.removeprefix("package:")
            yield Change("environment", "", label, old.get(name, ""), new.get(name, ""))
    if before.status != after.status:
        yield Change("status", "", "run", before.status, after.status)
