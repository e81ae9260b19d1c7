"""Steps inside a recorded call that can be unfolded, as those of a pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from json import dumps
from time import perf_counter_ns
from typing import Any

from lineage_stats.features import describe_data
from lineage_stats.hooks._calls import WatchedCall
from lineage_stats.hooks._provider import Watched
from lineage_stats.hooks._threads import STACK

MOST_STEPS = 200  # that one operation lists

_SHAPED = frozenset({"table", "column", "array"})


class InnerCall:
    """A call inside a recorded call, until it has ended.

    As long as it is under way it stands where the recorded call stood: what it calls in its turn
    is a step inside of it, if it can be unfolded as well.

    Parameters
    ----------
    watched : Watched
        What is called.
    args : tuple
        Its arguments.
    above : WatchedCall or InnerCall
        The call that it is inside of.
    """

    __slots__ = ("_start", "above", "active", "args", "depth", "record", "root", "shut",
                 "watched")  # fmt: skip

    def __init__(
        self, watched: Watched, args: tuple[Any, ...], above: WatchedCall | InnerCall
    ) -> None:
        self.watched = watched
        self.args = args
        self.above = above
        self.active = True
        self.shut = not watched.target.unfolds
        self.root: WatchedCall = above.root if isinstance(above, InnerCall) else above
        self.depth: int = above.depth + 1 if isinstance(above, InnerCall) else 0
        method = watched.target.path.rpartition(".")[2]
        name = f"{type(args[0]).__name__}.{method}"
        self.record: dict[str, Any] = {"name": name, "depth": self.depth, "status": "running"}
        self.record.update(_sizes("in", args[1:2]))
        self._start = perf_counter_ns()

    def end(self, result: Any, error: BaseException | None = None) -> None:
        """Note how long it took, and what it made."""
        self.record["duration_ns"] = perf_counter_ns() - self._start
        self.record["status"] = "ok" if error is None else "failed"
        STACK.current = self.above
        self.active = self.shut = False
        self.args = ()
        self.record.update(_sizes("out", (result,)))


def begin_inner(
    above: WatchedCall | InnerCall, watched: Watched, args: tuple[Any, ...]
) -> InnerCall | None:
    """Begin a step of a call that can be unfolded; None for what is no step of it."""
    root = above.root if isinstance(above, InnerCall) else above
    steps = root.steps
    if not watched.target.is_step or not args or (above.args and args[0] is above.args[0]):
        return None  # a pipeline that calls itself is no step of its own
    if steps is None:
        steps = root.steps = []
    if len(steps) >= MOST_STEPS:
        return None
    call = InnerCall(watched, args, above)
    steps.append(call.record)
    STACK.current = call
    return call


def steps_text(steps: Sequence[dict[str, Any]] | None) -> str | None:
    """Return steps as an operation holds them; `lineage_stats.trace.InnerStep` reads it."""
    return dumps(steps, separators=(",", ":")) if steps else None


def _sizes(side: str, values: Sequence[Any]) -> dict[str, int | None]:
    shapes = [describe_data(value) for value in values]
    for shape in shapes:
        if shape is not None and shape.kind in _SHAPED:
            return {f"rows_{side}": shape.rows, f"columns_{side}": shape.n_columns}
    return {f"rows_{side}": None, f"columns_{side}": None}
