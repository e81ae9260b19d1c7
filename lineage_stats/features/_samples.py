"""Looking at data now and measuring it later, many pieces at once.

The program may change its data as soon as a recorded call has returned, and waits until then. A
*sample* is a copy of at most some thousand rows, taken in a few microseconds. Measuring it takes
ten times as long, and for a hundred samples together hardly longer than for one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from lineage_stats.features._columns import Columns, own_array, sample_columns
from lineage_stats.features._pandas_access import (
    FrameLayout,
    block_values,
    positions_of,
)
from lineage_stats.features._profile import profile_columns
from lineage_stats.features._shape import Outline


class FrameSample(NamedTuple):
    """All rows of a small frame, block by block, and what its columns are called."""

    layout: FrameLayout
    values: list[Any]

    def columns(self) -> Columns:
        """Return the columns, sorted by what can be measured in them."""
        layout = self.layout
        labels = layout.labels()
        columns = Columns.empty(layout.n_rows, None)
        with np.errstate(all="ignore"):
            for (placement, _), values in zip(layout.blocks, self.values, strict=True):
                columns.add([labels[i] for i in positions_of(placement)], values, None)
        return columns


class ArraySample(NamedTuple):
    """The first columns of a small array, all rows of them."""

    values: Any
    max_columns: int

    def columns(self) -> Columns:
        """Return the columns, in the memory layout of those that are sampled at once."""
        columns = sample_columns(self.values, len(self.values), self.max_columns)
        assert columns is not None
        return columns.own()


Sample = FrameSample | ArraySample | Columns

_PLAIN_KINDS = frozenset("fiubmMUS")  # of arrays that hold no objects


def take_sample(
    obj: Any, outline: Outline, sample_rows: int = 1000, max_columns: int = 100
) -> Sample | None:
    """Return a sample that nobody can change, as `profile_data` would look at; None for others.

    Parameters
    ----------
    obj : object
        The data.
    outline : Outline
        What `take_outline` returned of it.
    sample_rows, max_columns : int
        As in `profile_data`.
    """
    kind, _, _, layout = outline
    if kind == "table" and isinstance(layout, FrameLayout) and layout.n_rows <= sample_rows:
        values = _copies(obj) if len(layout) <= max_columns else None
        if values is not None:
            return FrameSample(layout, values)
    if _is_plain(obj) and len(obj) <= sample_rows:
        kept = obj if obj.ndim == 1 else obj[:, :max_columns]
        return ArraySample(kept.copy(), max_columns)
    columns = sample_columns(obj, sample_rows, max_columns)
    return None if columns is None else columns.own()


def _is_plain(obj: Any) -> bool:
    """Return whether an object is an array of values that hold no objects."""
    return type(obj) is np.ndarray and obj.ndim in (1, 2) and obj.dtype.kind in _PLAIN_KINDS


def _copies(frame: Any) -> list[Any] | None:
    """Return the values of a frame's blocks, copied; None where that will not do."""
    copies = []
    for values in block_values(frame):
        if type(values) is np.ndarray and values.dtype.kind != "O":
            copies.append(values.copy())
        else:
            copy = own_array(values)
            if not hasattr(copy, "dtype"):
                return None  # to be counted, or left out, column by column
            copies.append(copy)
    return copies


def size_of(sample: Sample) -> int:
    """Return about how many values a sample holds."""
    if isinstance(sample, Columns):
        return sample.n_rows * sample.n_columns
    if isinstance(sample, ArraySample):
        return int(sample.values.size)
    return sample.layout.n_rows * len(sample.layout)


def profile_samples(samples: Sequence[Sample]) -> list[dict[str, float]]:
    """Return for each sample what `profile_data` returns of the data, to the last bit."""
    return profile_columns(
        [sample if isinstance(sample, Columns) else sample.columns() for sample in samples]
    )
