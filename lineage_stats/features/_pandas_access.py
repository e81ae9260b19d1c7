"""The few places where pandas' inside is touched, each with a public way beside it.

A frame keeps its columns in blocks of equal dtype. Reading the blocks costs a tenth of what the
public accessors do, which build a Series for every column.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from lineage_stats._digest import text_digest
from lineage_stats._interrupts import pass_on
from lineage_stats.features._cache import BoundedCache
from lineage_stats.features._quiet import Untouched, dtype_of

_LONGEST_LABEL = 120
_SMALL = 1000  # bytes that are copied without a thought

_labels: BoundedCache[Any, tuple[str, ...]] = BoundedCache(50_000)
_dtype_names: BoundedCache[int, tuple[Any, str]] = BoundedCache(512)


def frame_axes(frame: Any) -> tuple[Any, int]:
    """Return the column index and the number of rows, past whatever a subclass overrides."""
    try:
        columns, index = frame._mgr.axes
    except (AttributeError, ValueError):
        columns, index = frame.columns, frame.index
    return columns, len(index)


def block_values(frame: Any) -> list[Any]:
    """Return the values of each block of a `FrameLayout`.

    They are an array of shape (n_positions, n_rows), or of shape (n_rows,) for one position.
    """
    try:
        return [block.values for block in frame._mgr.blocks]
    except AttributeError:
        return [series_values(frame.iloc[:, i]) for i in range(frame.shape[1])]


def frame_blocks(frame: Any) -> list[tuple[list[int], Any]]:
    """Return pairs of column positions and values, as `block_values`."""
    placements = [placement for placement, _ in FrameLayout(frame).blocks]
    return list(zip(map(positions_of, placements), block_values(frame), strict=True))


class FrameLayout:
    """What a frame's columns are called and of which dtype they are, not yet worked out.

    It takes a microsecond, and holds neither blocks nor values, whose users pandas counts.

    Attributes
    ----------
    index : Index
        Names of the columns; it does not change.
    blocks : list of (placement, dtype)
        Which columns are of which dtype. Placements are pandas' own and never change; those of a
        frame without blocks are lists of positions.
    n_rows : int
        Number of rows.
    """

    __slots__ = ("blocks", "index", "n_rows")

    def __init__(self, frame: Any) -> None:
        try:
            manager = frame._mgr
            self.index, rows = manager.axes
            blocks = [(b._mgr_locs, dtype_of(b.values)) for b in manager.blocks]
        except (AttributeError, ValueError):
            self.index, rows = frame.columns, frame.index
            blocks = [([i], dtype) for i, dtype in enumerate(frame.dtypes)]
        self.blocks = blocks
        self.n_rows = len(rows)

    def __len__(self) -> int:
        return len(self.index)

    def labels(self) -> tuple[str, ...]:
        """Return one text per column."""
        return column_labels(self.index)

    def dtypes(self) -> tuple[str, ...]:
        """Return the name of each column's dtype."""
        names = [""] * len(self.index)
        for placement, dtype in self.blocks:
            name = dtype_name(dtype)
            for position in positions_of(placement):
                names[position] = name
        return tuple(names)


def positions_of(placement: Any) -> list[int]:
    """Return the positions of a block's columns."""
    positions: list[int] = placement if type(placement) is list else placement.as_array.tolist()
    return positions


def series_values(series: Any) -> Any:
    """Return the NumPy or extension array behind a Series or an Index, uncopied."""
    try:
        return series._mgr.blocks[0].values
    except AttributeError:  # an Index, which has no blocks
        array = series.array
    # to_numpy() would look for missing values in the whole of the column.
    is_extension = hasattr(series_dtype(series), "construct_array_type")
    return array if is_extension else array.__array__()


def series_dtype(series: Any) -> Any:
    """Return the dtype of a Series or an Index."""
    try:
        return dtype_of(series._mgr.blocks[0].values)
    except AttributeError:  # an Index, or a Series of others' making
        return dtype_of(_behind(series))


