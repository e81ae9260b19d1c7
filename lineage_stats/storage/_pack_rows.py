"""Runs of a pack while they are columns: those of a known outline never become objects."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice, pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from lineage_stats.exceptions import TraceError
from lineage_stats.storage._parquet import SCHEMA, operations_in, plain_values
from lineage_stats.trace import Operation, Trace
from lineage_stats.trace._outline import Slot

IntArray = npt.NDArray[np.int64]
Signature = tuple[bytes, ...]

RUN: Final = "run"
# What measuring and aligning a run looks at. Beside calls, what differs from run to run.
_COLUMNS: Final = (
    "key", "name", "scope", "inputs", "outputs", "features", "facts", "status", "duration_ns",
)  # fmt: skip
_SLOTS: Final = (
    "features.value", "facts.value", "inputs.rows", "inputs.n_columns", "outputs.rows",
    "outputs.n_columns", "outputs.schema", "duration_ns",
)  # fmt: skip
_NULLABLE: Final = _SLOTS[2:7]
_TEXTS: Final = (
    "key", "name", "scope", "status", "inputs.id", "outputs.id", "features.key", "facts.key",
)  # fmt: skip
_LISTS: Final = ("inputs", "outputs", "features", "facts")
_CALL: Final = "call"  # by which steps are aligned
_RUNS_IN_TURN: Final = 64


class PackRows:
    """Operations of some runs, as rows of Arrow.

    Parameters
    ----------
    rows : RecordBatch
        The rows, those of the first run first.
    """

    def __init__(self, rows: pa.RecordBatch) -> None:
        self._rows = rows
        self._bounds = np.append(_present(rows.column(RUN)).nonzero()[0], len(rows))
        self._ahead: Iterator[tuple[Operation, ...]] = iter(())
        self._expected = -1
        self._offsets: dict[str, IntArray] = {}
        self._leaves: dict[str, pa.Array] = {}
        self._values: dict[str, tuple[npt.NDArray[Any], list[str] | None]] = {}

    def heads(self) -> list[str]:
        """Return for each run what is said of it beside its operations."""
        texts: list[str] = self._rows.column(RUN).drop_null().to_pylist()
        return texts

    def operations(self, number: int) -> tuple[Operation, ...]:
        """Return the operations of a run; where all are asked for in turn, many at once."""
        found = next(self._ahead, None) if number == self._expected else None
        if found is None:
            n_runs = _RUNS_IN_TURN if number == self._expected else 1
            self._ahead = self._operations(self._bounds[number : number + n_runs + 1].tolist())
            found = next(self._ahead)
        self._expected = number + 1
        return found

    def _operations(self, bounds: Sequence[int]) -> Iterator[tuple[Operation, ...]]:
        found = operations_in(self._rows.slice(bounds[0], bounds[-1] - bounds[0]))
        for begin, end in pairwise(bounds):
            yield tuple(islice(found, end - begin))

    def outline(self, number: int) -> Trace | None:
        """Return the outline of a run; None if there can be none."""
        rows = self._of_run(number).select(_COLUMNS)
        texts: list[str] = []

        def read(column: str, array: pa.Array) -> list[Any]:
            if column not in _SLOTS:
                return plain_values(column, array)
            if column == "facts.value":
                texts.extend(array.to_pylist())
            present = _present(array).tolist()
            return [Slot(column, i) if here else None for i, here in enumerate(present)]

        numbers = self.values("features.value")[0][self.first("features.value")[number] :]
        operations = tuple(
            _with_call(_with_odd_metric(op, numbers), texts) for op in operations_in(rows, read)
        )
        found = Trace("", "", operations)
        try:
            found.edges  # noqa: B018 - whether no key occurs twice
            found.operation(found.keys[0])
        except TraceError:
            return None
        return found

    def _of_run(self, number: int) -> pa.RecordBatch:
        begin, end = self._bounds[number : number + 2].tolist()
        return self._rows.slice(begin, end - begin)

    # -- what runs have in common -----------------------------------------------------------------

    @cached_property
    def signatures(self) -> list[Signature] | None:
        """Of each run, all that is not in slots; None if the columns are not as usual."""
        if not self._is_usual:
            return None
        parts = [_lengths(self._ends(name), self._bounds) for name in _LISTS]
        for name in _TEXTS:
            parts += _texts(self._leaf(name), self._bounds_of(name))
        for name in _NULLABLE:
            parts.append(_pieces(_present(self._leaf(name)).tobytes(), self._bounds_of(name)))
        calls = pc.equal(self._leaf("facts.key"), _CALL)
        at = np.flatnonzero(_bits(calls.buffers()[1], calls))
        bounds = np.searchsorted(at, self._bounds_of("facts.key"))
        parts += _texts(self._leaf("facts.value").filter(calls), bounds)
        metrics = pc.equal(self._leaf("features.key"), "metric_value")
        at = np.flatnonzero(_bits(metrics.buffers()[1], metrics))
        # A metric that is no number is told by the status.
        odd = _odd_metrics(self.values("features.value")[0][at])
        parts.append(_pieces(odd, np.searchsorted(at, self._bounds_of("features.key"))))
        return list(zip(*parts, strict=True))

    @property
    def _is_usual(self) -> bool:
        rows = self._rows
        if any(name not in rows.schema.names for name in _COLUMNS):
            return False
        if any(rows.column(name).type != SCHEMA.field(name).type for name in _COLUMNS):
            return False
        columns = [rows.column(name) for name in _COLUMNS]
        whole = [name for name in (*_TEXTS, *_SLOTS) if name not in _NULLABLE]
        columns += [self._leaf(name) for name in whole]
        columns += [rows.column(name).values for name in ("inputs", "outputs")]
        return not any(array.null_count for array in columns)

    def _leaf(self, name: str) -> pa.Array:
        if name not in self._leaves:
            column, _, field = name.partition(".")
            array = self._rows.column(column)
            if field in ("key", "value"):
                array = array.keys if field == "key" else array.items
            elif field:
                array = array.values.field(field)
            self._leaves[name] = array
        return self._leaves[name]

    def _ends(self, column: str) -> IntArray:
        """Return where each row's part of the list begins, and where the last one ends."""
        if column not in self._offsets:
            self._offsets[column] = _offsets(self._rows.column(column))
        return self._offsets[column]

    def _bounds_of(self, leaf: str) -> IntArray:
        """Return where each run's part of a leaf begins, and where the last one ends."""
        column, _, field = leaf.partition(".")
        return self._ends(column)[self._bounds] if field else self._bounds

    # -- what they have not -----------------------------------------------------------------------

    def first(self, column: str) -> IntArray:
        """Return for each run where its part of a column begins."""
        return self._bounds_of(column)[:-1]

    def values(self, column: str) -> tuple[npt.NDArray[Any], list[str] | None]:
        """Return numbers and None; or the texts that occur, and for each place which it is."""
        if column not in self._values:
            leaf, texts = self._leaf(column), None
            if pa.types.is_string(leaf.type):
                coded = leaf.dictionary_encode()
                leaf, texts = coded.indices, coded.dictionary.to_pylist()
            self._values[column] = _numbers(leaf), texts
        return self._values[column]


