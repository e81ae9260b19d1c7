"""Many runs, in time order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, overload

from lineage_stats.trace._render import traceset_html, traceset_summary
from lineage_stats.trace._trace import Trace

if TYPE_CHECKING:
    import pandas as pd

    from lineage_stats.trace._lineage._history import ColumnHistory


class TraceSet(Sequence[Trace]):
    """An immutable sequence of traces, oldest first.

    Parameters
    ----------
    traces : iterable of Trace
        The runs; they are sorted by start, then by run id.
    problems : mapping of str to str, default=None
        Files that could not be read, each with the reason.

    Examples
    --------
    >>> from lineage_stats.trace import Trace, TraceSet
    >>> runs = TraceSet([Trace("b", "churn", start_ns=2), Trace("a", "churn", start_ns=1)])
    >>> [run.run_id for run in runs]
    ['a', 'b']
    """

    def __init__(
        self, traces: Iterable[Trace] = (), *, problems: Mapping[str, str] | None = None
    ) -> None:
        self._traces = tuple(sorted(traces, key=lambda t: (t.start_ns, t.run_id)))
        self._problems = dict(problems or {})

    @property
    def problems(self) -> Mapping[str, str]:
        """Files that could not be read, each with the reason."""
        return dict(self._problems)

    @property
    def pipelines(self) -> tuple[str, ...]:
        """Names of the pipelines in the set, sorted."""
        return tuple(sorted({trace.pipeline for trace in self._traces}))

    def __len__(self) -> int:
        return len(self._traces)

    def __iter__(self) -> Iterator[Trace]:
        return iter(self._traces)

    @overload
    def __getitem__(self, index: int) -> Trace: ...
    @overload
    def __getitem__(self, index: slice) -> TraceSet: ...
    def __getitem__(self, index: int | slice) -> Trace | TraceSet:
        if isinstance(index, slice):
            return TraceSet(self._traces[index], problems=self._problems)
        return self._traces[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TraceSet) and self._traces == other._traces

    def __hash__(self) -> int:
        return hash(tuple(trace.run_id for trace in self._traces))

    def __add__(self, other: Iterable[Trace]) -> TraceSet:
        problems = {**self._problems, **getattr(other, "_problems", {})}
        return TraceSet([*self._traces, *other], problems=problems)

    def __repr__(self) -> str:
        if not self._traces:
            return "<TraceSet: no runs>"
        first, last = self._traces[0].start, self._traces[-1].start
        runs = "1 run" if len(self) == 1 else f"{len(self)} runs"
        return (
            f"<TraceSet: {runs} of {', '.join(self.pipelines)}, "
            f"{first:%Y-%m-%d} to {last:%Y-%m-%d}>"
        )

    def get(self, run_id: str) -> Trace | None:
        """Return the run of that id, or of the only id that begins so; None without one."""
        found = [t for t in self._traces if t.run_id == run_id]
        found = found or [t for t in self._traces if run_id and t.run_id.startswith(run_id)]
        return found[0] if len(found) == 1 else None

    def filter(
        self,
        predicate: Callable[[Trace], bool] | None = None,
        *,
        tags: Mapping[str, str] | None = None,
    ) -> TraceSet:
        """Return the runs for which `predicate` holds and which bear all of `tags`."""
        if not isinstance(tags, Mapping | None):
            raise ValueError(
                "The 'tags' parameter of TraceSet.filter must be a mapping of str to str or None. "
                f"Got {tags!r} instead."
            )
        kept = (
            trace
            for trace in self._traces
            if (predicate is None or predicate(trace))
            and all(trace.tags.get(k) == v for k, v in (tags or {}).items())
        )
        return TraceSet(kept, problems=self._problems)

    def upstream(self, name: str) -> ColumnHistory:
        """Return everything that a column, model or metric ever depended on.

        Parameters
        ----------
        name : str
            As in `Trace.upstream`, or the path, name or digest of a file; all that bear the
            name count. Runs without any are passed over.

        Returns
        -------
        ColumnHistory
            Columns and models upstream, each with the runs in which it was.

        Raises
        ------
        UnknownColumnError
            If no run has such a column.
        """
        return self._ask(name, upstream=True)

    def downstream(self, name: str) -> ColumnHistory:
        """Return everything that ever depended on a column or file.

        Parameters
        ----------
        name : str
            As in `Trace.downstream`, or the path, name or digest of a file; all that bear the
            name count. Runs without any are passed over.

        Returns
        -------
        ColumnHistory
            Columns, models, metrics and files downstream, each with the runs in which it was.

        Raises
        ------
        UnknownColumnError
            If no run has such a column.
        """
        return self._ask(name, upstream=False)

    def _ask(self, name: str, *, upstream: bool) -> ColumnHistory:
        from lineage_stats.trace._lineage._ask import ask_all  # not for those that only read runs

        return ask_all(self._traces, name, upstream=upstream, ask=lambda trace: trace._questions)

    def summary(self) -> str:
        """Return the set as text, one line per run, then the files that could not be read."""
        return traceset_summary(self)

    def _repr_html_(self) -> str:
        return traceset_html(self)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per run, indexed by run id: sizes, status, tags and metrics."""
        import pandas as pd

        rows = [
            {
                "run_id": t.run_id,
                "pipeline": t.pipeline,
                "start": t.start,
                "duration": t.duration,
                "status": t.status,
                "complete": t.complete,
                "n_operations": len(t),
                **{f"tag:{k}": v for k, v in t.tags.items()},
                **t.metrics,
            }
            for t in self._traces
        ]
        columns = None if rows else ["run_id", "pipeline", "start", "duration", "status"]
        return pd.DataFrame(rows, columns=columns).set_index("run_id")
