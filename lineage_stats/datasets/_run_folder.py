"""Reads large tables of simulated runs, block by block."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cached_property
from importlib.resources import files
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lineage_stats.features import Cell, RunMatrix

if TYPE_CHECKING:
    import pandas as pd

MANIFEST = "manifest.json"
CELLS = "cells.parquet"
RUN, FAULT = "run", "fault_cell"
FORMAT = 1


class RunBlock(NamedTuple):
    """Some runs of a `RunFolder`.

    Attributes
    ----------
    matrix : RunMatrix
        The runs.
    fault_cells : ndarray of int of shape (n_runs,)
        For each run the number of the cell at fault, in `RunFolder.cells`; -1 for a healthy run.
    """

    matrix: RunMatrix
    fault_cells: npt.NDArray[np.int64]


class RunFolder:
    """A folder of simulated runs as Parquet, from `write_runs`.

    Parameters
    ----------
    folder : str or Path
        The folder.

    Attributes
    ----------
    folder : Path
        The folder.
    n_runs : int
        Number of runs.
    n_cells : int
        Number of cells of each run.
    cells : tuple of Cell
        What the cells are.
    DESCR : str
        How the runs were drawn.

    Raises
    ------
    FileNotFoundError
        If there is no such folder of runs.

    See Also
    --------
    write_runs : Make one.

    Examples
    --------
    >>> from lineage_stats.datasets import RunFolder, write_runs
    >>> folder = write_runs("runs", 3000, n_cells=50, fault_share=0.01)
    >>> folder
    <RunFolder runs: 3,000 runs of 50 cells>
    >>> [len(block.fault_cells) for block in RunFolder("runs").blocks()]
    [1024, 1024, 952]
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        path = self.folder / MANIFEST
        if not path.is_file():
            raise FileNotFoundError(
                f"{self.folder} is no folder of simulated runs, or one that was not finished: it "
                f"has no {MANIFEST}. Make one with lineage_stats.datasets.write_runs."
            )
        self.manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        self.n_runs = int(self.manifest["n_runs"])
        self.n_cells = int(self.manifest["n_cells"])

    def __len__(self) -> int:
        return self.n_runs

    def __repr__(self) -> str:
        return f"<RunFolder {self.folder}: {self.n_runs:,} runs of {self.n_cells:,} cells>"

    @property
    def DESCR(self) -> str:  # noqa: N802  # the name that scikit-learn's datasets have
        """How the runs were drawn."""
        path = files("lineage_stats.datasets") / "descr" / "write_runs.md"
        return path.read_text(encoding="utf-8")

    @cached_property
    def laws(self) -> pd.DataFrame:
        """One row per cell: ``operation``, ``feature``, ``law`` and its parameters."""
        import pandas as pd

        return pd.read_parquet(self.folder / CELLS)

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """What the cells are."""
        pairs = zip(self.laws["operation"], self.laws["feature"], strict=True)
        return tuple(Cell(operation, feature) for operation, feature in pairs)

    def blocks(self, *, cells: Iterable[Cell] | None = None) -> Iterator[RunBlock]:
        """Read the runs in order, some at a time.

        Parameters
        ----------
        cells : iterable of Cell, default=None
            Cells wanted; only these are read. None: all.

        Yields
        ------
        RunBlock
            At most 1,024 runs.
        """
        yield from self._read(0, self.n_runs, cells)

    def read(
        self, start: int = 0, stop: int | None = None, *, cells: Iterable[Cell] | None = None
    ) -> RunBlock:
        """Read some runs at once.

        Parameters
        ----------
        start : int, default=0
            Number of the first run.
        stop : int, default=None
            Number of the first run that is not wanted any more; None: all that follow.
        cells : iterable of Cell, default=None
            Cells wanted; None: all.

        Returns
        -------
        RunBlock
            The runs.

        Raises
        ------
        ValueError
            If there are no such runs.
        """
        end = self.n_runs if stop is None else min(stop, self.n_runs)
        if not 0 <= start < end:
            raise ValueError(
                f"{self!r} has no runs from {start} to {stop}: give numbers from 0 to "
                f"{self.n_runs}."
            )
        matrices, faults = zip(*self._read(start, end, cells), strict=True)
        values = np.concatenate([*map(attrgetter("values"), matrices)])
        run_ids = tuple(chain.from_iterable(matrix.run_ids for matrix in matrices))
        return RunBlock(RunMatrix(values, matrices[0].cells, run_ids), np.concatenate(faults))

    def _read(self, start: int, stop: int, cells: Iterable[Cell] | None) -> Iterator[RunBlock]:
        import pyarrow.parquet as pq

        wanted = self.cells if cells is None else tuple(Cell(*cell) for cell in cells)
        names = [column_name(cell) for cell in wanted]
        size, first = int(self.manifest["block"]), 0
        for name, n_runs in self.manifest["files"].items():
            if first < stop and first + n_runs > start:
                with pq.ParquetFile(self.folder / name, pre_buffer=False) as file:
                    for group in range(file.num_row_groups):
                        low = first + group * size
                        if low < stop and low + size > start:
                            table = file.read_row_group(group, columns=[RUN, FAULT, *names])
                            kept = table.slice(max(start - low, 0), stop - max(start, low))
                            yield self._block(kept, wanted, names)
            first += n_runs

    def _block(self, table: Any, wanted: tuple[Cell, ...], names: list[str]) -> RunBlock:
        values = np.empty((table.num_rows, len(names)))
        for j, name in enumerate(names):
            values[:, j] = table[name].to_numpy()
        runs = (run_id(self.manifest["random_state"], i) for i in table[RUN].to_pylist())
        faults = table[FAULT].to_numpy().astype(np.int64)
        return RunBlock(RunMatrix(values, wanted, tuple(runs)), faults)


def column_name(cell: Cell) -> str:
    """Return the name of a cell's column in the files."""
    return f"{cell.operation}::{cell.feature}"


def run_id(seed: int, i: int) -> str:
    """Return the name of a run."""
    return f"run-{seed}-{i:07d}"
