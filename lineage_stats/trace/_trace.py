"""The recorded graph of one run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lineage_stats.exceptions import TraceError, UnknownMetricError, UnknownOperationError
from lineage_stats.trace._graph import children_of, reachable
from lineage_stats.trace._inner import InnerStep, inner_steps
from lineage_stats.trace._operation import DataRef, Operation
from lineage_stats.trace._render import trace_html, trace_summary
from lineage_stats.trace._unknown import InputCoverage, input_coverage

if TYPE_CHECKING:
    import pandas as pd

    from lineage_stats.trace._lineage._ask import ColumnQuestions
    from lineage_stats.trace._lineage._result import ColumnLineage, ColumnPaths
    from lineage_stats.trace._traceset import TraceSet

Columns = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Trace:
    """The recorded graph of one run: operations are nodes, data that passed between them edges.

    Attributes
    ----------
    run_id : str
        Unique name of the run.
    pipeline : str
        Name of the pipeline that ran.
    operations : tuple of Operation
        In the order in which they started, which is a topological order.
    start_ns, end_ns : int
        Begin and end of the run, nanoseconds since the epoch; `end_ns` is that of the last
        known operation where the run was cut short.
    status : {"running", "ok", "failed", "killed"}
        How the run ended; it was killed if its process is gone and left no end.
    complete : bool
        False where the process died or something could not be recorded; `problems` says what.
    tags : mapping of str to str
        The user's tags, as ``{"status": "healthy"}``.
    environment : mapping of str to str
        Commit, package versions, host, arguments.
    schemas : mapping of str to tuple of (name, dtype)
        Columns behind each schema digest of a `DataRef`.
    problems : tuple of str
        What could not be recorded.

    Examples
    --------
    >>> from lineage_stats.trace import DataRef, Operation, Trace
    >>> table = DataRef("d1", "table", rows=3)
    >>> read = Operation("load/read_csv#1", "read_csv", "source", outputs=(table,))
    >>> drop = Operation("clean/DataFrame.dropna#1", "DataFrame.dropna", "selection",
    ...                  inputs=(table,))
    >>> trace = Trace("r1", "churn", (read, drop))
    >>> trace.ancestors("clean/DataFrame.dropna#1")
    ('load/read_csv#1',)
    """

    run_id: str
    pipeline: str
    operations: tuple[Operation, ...] = ()
    start_ns: int = 0
    end_ns: int = 0
    status: str = "ok"
    complete: bool = True
    tags: Mapping[str, str] = field(default_factory=dict, hash=False)
    environment: Mapping[str, str] = field(default_factory=dict, hash=False)
    schemas: Mapping[str, Columns] = field(default_factory=dict, hash=False)
    problems: tuple[str, ...] = ()
    # Set by the store that loaded the trace: all its runs of this pipeline.
    history: Callable[[], TraceSet] | None = field(default=None, compare=False, repr=False)

    def __len__(self) -> int:
        return len(self.operations)

    def __iter__(self) -> Iterator[Operation]:
        return iter(self.operations)

    def __repr__(self) -> str:
        names = ", ".join(f"{k}={v:.4g}" for k, v in self.metrics.items())
        return (
            f"<Trace {self.run_id} of '{self.pipeline}': {len(self)} operations, {self.status}"
            f"{'' if self.complete else ', incomplete'}{', ' + names if names else ''}>"
        )

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Keys of all operations, in order."""
        return tuple(op.key for op in self.operations)

    @cached_property
    def _index(self) -> Mapping[str, int]:
        index = {key: i for i, key in enumerate(self.keys)}
        if len(index) != len(self.operations):
            raise TraceError(f"Trace {self.run_id} holds two operations of one key.")
        return index

    @cached_property
    def _producer(self) -> Mapping[str, int]:
        """Which operation made each piece of data."""
        return {ref.id: i for i, op in enumerate(self.operations) for ref in op.outputs}

    @cached_property
    def _parents(self) -> list[tuple[int, ...]]:
        return [
            tuple(
                dict.fromkeys(
                    p
                    for ref in op.inputs
                    if (p := self._producer.get(ref.id)) is not None and p < i
                )
            )
            for i, op in enumerate(self.operations)
        ]

    @cached_property
    def _children(self) -> list[list[int]]:
        return children_of(self._parents)

    def _position(self, key: str) -> int:
        try:
            return self._index[key]
        except KeyError:
            raise UnknownOperationError(
                f"Trace {self.run_id} has no operation '{key}'. "
                f"It has: {', '.join(self.keys) or 'none'}."
            ) from None

    def operation(self, key: str) -> Operation:
        """Return the operation of that key; raises `UnknownOperationError`."""
        return self.operations[self._position(key)]

    def steps(self, key: str) -> tuple[InnerStep, ...]:
        """Return what ran inside an operation, as the steps of a pipeline, in order.

        Parameters
        ----------
        key : str
            Key of the operation.

        Returns
        -------
        tuple of InnerStep
            Empty for an operation that cannot be unfolded. Steps that ran in other processes are
            not seen.

        Raises
        ------
        UnknownOperationError
            If the trace has no such operation.
        """
        return inner_steps(self.operation(key).steps)

    def parents(self, key: str) -> tuple[str, ...]:
        """Return the keys of the operations whose data this one read."""
        return tuple(self.keys[i] for i in self._parents[self._position(key)])

    def children(self, key: str) -> tuple[str, ...]:
        """Return the keys of the operations that read this one's data."""
        return tuple(self.keys[i] for i in self._children[self._position(key)])

    def ancestors(self, key: str) -> tuple[str, ...]:
        """Return the keys of all operations upstream, in order."""
        found = reachable(self._parents, [self._position(key)])
        return tuple(self.keys[i] for i in sorted(found))

    def descendants(self, key: str) -> tuple[str, ...]:
        """Return the keys of all operations downstream, in order."""
        found = reachable(self._children, [self._position(key)])
        return tuple(self.keys[i] for i in sorted(found))

    @cached_property
    def edges(self) -> tuple[tuple[str, str], ...]:
        """All (parent key, child key) pairs."""
        return tuple(
            (self.keys[p], self.keys[i]) for i, above in enumerate(self._parents) for p in above
        )

    @cached_property
    def metrics(self) -> Mapping[str, float]:
        """Value of every metric; a second one of one name is called ``name#2``."""
        return {name: op.features["metric_value"] for name, op in self._metric_operations.items()}

    @cached_property
    def _metric_operations(self) -> Mapping[str, Operation]:
        found: dict[str, Operation] = {}
        seen: dict[str, int] = {}
        for op in self.operations:
            if op.metric is None or op.metric_value is None:
                continue
            seen[op.metric] = seen.get(op.metric, 0) + 1
            n = seen[op.metric]
            found[op.metric if n == 1 else f"{op.metric}#{n}"] = op
        return found

    @cached_property
    def input_coverage(self) -> InputCoverage:
        """How much of what was read is known to come from operations of this run."""
        return input_coverage(self.operations)

    def metric_operation(self, metric: str) -> Operation:
        """Return the operation that computed a metric.

        Parameters
        ----------
        metric : str
            Name of the metric, as in `metrics`.

        Returns
        -------
        Operation
            The operation.

        Raises
        ------
        UnknownMetricError
            If the trace has no such metric; the message names those it has.
        """
        try:
            return self._metric_operations[metric]
        except KeyError:
            have = ", ".join(self._metric_operations) or "none"
            failed = next((op for op in reversed(self.operations) if op.status == "failed"), None)
            where = f" ({failed.location})" if failed is not None and failed.location else ""
            why = f" {failed.key}{where} failed: {failed.error}." if failed is not None else ""
            raise UnknownMetricError(
                f"Trace {self.run_id} has no metric '{metric}'. It has: {have}.{why}"
            ) from None

    def columns(self, ref: DataRef) -> Columns:
        """Return the (name, dtype) pairs of the columns behind a reference, in order."""
        return self.schemas.get(ref.schema or "", ())

    @cached_property
    def _questions(self) -> ColumnQuestions:
        # A process that only records writes traces and asks none.
        from lineage_stats.trace._lineage._ask import ColumnQuestions

        return ColumnQuestions(self)

    def upstream(self, name: str) -> ColumnLineage:
        """Return everything that a column, model or metric depends on.

        Parameters
        ----------
        name : str
            ``operation.column``, with the operation's key, its key without the scope, its name,
            the variable that its result was given to (``model_input.age``) or the identifier of
            the data; a column alone where that is clear; a metric or the key of an operation
            that fitted a model. Of several columns of one name the last one is meant, if it
            comes from all others, or if they are states of one variable of one function. Data
            without a column means all of its columns.

        Returns
        -------
        ColumnLineage
            Columns and models upstream, nearest first, each with its relations.

        Raises
        ------
        UnknownColumnError
            If there is no such column, or several; the message lists them.

        See Also
        --------
        Trace.downstream : What depends on a column.
        Trace.paths : The ways from one to another.

        Notes
        -----
        A relation over several steps is that of values (``identity``, ``derived``,
        ``aggregated``: the strongest on the way) unless a step only had a part in choosing
        rows (``filtered-by``, ``joined-on``, ``grouped-by``, ``ordered-by``): then that of the
        last such step. What is marked opaque is possible, not certain.

        Examples
        --------
        >>> from lineage_stats.trace import DataRef, Operation, Trace
        >>> raw = DataRef("d1", "table", 3, 2, "s")
        >>> kept = DataRef("d2", "table", 2, 2, "s")
        >>> read = Operation("load/read_csv#1", "read_csv", "source", "load", outputs=(raw,))
        >>> drop = Operation("load/DataFrame.dropna#1", "DataFrame.dropna", "selection", "load",
        ...                  inputs=(raw,), outputs=(kept,), lineage='{"as": "one", "x": "d1", '
        ...                  '"cols": "names", "rows": 1, "by": ["b"]}')
        >>> trace = Trace("r1", "churn", (read, drop), schemas={"s": (("a", ""), ("b", ""))})
        >>> print(trace.upstream("DataFrame.dropna.a"))
        load/DataFrame.dropna#1.a depends on 2 columns:
          load/read_csv#1.a  identity
          load/read_csv#1.b  filtered-by
        """
        return self._questions.upstream(name)

    def downstream(self, name: str) -> ColumnLineage:
        """Return everything that depends on a column.

        Parameters
        ----------
        name : str
            As in `upstream`; of several columns of one name the first one is meant, if all
            others come from it, or if they are states of one variable of one function.

        Returns
        -------
        ColumnLineage
            Columns, models, metrics and files downstream, nearest first, each with its relations.

        Raises
        ------
        UnknownColumnError
            If there is no such column, or several; the message lists them.
        """
        return self._questions.downstream(name)

    def paths(self, start: str, end: str, *, max_paths: int = 100) -> ColumnPaths:
        """Return the ways from one column to another.

        Parameters
        ----------
        start, end : str
            Two columns, as in `downstream` and `upstream`.
        max_paths : int, default=100
            Most ways to return.

        Returns
        -------
        ColumnPaths
            The ways, shortest first; none if `end` does not depend on `start`.

        Raises
        ------
        UnknownColumnError
            If there is no such column, or several; the message lists them.
        """
        return self._questions.paths(start, end, max_paths)

    @property
    def start(self) -> dt.datetime:
        """Begin of the run, in UTC."""
        return dt.datetime.fromtimestamp(self.start_ns / 1e9, dt.UTC)

    @property
    def duration(self) -> float:
        """Wall time of the run in seconds."""
        return max(self.end_ns - self.start_ns, 0) / 1e9

    def to_dict(self) -> dict[str, Any]:
        """Return the trace as plain data that JSON can hold."""
        return {
            "run_id": self.run_id,
            "pipeline": self.pipeline,
            "start_ns": self.start_ns,
            "end_ns": self.end_ns,
            "status": self.status,
            "complete": self.complete,
            "tags": dict(self.tags),
            "environment": dict(self.environment),
            "problems": list(self.problems),
            "metrics": dict(self.metrics),
            "schemas": {k: [list(c) for c in v] for k, v in self.schemas.items()},
            "operations": [op.to_dict() for op in self.operations],
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Trace:
        """Make a trace from what `to_dict` returned."""
        return cls(
            run_id=record["run_id"],
            pipeline=record["pipeline"],
            operations=tuple(Operation.from_dict(r) for r in record.get("operations", ())),
            start_ns=record.get("start_ns", 0),
            end_ns=record.get("end_ns", 0),
            status=record.get("status", "ok"),
            complete=record.get("complete", True),
            tags=dict(record.get("tags") or {}),
            environment=dict(record.get("environment") or {}),
            schemas={
                k: tuple((str(n), str(d)) for n, d in v)
                for k, v in (record.get("schemas") or {}).items()
            },
            problems=tuple(record.get("problems") or ()),
        )

    def draw(self, form: str = "tree") -> str:
        """Return the graph of the run as text.

        Parameters
        ----------
        form : {"tree", "mermaid", "dot"}, default="tree"
            A tree for a terminal, each operation below the latest of those it read from; a
            flowchart for Mermaid; or a graph in Graphviz's language.

        Returns
        -------
        str
            The drawing.

        Raises
        ------
        ValueError
            If there is no such form.
        """
        from lineage_stats.trace._draw import draw_trace

        return draw_trace(self, form)

    def summary(self) -> str:
        """Return the run as text: status, metrics and tags, then one line per operation."""
        return trace_summary(self)

    def _repr_html_(self) -> str:
        return trace_html(self)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per operation, indexed by key.

        Returns
        -------
        DataFrame
            Columns kind, status, rows_in, rows_out, n_columns, duration (seconds), metric,
            value, location.
        """
        import pandas as pd

        rows = [
            {
                "operation": op.key,
                "kind": op.kind,
                "status": op.status,
                "rows_in": op.inputs[0].rows if op.inputs else None,
                "rows_out": op.outputs[0].rows if op.outputs else None,
                "n_columns": op.outputs[0].n_columns if op.outputs else None,
                "duration": op.duration_ns / 1e9,
                "metric": op.metric,
                "value": op.metric_value,
                "location": op.location,
            }
            for op in self.operations
        ]
        columns = [
            "operation", "kind", "status", "rows_in", "rows_out", "n_columns", "duration",
            "metric", "value", "location",
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=columns).set_index("operation")
