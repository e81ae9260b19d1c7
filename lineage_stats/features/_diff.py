"""What differs between two runs of one pipeline."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from lineage_stats.features._names import FeatureName, parse_feature
from lineage_stats.features._spec import feature_kind
from lineage_stats.trace import DataRef, Operation, Trace, align

if TYPE_CHECKING:
    import pandas as pd

_SMALL_SHARE = 0.05  # shares below it are compared as if they were it
_EXTREMES = ("min", "max")  # of a sample: they differ from run to run by a standard deviation
_OF_ONE = ("association", "coherence", "fit_score", "label_gap", "overlap")  # at most 1
# Facts that say where something lies, not what was done; digests of what a fit made; and texts of
# which many operations share parts, of a whole statement and of what it depends on.
_NOT_COMPARED = frozenset({"statement", "slice", "model", "file"})
_FILE_FACTS = ("file[path]", "file[size]", "file[digest]")
# What each run has for itself.
_RUN_OWN = frozenset(
    {"pid", "parts", "recording_seconds", "untracked_inputs", "parent_run", "traceparent"}
)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs between two runs.

    Attributes
    ----------
    kind : str
        ``added``, ``removed`` or ``moved`` (an operation); ``parents``, ``parameter``, ``code``,
        ``source``, ``schema``, ``rows``, ``profile``, ``status`` or ``metric`` (of an operation
        that both runs have); ``environment`` (of the run).
    operation : str
        Key of the operation, that of the earlier run where it has it; ``""`` for the run itself.
    name : str
        Which parameter, feature, package; ``""`` where the kind says it all.
    before, after : str
        What it was and what it is, as text; ``""`` for nothing.
    location : str
        Call site as ``file:line`` in the later run, in the earlier one where it is gone.
    size : float
        How much a number changed, as a share of its scale; infinite for what is equal or not.
    """

    kind: str
    operation: str = ""
    name: str = ""
    before: str = ""
    after: str = ""
    location: str = ""
    size: float = math.inf

    def __str__(self) -> str:
        what = " ".join(part for part in (self.operation, self.name) if part)
        values = f": {self.before or 'none'} -> {self.after or 'none'}"
        place = f"  ({self.location})" if self.location else ""
        return f"{self.kind:<11} {what}{values if self.before or self.after else ''}{place}"


@dataclass(frozen=True)
class RunDiff:
    """What differs between two runs: only what differs.

    Attributes
    ----------
    before, after : str
        Ids of the two runs.
    changes : tuple of Change
        Changes of the graph first, in the order of the operations, then those of the run.
    n_same : int
        Number of operations that both runs have and that differ in nothing.

    Examples
    --------
    >>> from lineage_stats.features import diff_runs
    >>> from lineage_stats.trace import Operation, Trace
    >>> read = Operation("f/read_csv#1", "read_csv", "source", "f")
    >>> drop = Operation("f/DataFrame.dropna#1", "DataFrame.dropna", "selection", "f")
    >>> diff = diff_runs(Trace("a", "churn", (read,)), Trace("b", "churn", (read, drop)))
    >>> diff
    <RunDiff a -> b: 1 added>
    """

    before: str
    after: str
    changes: tuple[Change, ...] = ()
    n_same: int = 0

    def __len__(self) -> int:
        return len(self.changes)

    def __iter__(self) -> Iterator[Change]:
        return iter(self.changes)

    def __repr__(self) -> str:
        kinds = [change.kind for change in self.changes]
        counts = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
        return f"<RunDiff {self.before} -> {self.after}: {counts or 'no difference'}>"

    def of(self, *kinds: str) -> tuple[Change, ...]:
        """Return the changes of these kinds."""
        return tuple(change for change in self.changes if change.kind in kinds)

    def summary(self) -> str:
        """Return the difference as text, one line per change."""
        lines = [repr(self)[1:-1].removeprefix("RunDiff ")]
        lines += [f"  {change}" for change in self.changes]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return the difference as plain data that JSON can hold; an infinite size is None."""
        records = [asdict(change) for change in self.changes]
        for record in records:
            record["size"] = record["size"] if math.isfinite(record["size"]) else None
        return {
            "before": self.before,
            "after": self.after,
            "n_same": self.n_same,
            "changes": records,
        }

    def to_frame(self) -> pd.DataFrame:
        """Return one row per change, with the attributes of `Change` as columns."""
        import pandas as pd

        columns = ["kind", "operation", "name", "before", "after", "location", "size"]
        return pd.DataFrame([asdict(change) for change in self.changes], columns=columns)


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
    have moved. The time is linear in what the runs hold, but for the order, ``n log n``.

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
    n_same = 0
    for old, new in matched:
        found = list(_operation_changes((before, old), (after, new), mapping, tolerance))
        n_same += not found
        changes += found
    position = {key: i for i, key in enumerate(before.keys)}
    changes.sort(key=lambda change: (change.kind not in _FIRST, position.get(change.operation, 0)))
    return RunDiff(
        before.run_id, after.run_id, (*changes, *_environment_changes(before, after)), n_same
    )


_FIRST = ("added", "removed", "moved")


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


def _operation_changes(
    old: Of, new: Of, mapping: Mapping[str, str], tolerance: float
) -> Iterator[Change]:
    key, location = old[1].key, new[1].location
    pairs = [
        ("status", "", old[1].error or old[1].status, new[1].error or new[1].status),
        ("parents", "", _parents(old, {}), _parents(new, mapping)),
        *_fact_pairs(old[1], new[1]),
        *_schema_pairs(old, new),
        *_row_pairs(old[1], new[1], tolerance),
    ]
    for kind, name, was, now in pairs:
        if was != now:
            yield Change(kind, key, name, was, now, location)
    for name, was_number, now_number, size in _number_changes(old[1], new[1], tolerance):
        kind = "metric" if name == "metric_value" else "profile"
        label = (new[1].metric or name) if kind == "metric" else name
        yield Change(kind, key, label, f"{was_number:.6g}", f"{now_number:.6g}", location, size)


def _parents(of: Of, mapping: Mapping[str, str]) -> str:
    return ", ".join(mapping.get(key, key) for key in of[0].parents(of[1].key))


def _fact_pairs(old: Operation, new: Operation) -> Iterator[tuple[str, str, str, str]]:
    for name in sorted({*old.facts, *new.facts}):
        parsed = parse_feature(name)
        if parsed.statistic in _NOT_COMPARED and name not in _FILE_FACTS:
            continue
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
        if now is None or kind == "duration" or was == now or (was != was and now != now):
            continue
        size = _scaled(name, kind, was, now, old.features)
        if kind == "metric" or not size <= tolerance:
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
