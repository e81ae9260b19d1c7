"""What ever depended on a column, over many runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lineage_stats.trace._lineage._frame import RELATIONS
from lineage_stats.trace._render import printable

if TYPE_CHECKING:
    import pandas as pd

    from lineage_stats.trace._lineage._result import ColumnDependency
    from lineage_stats.trace._trace import Trace


@dataclass(frozen=True, slots=True)
class ColumnRecord:
    """One column, model or metric that was related to another one in some runs.

    Attributes
    ----------
    name : str
        Full name: ``operation.column``, or the operation alone for a model, metric or file.
    pipeline : str
        Name of the pipeline.
    kind : {"column", "model", "metric", "file", "data", "unknown"}
        What it is.
    relations : tuple of str
        All ways in which they ever depended on each other.
    opaque : bool
        Whether in no run more was known than that they may depend on each other.
    runs : tuple of str
        Runs in which they did, oldest first.
    is_source : bool
        Whether it came from nothing that was recorded.

    Examples
    --------
    >>> ColumnRecord("main/f1_score#1", "churn", "metric", runs=("r1", "r2")).runs[-1]
    'r2'
    """

    name: str
    pipeline: str
    kind: str = "column"
    relations: tuple[str, ...] = ()
    opaque: bool = False
    runs: tuple[str, ...] = ()
    is_source: bool = False

    @classmethod
    def first(cls, trace: Trace, found: ColumnDependency) -> ColumnRecord:
        """Make a record of one run."""
        return cls(
            found.name, trace.pipeline, found.kind, found.relations, found.opaque, (trace.run_id,),
            found.is_source,
        )  # fmt: skip

    def again(self, trace: Trace, found: ColumnDependency) -> ColumnRecord:
        """Return the record with one more run."""
        relations = {*self.relations, *found.relations}
        return replace(
            self,
            relations=tuple(r for r in RELATIONS if r in relations),
            opaque=self.opaque and found.opaque,
            runs=(*self.runs, trace.run_id),
            is_source=self.is_source and found.is_source,
        )


@dataclass(frozen=True)
class ColumnHistory:
    """All that a column ever depended on, or that ever depended on it, over many runs.

    Attributes
    ----------
    of : str
        What was asked for.
    direction : {"upstream", "downstream"}
        What was asked.
    runs : tuple of str
        Runs that have it, oldest first.
    records : tuple of ColumnRecord
        The answer.

    Examples
    --------
    >>> score = ColumnRecord("main/f1_score#1", "churn", "metric", runs=("r1",))
    >>> ColumnHistory("raw.csv", "downstream", ("r1",), (score,)).metrics.names
    ('main/f1_score#1',)
    """

    of: str
    direction: str
    runs: tuple[str, ...] = ()
    records: tuple[ColumnRecord, ...] = ()

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Iterator[ColumnRecord]:
        return iter(self.records)

    def __repr__(self) -> str:
        kinds = [r.kind for r in self.records]
        parts = [
            f"{n} {kind}s" for kind in ("column", "model", "metric") if (n := kinds.count(kind))
        ]
        verb = "depended on" if self.direction == "upstream" else "reached"
        runs = "1 run" if len(self.runs) == 1 else f"{len(self.runs)} runs"
        return printable(
            f"<ColumnHistory: '{self.of}' {verb} {', '.join(parts) or 'nothing'} in {runs}>"
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Full names of all records."""
        return tuple(r.name for r in self.records)

    @property
    def models(self) -> ColumnHistory:
        """Only the models."""
        return self._only("model")

    @property
    def metrics(self) -> ColumnHistory:
        """Only the metrics."""
        return self._only("metric")

    @property
    def columns(self) -> ColumnHistory:
        """Only the columns."""
        return self._only("column")

    @property
    def sources(self) -> ColumnHistory:
        """Those that came from nothing that was recorded."""
        return replace(self, records=tuple(r for r in self.records if r.is_source))

    def _only(self, kind: str) -> ColumnHistory:
        return replace(self, records=tuple(r for r in self.records if r.kind == kind))

    def summary(self) -> str:
        """Return the answer as text, one line per record."""
        lines = [repr(self)[1:-1].removeprefix("ColumnHistory: ") + (":" if len(self) else "")]
        width = max((len(printable(r.name)) for r in self.records), default=0)
        lines += [
            f"  {printable(r.name).ljust(width)}  {', '.join(r.relations)}; "
            f"{len(r.runs)} of {len(self.runs)} runs of {printable(r.pipeline)}, last {r.runs[-1]}"
            for r in self.records
        ]
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        from html import escape  # not needed to record

        return f"<pre>{escape(self.summary())}</pre>"

    def to_frame(self) -> pd.DataFrame:
        """Return one row per record, indexed by pipeline and name.

        Returns
        -------
        DataFrame
            Columns kind, relations (joined by ``+``), opaque, is_source, n_runs, first_run,
            last_run.
        """
        import pandas as pd

        columns = [
            "pipeline", "name", "kind", "relations", "opaque", "is_source", "n_runs", "first_run",
            "last_run",
        ]  # fmt: skip
        rows = [
            [r.pipeline, r.name, r.kind, "+".join(r.relations), r.opaque, r.is_source, len(r.runs),
             r.runs[0], r.runs[-1]]
            for r in self.records
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=columns).set_index(["pipeline", "name"])
