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
from lineage_stats.features._families import family_of
from lineage_stats.features._pandas_access import (
    FrameLayout,
    frame_axes,
    placed_blocks,
    positions_of,
)
from lineage_stats.features._profile import profile_columns


class FrameSample(NamedTuple):
    """All rows of a small frame, block by block, and what its columns are called."""

    n_rows: int
    layout: FrameLayout
    blocks: list[tuple[Any, Any]]

    def columns(self) -> Columns:
        """Return the columns, sorted by what can be measured in them."""
        labels = self.layout.labels()
        columns = Columns.empty(self.n_rows, None)
        with np.errstate(all="ignore"):
            for placement, values in self.blocks:
                columns.add([labels[i] for i in positions_of(placement)], values, None)
        return columns


Sample = FrameSample | Columns


def take_sample(obj: Any, sample_rows: int = 1000, max_columns: int = 100) -> Sample | None:
    """Return a sample that nobody can change, as `profile_data` would look at; None for others."""
    if family_of(type(obj)) == "frame":
        index, n_rows = frame_axes(obj)
        if n_rows <= sample_rows and len(index) <= max_columns:
            blocks = _copies(obj)
            if blocks is not None:
                return FrameSample(n_rows, FrameLayout(obj), blocks)
    columns = sample_columns(obj, sample_rows, max_columns)
    return None if columns is None else columns.own()


def _copies(frame: Any) -> list[tuple[Any, Any]] | None:
    """Return the blocks of a frame, copied; None if some must be looked at column by column."""
    copies = []
    for placement, values in placed_blocks(frame):
        copy = values.copy() if values.dtype.kind in "fiub" else own_array(values)
        if copy is None or not hasattr(copy, "dtype"):
            return None
        copies.append((placement, copy))
    return copies


def size_of(sample: Sample) -> int:
    """Return about how many values a sample holds."""
    if isinstance(sample, Columns):
        return sample.n_rows * sample.n_columns
    return sample.n_rows * len(sample.layout.index)


def profile_samples(samples: Sequence[Sample]) -> list[dict[str, float]]:
    """Return for each sample what `profile_data` returns of the data, to the last bit."""
    return profile_columns(
        [sample if isinstance(sample, Columns) else sample.columns() for sample in samples]
    )
