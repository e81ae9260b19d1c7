"""The operations that a run had to wait for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lineage_stats.trace import Operation, Trace

BEFORE = "before "  # what the program did itself, before an operation
AT_THE_END = "after the last operation"


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the critical path.

    Attributes
    ----------
    key : str
        Key of the operation that ran; ``"before <key>"`` where none did, until that one began.
    seconds : float
        Its length.
    operation : Operation or None
        The operation.
    """

    key: str
    seconds: float
    operation: Operation | None = None


def critical_path(trace: Trace) -> tuple[Segment, ...]:
    """Return what a run waited for, from its begin to its end.

    Notes
    -----
    From the end backwards the path follows, at each point in time, the operation that ended last
    before it [1]_: of operations that ran side by side in threads or processes only those count
    that nothing else outlasted. Segments sum to the duration of the run.

    References
    ----------
    .. [1] Z. Zhang et al. (2022). CRISP: critical path analysis of large-scale microservice
       architectures. USENIX ATC, 655-672.
    """
    finished = sorted(
        (op for op in trace if op.duration_ns > 0), key=lambda op: (_end(op), op.start_ns)
    )
    found: list[Segment] = []
    now, later = trace.end_ns, AT_THE_END
    for op in reversed(finished):
        end = min(_end(op), now)
        if end <= trace.start_ns:
            break
        if op.start_ns >= now or (_end(op) > now and found):
            continue  # ran beside what the path has come along already
        _add(found, later, now - end, None)
        begin = max(op.start_ns, trace.start_ns)
        _add(found, op.key, end - begin, op)
        now, later = begin, f"{BEFORE}{op.key}"
    _add(found, later, now - trace.start_ns, None)
    return tuple(reversed(found))


def _end(op: Operation) -> int:
    return op.start_ns + op.duration_ns


def _add(found: list[Segment], key: str, length_ns: int, op: Operation | None) -> None:
    if length_ns > 0:
        found.append(Segment(key, length_ns / 1e9, op))


def by_key(path: Sequence[Segment]) -> dict[str, float]:
    """Return the seconds of each key, together."""
    total: dict[str, float] = {}
    for segment in path:
        total[segment.key] = total.get(segment.key, 0.0) + segment.seconds
    return total
