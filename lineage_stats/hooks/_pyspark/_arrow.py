"""Tables of Arrow between Spark and pandas.

Methods of `pyarrow.Table` are compiled, and no library can watch them. What they call is not:
PyArrow's functions that make frames of pandas from a table, and the columns of a table from them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from weakref import WeakValueDictionary, ref

from lineage_stats.features import DataShape, register_data_type

MOST_FRAMES = 16
_MOST_COLUMNS = 1000

# Rows and names of the columns of a table, and addresses of the memory that holds them.
_Memory = tuple[int, tuple[str, ...], tuple[int, ...]]


def _shape(table: Any) -> DataShape:
    columns = None
    if table.num_columns <= _MOST_COLUMNS:
        columns = tuple((field.name, str(field.type)) for field in table.schema)
    return DataShape("table", table.num_rows, table.num_columns, columns)


register_data_type("pyarrow", "Table", _shape)


class ArrowBook:
    """Knows tables that Spark made, and from which frames tables of Arrow were made.

    Neither is kept alive.
    """

    def __init__(self) -> None:
        self._made: WeakValueDictionary[int, Any] = WeakValueDictionary()
        self._frames: OrderedDict[_Memory, ref[Any]] = OrderedDict()

    def note_made(self, table: Any) -> None:
        """Remember a table that Spark made."""
        self._made[id(table)] = table

    def is_made(self, table: Any) -> bool:
        """Return whether Spark made a table."""
        return self._made.get(id(table)) is table

    def note_frame(self, frame: Any, arrays: Any, names: Sequence[str]) -> None:
        """Remember of which frame the columns of a table are made."""
        memory = _memory(names, arrays)
        if memory is None:
            return
        self._frames.pop(memory, None)
        self._frames[memory] = ref(frame)
        while len(self._frames) > MOST_FRAMES:
            self._frames.popitem(last=False)

    def source_of(self, table: Any) -> Any:
        """Return what is known to be in a table: itself, or a frame of pandas; else None.

        The table has the frame's columns if these lie where those of the frame were put.
        """
        if self.is_made(table):
            return table
        with suppress(Exception):  # a column of a sort that has no memory of its own
            if all(column.num_chunks == 1 for column in table.columns):
                arrays = [column.chunk(0) for column in table.columns]
                memory = _memory(table.column_names, arrays)
                frame = None if memory is None else self._frames.get(memory)
                return None if frame is None else frame()
        return None


def _memory(names: Sequence[str], arrays: Sequence[Any]) -> _Memory | None:
    """Return what tells a table from others; None of one without rows, which has no memory."""
    if not arrays or len(names) != len(arrays) or len(arrays) > _MOST_COLUMNS or not len(arrays[0]):
        return None
    buffers = (buffer for array in arrays for buffer in array.buffers())
    addresses = tuple(buffer.address for buffer in buffers if buffer is not None)
    return len(arrays[0]), tuple(names), addresses


def is_arrow(obj: Any) -> bool:
    """Return whether an object is a table of Arrow."""
    cls = type(obj)
    return cls.__name__ == "Table" and cls.__module__.partition(".")[0] == "pyarrow"


ARROW = ArrowBook()