@dataclass(frozen=True, slots=True)
class PackedRun:
    """A run of a known outline; as of `OutlinedRun`."""

    head: Trace
    outline: Trace
    columns: PackRows
    number: int

    def trace(self) -> Trace:
        """Make the run."""
        return replace(self.head, operations=self.columns.operations(self.number))


def rows_of_whole_runs(batches: Iterable[pa.RecordBatch]) -> Iterator[PackRows]:
    """Yield the rows of batches so that each run is in one piece; few of them are copied."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        begins = _present(batch.column(RUN)).nonzero()[0].tolist()
        if begins:
            yield from _together([*waiting, batch.slice(0, begins[0])])
            yield from _together([batch.slice(begins[0], begins[-1] - begins[0])])
            waiting = [batch.slice(begins[-1])]
        else:
            waiting.append(batch)
    yield from _together(waiting)


def _together(batches: Sequence[pa.RecordBatch]) -> Iterator[PackRows]:
    found = [batch for batch in batches if len(batch)]
    if len(found) > 1:
        found = pa.Table.from_batches(found).combine_chunks().to_batches()
    if found:
        yield PackRows(found[0])


def _with_call(op: Operation, texts: Sequence[str]) -> Operation:
    slot: Any = op.facts.get(_CALL)
    return op if slot is None else replace(op, facts={**op.facts, _CALL: texts[slot.position]})


def _with_odd_metric(op: Operation, numbers: npt.NDArray[np.float64]) -> Operation:
    slot: Any = op.features.get("metric_value")
    value = math.nan if slot is None else float(numbers[slot.position])
    if slot is None or math.isfinite(value):
        return op
    return replace(op, features={**op.features, "metric_value": value})


def _odd_metrics(values: npt.NDArray[np.float64]) -> bytes:
    """Return a byte for each value, which tells those apart that are no finite number."""
    return (
        np.where(np.isfinite(values), 0, np.where(values > 0, 1, np.where(values < 0, 2, 3)))
        .astype(np.uint8)
        .tobytes()
    )


# -- buffers of Arrow: Array.to_numpy would import pandas -----------------------------------------


def _offsets(array: pa.Array) -> IntArray:
    if not len(array):
        return np.zeros(1, dtype=np.int64)
    found = np.frombuffer(array.buffers()[1], dtype=np.int32)
    return found[array.offset : array.offset + len(array) + 1].astype(np.int64)


def _numbers(array: pa.Array) -> npt.NDArray[Any]:
    kind = {pa.float64(): np.float64, pa.int64(): np.int64}.get(array.type, np.int32)
    if not len(array):
        return np.empty(0, dtype=kind)
    return np.frombuffer(array.buffers()[1], kind)[array.offset : array.offset + len(array)]


def _bits(buffer: pa.Buffer, array: pa.Array) -> npt.NDArray[np.uint8]:
    bits = np.unpackbits(np.frombuffer(buffer, dtype=np.uint8), bitorder="little")
    return bits[array.offset : array.offset + len(array)]


def _present(array: pa.Array) -> npt.NDArray[np.uint8]:
    if not (len(array) and array.null_count):
        return np.ones(len(array), dtype=np.uint8)
    return _bits(array.buffers()[0], array)


def _pieces(data: bytes, bounds: IntArray) -> list[bytes]:
    return [data[i:j] for i, j in pairwise(bounds.tolist())]


def _lengths(ends: IntArray, bounds: IntArray) -> list[bytes]:
    """Return for each run the lengths of what ends there."""
    return _pieces(np.diff(ends).astype("<i4").tobytes(), 4 * bounds)


def _texts(array: pa.Array, bounds: IntArray) -> list[list[bytes]]:
    """Return for each run the lengths of texts, and the texts."""
    ends = _offsets(array)
    data = array.buffers()[2] if len(array) else None
    whole = b"" if data is None else data.to_pybytes()
    return [_lengths(ends, bounds), _pieces(whole, ends[bounds])]
