"""The differences between two runs, as text, plain data and a table."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

# Kinds that are shown behind those of the program; numbers come last.
_LAST = {"metric": 1, "source": 2, "rows": 3}


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
    n_more : int
        How many operations show the same: calls of the same line, or those that were given what
        this one made.
    """

    kind: str
    operation: str = ""
    name: str = ""
    before: str = ""
    after: str = ""
    location: str = ""
    size: float = math.inf
    n_more: int = 0

    def __str__(self) -> str:
        what = " ".join(part for part in (self.operation, self.name) if part)
        values = f": {self.before or 'none'} -> {self.after or 'none'}"
        place = f"  ({self.location})" if self.location else ""
        more = f"  [and {self.n_more} more]" if self.n_more else ""
        return f"{self.kind:<11} {what}{values if self.before or self.after else ''}{place}{more}"


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

    def summary(self, *, max_numbers: int | None = 10) -> str:
        """Return the difference as text, one line per change: those of the program first.

        Parameters
        ----------
        max_numbers : int or None, default=10
            How many differences of numbers to show at most, the largest; None for all.

        Raises
        ------
        ValueError
            If `max_numbers` is negative.
        """
        if max_numbers is not None and max_numbers < 0:
            raise ValueError(
                "The 'max_numbers' parameter of summary must be an int of at least 0 or None. "
                f"Got {max_numbers!r} instead."
            )
        numbers = sorted(self.of("profile"), key=lambda change: -change.size)
        others = [change for change in self.changes if change.kind != "profile"]
        others.sort(key=lambda change: _LAST.get(change.kind, 0))
        told = [*others, *numbers[:max_numbers]]
        lines = [repr(self)[1:-1].removeprefix("RunDiff "), *(f"  {change}" for change in told)]
        more = len(self.changes) - len(told)
        return "\n".join([*lines, *([f"  and {more} further changes of numbers"] if more else [])])

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

        columns = [field.name for field in fields(Change)]
        return pd.DataFrame([asdict(change) for change in self.changes], columns=columns)