def _behind(index: Any) -> Any:
    """Return the array that an Index holds; itself where it holds none."""
    return getattr(index, "__dict__", {}).get("_data", index)


def arrow_content(array: Any, most: int) -> tuple[Any, int] | None:
    """Return what an array holds as one thing to look up, and how many bytes that takes.

    Parameters
    ----------
    array : array
        NumPy or extension array.
    most : int
        Bytes of the largest array of interest.

    Returns
    -------
    tuple of (object, int) or None
        None for an array that Arrow does not hold or that is larger, for one that is a small part
        of what lies in memory, and for codes, whose words lie elsewhere.
    """
    chunks = getattr(getattr(array, "_pa_array", None), "chunks", None)
    if chunks is None or any(hasattr(chunk, "dictionary") for chunk in chunks):
        return None
    buffers = [chunk.buffers() for chunk in chunks]
    size = sum(buffer.size for some in buffers for buffer in some if buffer is not None)
    if size > min(most, 2 * array.nbytes + _SMALL):
        return None
    content = [
        (
            chunk.type,
            chunk.offset,
            len(chunk),
            *[None if b is None else b.to_pybytes() for b in some],
        )
        for chunk, some in zip(chunks, buffers, strict=True)
    ]
    return tuple(content), size


def dtype_name(dtype: Any) -> str:
    """Return a dtype's name; those of NumPy are remembered, as asking takes microseconds."""
    known = _dtype_names.get(id(dtype))
    if known is not None and known[0] is dtype:
        return known[1]
    if hasattr(dtype, "construct_array_type"):  # one of pandas', which may hold much data
        return str(dtype)
    return _dtype_names.keep(id(dtype), (dtype, str(dtype)))[1]


def column_labels(columns: Any) -> tuple[str, ...]:
    """Return one text per column, unique within the frame.

    They are remembered by pandas' own identity of an index, which views share and which every
    change of the values renews.
    """
    identity = getattr(columns, "_id", None)
    if type(identity) is not object:
        return _labels_of(columns)
    labels = _labels.get(identity)
    if labels is None:
        labels = _labels_of(columns)
        _labels.keep(identity, labels, 1 + len(labels))
    return labels


def _labels_of(columns: Any) -> tuple[str, ...]:
    with left_alone(columns):
        return _unique_labels(columns.tolist())


@contextmanager
def left_alone(values: Any) -> Iterator[None]:
    """Let an array, a Series or an Index be read, and be afterwards as it was."""
    with ExitStack() as stack:
        for part in getattr(values, "_levels", None) or (values,):
            array = _behind(part)
            stack.enter_context(Untouched(array))
            stack.enter_context(Untouched(dtype_of(array)))
        yield


def label(name: Any) -> str:
    """Return a column's name as text, the levels of a tuple joined by dots, of bounded length."""
    if type(name) is str:
        text = name
    elif isinstance(name, tuple):
        text = ".".join(map(label, name))
    else:
        try:
            text = str(name)
        except Exception as error:  # noqa: BLE001  a name may be any object of the user's
            pass_on(error)
            text = type(name).__name__
    if len(text) <= _LONGEST_LABEL:
        return text
    digest = text_digest(text, 4)
    return f"{text[:_LONGEST_LABEL]}~{digest}"


def _unique_labels(names: list[Any]) -> tuple[str, ...]:
    labels = tuple(map(label, names))
    if len(set(labels)) == len(labels):
        return labels
    seen = dict.fromkeys(labels, 0)
    taken = set(labels)
    unique = []
    for text in labels:
        seen[text] += 1
        candidate = text
        while seen[text] > 1 and candidate in taken:
            candidate = f"{text}#{seen[text]}"
            seen[text] += candidate in taken
        taken.add(candidate)
        unique.append(candidate)
    return tuple(unique)
