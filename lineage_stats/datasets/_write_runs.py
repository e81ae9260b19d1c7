"""Writes simulated runs by the million."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lineage_stats.datasets._make_runs import seed_of, wrong_parameter
from lineage_stats.datasets._run_folder import (
    CELLS,
    FAULT,
    FORMAT,
    MANIFEST,
    RUN,
    RunFolder,
    column_name,
)
from lineage_stats.datasets._run_laws import RunLaws

BLOCK = 1024  # runs of one stream of random numbers, and of one row group
BLOCKS_PER_FILE = 64


def write_runs(
    folder: str | Path,
    n_runs: int = 100_000,
    *,
    n_cells: int = 1000,
    fault_share: float = 0.0,
    severity: float = 6.0,
    random_state: int | np.random.Generator = 0,
) -> RunFolder:
    """Write simulated runs as a table of runs x cells, with a known distribution of every cell.

    For studies of speed and calibration at sizes for which traces are too large. The runs go to
    Parquet files block by block, so that memory does not grow with their number.

    Parameters
    ----------
    folder : str or Path
        Where to; it is made, and must not hold anything.
    n_runs : int, default=100_000
        Number of runs.
    n_cells : int, default=1000
        Cells of each run, at least 2; about twenty of them per operation, the last the metric.
    fault_share : float, default=0.0
        Probability in [0, 1] that a run is faulty, in one cell.
    severity : float, default=6.0
        By how many standard deviations of its law the cell at fault is shifted, not negative.
    random_state : int or numpy.random.Generator, default=0
        Seed, not negative, or a generator to draw one from.

    Returns
    -------
    RunFolder
        What was written, to be read.

    Raises
    ------
    ValueError
        If a parameter is not what it must be.
    FileExistsError
        If the folder holds anything.

    See Also
    --------
    make_runs : Traces of a whole pipeline, with operations, edges and facts.

    Notes
    -----
    Run i depends on `random_state`, `n_cells` and i, not on how many are made; with faults, a
    healthy run is the same as without. ``DESCR`` of the result gives every distribution. Time and
    bytes are proportional to ``n_runs * n_cells``, memory to `n_cells`. Values are stored with
    seven digits (32 bits). The manifest is written last: a folder without one was not finished.

    Examples
    --------
    >>> from lineage_stats.datasets import write_runs
    >>> folder = write_runs("many_runs", 2000, n_cells=100)
    >>> matrix, fault_cells = folder.read(0, 500)
    >>> matrix.values.shape
    (500, 100)
    """
    _check(n_runs, n_cells, fault_share, severity)
    seed = seed_of(random_state, "write_runs")
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    if any(path.iterdir()):
        raise FileExistsError(f"{path} is not empty. Give write_runs a new folder, or empty it.")
    laws = RunLaws.draw(n_cells, np.random.default_rng([seed, 0]))
    _write_cells(laws, path / CELLS)
    blocks = _blocks(laws, n_runs, seed, fault_share, severity)
    written = _write_files(laws, blocks, path)
    manifest = {
        "format": FORMAT, "n_runs": int(n_runs), "n_cells": int(n_cells),
        "fault_share": float(fault_share), "severity": float(severity), "random_state": seed,
        "block": BLOCK, "numpy": np.__version__, "files": written,
    }  # fmt: skip
    (path / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    return RunFolder(path)


Block = tuple[npt.NDArray[np.float64], npt.NDArray[np.int64], npt.NDArray[np.int64]]


def _blocks(
    laws: RunLaws, n_runs: int, seed: int, fault_share: float, severity: float
) -> Iterator[Block]:
    """Yield values, numbers of runs, and cells at fault."""
    for b in range(-(-n_runs // BLOCK)):
        rng = np.random.Generator(np.random.SFC64([seed, 1, b]))
        values, day = laws.runs(BLOCK, rng)
        faults = np.full(BLOCK, -1)
        if fault_share:
            (hit,) = np.nonzero(rng.uniform(size=BLOCK) < fault_share)
            at = rng.integers(len(laws.cells), size=len(hit))
            values[hit, at] = laws.faulty(at, day[hit], severity, rng)
            faults[hit] = at
        n = min(BLOCK, n_runs - b * BLOCK)
        yield values[:n], np.arange(n) + b * BLOCK, faults[:n]


def _write_files(laws: RunLaws, blocks: Iterator[Block], path: Path) -> dict[str, int]:
    """Write the blocks, each as one row group; returns the number of runs by file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = [column_name(cell) for cell in laws.cells]
    schema = pa.schema(
        [(RUN, pa.int64()), (FAULT, pa.int32()), *((name, pa.float32()) for name in names)]
    )
    written: dict[str, int] = {}
    writer: Any = None
    try:
        for b, (values, runs, faults) in enumerate(blocks):
            if b % BLOCKS_PER_FILE == 0:
                if writer is not None:
                    writer.close()
                name = f"runs-{b // BLOCKS_PER_FILE:05d}.parquet"
                written[name] = 0
                writer = pq.ParquetWriter(
                    path / name, schema, compression="zstd", compression_level=1,
                    use_dictionary=False, write_statistics=False,
                )  # fmt: skip
            columns = np.ascontiguousarray(values.T, dtype=np.float32)
            arrays = [pa.array(runs), pa.array(faults.astype(np.int32)), *map(pa.array, columns)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema), row_group_size=BLOCK)
            written[name] += len(runs)
    finally:
        if writer is not None:
            writer.close()
    return written


def _write_cells(laws: RunLaws, path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {
        "operation": [cell.operation for cell in laws.cells],
        "feature": [cell.feature for cell in laws.cells],
        "law": laws.law.tolist(), "first": laws.first, "second": laws.second,
    }  # fmt: skip
    pq.write_table(pa.table(columns), path)


def _check(n_runs: object, n_cells: object, fault_share: object, severity: object) -> None:
    for name, value, least in (("n_runs", n_runs, 1), ("n_cells", n_cells, 2)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
            raise wrong_parameter(name, f"an int of at least {least}", value, "write_runs")
    for name, number, most in (("fault_share", fault_share, 1.0), ("severity", severity, np.inf)):
        kinds = int | float | np.integer | np.floating
        if isinstance(number, bool) or not isinstance(number, kinds) or not 0 <= number <= most:
            wanted = "a float in [0, 1]" if most == 1 else "a float of at least 0"
            raise wrong_parameter(name, wanted, number, "write_runs")
