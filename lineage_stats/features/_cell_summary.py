"""What many runs measured, cell by cell, in memory that does not grow with the runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from lineage_stats.features._cell_sums import CellSums, sums_schema
from lineage_stats.features._exact_sums import (
    exact_mean,
    exact_square_sums,
    exact_sums,
    exact_variance,
)
from lineage_stats.features._matrix import Cell, RunMatrix
from lineage_stats.features._quantiles import (
    SKETCH_SIZE,
    Distribution,
    Method,
    empty_distribution,
    require_method,
)
from lineage_stats.trace import Trace

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

FloatArray = npt.NDArray[np.float64]

# Whose squares, and sums of these, are far from the largest double.
_LARGEST: Final = 1e100
_ABOUT: Final = b"lineage_stats.cell_summary"
_CATEGORY, _PRESENCE = "category", "presence"
_QUARTILES: Final = (0.25, 0.5, 0.75)


class CellSummary:
    """Number, mean, variance, range and quantiles of each cell of many runs.

    Summaries of parts, however the runs were divided among them, merge to the summary of all. Only
    with exact quantiles does a summary grow with the runs: by 8 bytes a value.

    Parameters
    ----------
    quantiles : {None, "kll", "exact"}, default=None
        How quantiles are kept: not at all; by a sketch of some 5 KB for each cell, for which the
        extra `sketches` is needed; or by all values, 8 bytes each.
    sketch_size : int, default=200
        Size of a sketch, called `k` in the field, between 8 and 65535.
    reference : Trace, default=None
        Run whose operation keys are those of the cells; kept for those who add runs later.

    Attributes
    ----------
    n_runs : int
        Runs that were added.
    cells : tuple of Cell
        What the entries of all arrays are: operations in the order of the reference, then
        others, by name as features are.
    n : ndarray of shape (n_cells,)
        Values of each cell. A run that lacks an operation has the value 0 for its presence.
    mean, variance : ndarray of shape (n_cells,)
        Mean, and sample variance with ``n - 1``; NaN where there are too few values, and for
        categories, which are only counted.
    minimum, maximum : ndarray of shape (n_cells,)
        Range; NaN as for the mean.
    rank_error : float
        A value told for quantile `q` is a quantile between ``q - rank_error`` and
        ``q + rank_error``, for each cell and `q` with a probability of 99 %; 0 where all values
        are still there, as those of up to some 200 runs are in any sketch.

    See Also
    --------
    lineage_stats.detectors.summarize_runs : Makes one of stored runs, by any engine.

    Notes
    -----
    Sums and sums of squares are kept as whole numbers of the smallest double, without rounding:
    mean and variance are the doubles nearest to the true ones, and the same whatever was added or
    merged first. Magnitudes above 1e100 count as 1e100. A sketch is not the same when it is
    made again: the library that makes it tosses coins of its own, within ``rank_error``.

    Examples
    --------
    >>> from lineage_stats import as_run_matrix
    >>> from lineage_stats.datasets import make_runs
    >>> from lineage_stats.features import CellSummary
    >>> runs, _ = make_runs(40, random_state=0, return_traces=True)
    >>> early = CellSummary(quantiles="exact").update(as_run_matrix(runs[:30]))
    >>> late = CellSummary(quantiles="exact").update(as_run_matrix(runs[30:]))
    >>> summary = early.merge(late)
    >>> summary.n_runs, len(summary.cells) == len(summary.mean)
    (40, True)
    >>> whole = CellSummary().update(as_run_matrix(runs))
    >>> summary.to_frame()["mean"].equals(whole.to_frame()["mean"])
    True
    """

    def __init__(
        self,
        *,
        quantiles: Method | None = None,
        sketch_size: int = SKETCH_SIZE,
        reference: Trace | None = None,
    ) -> None:
        require_method(quantiles, sketch_size)
        self.quantiles: Method | None = quantiles
        self.sketch_size = int(sketch_size)
        self.reference = reference
        self.n_runs = 0
        self._sums: dict[Cell, CellSums] = {}

    # -- to add ---------------------------------------------------------------------------------

    def update(self, matrix: RunMatrix) -> CellSummary:
        """Add runs.

        Parameters
        ----------
        matrix : RunMatrix
            The runs, with the operation keys of those that were added before.

        Returns
        -------
        CellSummary
            This summary.
        """
        self.n_runs += len(matrix.values)
        places = [self._place(cell) for cell in matrix.cells]
        # Each cell in one piece, with one zero only.
        X = np.ascontiguousarray(np.transpose(matrix.values))
        known = np.isfinite(X)
        X = np.clip(X, -_LARGEST, _LARGEST)
        X += 0.0
        # Only the runs that have an operation: others may lack even the cell.
        present = [place.kind == _PRESENCE for place in places]
        known[present] &= X[present] != 0
        counts = np.count_nonzero(known, axis=1).tolist()
        real = [j for j, n in enumerate(counts) if n and places[j].kind != _CATEGORY]
        for place, n in zip(places, counts, strict=True):
            if place.kind == _CATEGORY:
                place.n += n
        if real:
            self._add_numbers([places[j] for j in real], X[real], known[real])
        return self

    def _add_numbers(
        self, places: list[CellSums], X: FloatArray, known: npt.NDArray[np.bool_]
    ) -> None:
        """Add values, a row for each cell, which has some."""
        counts = np.count_nonzero(known, axis=1)
        whole = counts == X.shape[1]
        low, high, filled = X, X, X
        if not whole.all():
            low, high = np.where(known, X, np.inf), np.where(known, X, -np.inf)
            filled = np.where(known, X, 0.0)
        told = (
            counts.tolist(),
            low.min(axis=1).tolist(),
            high.max(axis=1).tolist(),
            exact_sums(filled.T),
            exact_square_sums(filled.T),
        )
        for j, (place, *numbers) in enumerate(zip(places, *told, strict=True)):
            place.add(*numbers)
            if self.quantiles and place.kind != _PRESENCE:
                self._distribution_of(place).update(X[j] if whole[j] else X[j, known[j]])

    def merge(self, other: CellSummary) -> CellSummary:
        """Add what another summary has.

        Parameters
        ----------
        other : CellSummary
            Summary of other runs of the pipeline. It is not changed.

        Returns
        -------
        CellSummary
            This summary.

        Raises
        ------
        ValueError
            If the two keep quantiles in different ways, or the keys of other operations.
        """
        if other.quantiles != self.quantiles:
            raise ValueError(
                f"Summaries that keep quantiles={self.quantiles!r} and {other.quantiles!r} do not "
                "merge: make both in one way."
            )
        if self.reference and other.reference and self.reference.keys != other.reference.keys:
            raise ValueError(
                "The summaries name operations by the keys of different runs, "
                f"{self.reference.run_id} and {other.reference.run_id}: make the second one with "
                "reference=first.reference."
            )
        self.reference = self.reference or other.reference
        self.n_runs += other.n_runs
        self.add_rows(told.to_row(cell) for cell, told in other._sums.items())
        return self

    def add_rows(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add rows of `to_table`, of which a cell may have several."""
        for row in rows:
            place = self._place(Cell(row["operation"], row["feature"]))
            place.add_row(row)
            if row["distribution"] is not None:
                self._distribution_of(place).merge(row["distribution"])

    def _place(self, cell: Cell) -> CellSums:
        place = self._sums.get(cell)
        if place is None:
            place = self._sums[cell] = CellSums(cell.kind)
        return place

    def _distribution_of(self, place: CellSums) -> Distribution:
        if place.distribution is None:
            assert self.quantiles is not None
            place.distribution = empty_distribution(self.quantiles, self.sketch_size)
        return place.distribution

    # -- to ask ---------------------------------------------------------------------------------

    @property
    def cells(self) -> tuple[Cell, ...]:
        return tuple(cell for cell, _ in self._told())

    @property
    def n(self) -> npt.NDArray[np.int64]:
        return np.array([self._n(sums) for _, sums in self._told()], dtype=np.int64)

    @property
    def mean(self) -> FloatArray:
        return self._each(lambda sums, n: exact_mean(sums.total, n))

    @property
    def variance(self) -> FloatArray:
        return self._each(lambda sums, n: exact_variance(sums.total, sums.squares, n))

    @property
    def minimum(self) -> FloatArray:
        return self._each(lambda sums, n: sums.low if sums.n == n else min(sums.low, 0.0))

    @property
    def maximum(self) -> FloatArray:
        return self._each(lambda sums, n: sums.high if sums.n else 0.0)

    @property
    def rank_error(self) -> float:
        kept = (sums.distribution for sums in self._sums.values() if sums.distribution is not None)
        return max((values.rank_error() for values in kept), default=0.0)

    def quantile(self, q: float | Sequence[float]) -> FloatArray:
        """Return quantiles of all cells: the least value that reaches the share `q` of them.

        Parameters
        ----------
        q : float or sequence of float of length n_q
            Which, between 0 and 1.

        Returns
        -------
        ndarray of shape (n_cells,) or (n_q, n_cells)
            The quantiles, each a value that occurred; NaN for categories and where there is none.

        Raises
        ------
        ValueError
            If the summary keeps no quantiles, or `q` is not between 0 and 1.
        """
        if self.quantiles is None:
            raise ValueError(
                "This summary keeps no quantiles: make one with quantiles='kll' or 'exact'."
            )
        ranks = np.atleast_1d(np.asarray(q, dtype=np.float64))
        if not ((ranks >= 0) & (ranks <= 1)).all():
            raise ValueError(f"The 'q' parameter must lie between 0 and 1. Got {q!r} instead.")
        found = np.full((len(ranks), len(self._sums)), np.nan)
        for j, (_, sums) in enumerate(self._told()):
            if sums.kind == _PRESENCE and self.n_runs:
                missing = self.n_runs - sums.n
                found[:, j] = (ranks * self.n_runs > missing) | (missing == 0)
            elif sums.distribution is not None:
                found[:, j] = sums.distribution.quantiles(ranks.tolist())
        return found[0] if np.ndim(q) == 0 else found

    def sketch(self, cell: Cell) -> bytes:
        """Return the sketch of a cell, as Spark and the package `datasketches` read it.

        Parameters
        ----------
        cell : Cell
            Which; one that has numbers, no category or presence.

        Returns
        -------
        bytes
            What ``kll_sketch_get_quantile_double`` of Spark takes, and what
            ``kll_doubles_sketch.deserialize`` does.

        Raises
        ------
        ValueError
            If there is no sketch of this cell.
        """
        sums = self._sums.get(Cell(*cell))
        if self.quantiles != "kll" or sums is None or sums.distribution is None:
            raise ValueError(
                f"There is no sketch of {tuple(cell)}: sketches are kept of cells with numbers, by "
                "a summary made with quantiles='kll'."
            )
        return sums.distribution.to_bytes()

    def _told(self) -> list[tuple[Cell, CellSums]]:
        keys = self.reference.keys if self.reference is not None else ()
        order = {key: i for i, key in enumerate(keys)}
        return sorted(
            self._sums.items(), key=lambda told: (order.get(told[0].operation, len(order)), told[0])
        )

    def _n(self, sums: CellSums) -> int:
        return self.n_runs if sums.kind == _PRESENCE else sums.n

    def _each(self, told: Callable[[CellSums, int], float]) -> FloatArray:
        found = [
            np.nan if sums.kind == _CATEGORY or not self._n(sums) else told(sums, self._n(sums))
            for _, sums in self._told()
        ]
        return np.array(found, dtype=np.float64)

    def to_frame(self) -> pd.DataFrame:
        """Return a table with a row for each cell.

        Returns
        -------
        DataFrame
            Indexed by operation and feature: ``n``, ``mean``, ``std``, ``min``, ``max`` and,
            where quantiles are kept, ``25%``, ``50%`` and ``75%``.
        """
        import pandas as pd

        columns: dict[str, Any] = {
            "n": self.n, "mean": self.mean, "std": np.sqrt(self.variance), "min": self.minimum,
        }  # fmt: skip
        if self.quantiles is not None:
            found = self.quantile(_QUARTILES)
            columns |= {f"{q:.0%}": row for q, row in zip(_QUARTILES, found, strict=True)}
        index = pd.MultiIndex.from_tuples(self.cells, names=["operation", "feature"])
        return pd.DataFrame({**columns, "max": self.maximum}, index=index)

    def __repr__(self) -> str:
        kept = f", quantiles={self.quantiles!r}" if self.quantiles else ""
        return f"<CellSummary of {self.n_runs} runs, {len(self._sums)} cells{kept}>"

    # -- to keep --------------------------------------------------------------------------------

    def to_table(self) -> pa.Table:
        """Return all that is known as a table of Arrow, which a Parquet file or Spark can hold.

        Returns
        -------
        Table
            A row for each cell: ``operation``, ``feature``, ``n``, ``low``, ``high``, the exact
            sums ``total`` and ``squares`` (whole numbers of two's complement, lowest byte first,
            in units of ``2**-1074``) and ``distribution``, the sketch or all values.
        """
        import pyarrow as pa

        rows = [sums.to_row(cell) for cell, sums in self._told()]
        reference = None if self.reference is None else self.reference.to_dict()
        about = {
            "n_runs": self.n_runs, "quantiles": self.quantiles, "sketch_size": self.sketch_size,
            "reference": reference,
        }  # fmt: skip
        return pa.Table.from_pylist(rows, schema=sums_schema({_ABOUT: json.dumps(about)}))

    @classmethod
    def from_table(cls, table: pa.Table) -> CellSummary:
        """Make a summary of what `to_table` returned.

        Parameters
        ----------
        table : Table
            The table, with the metadata of its schema.

        Returns
        -------
        CellSummary
            The same summary.

        Raises
        ------
        ValueError
            If the table is another one.
        """
        metadata = table.schema.metadata or {}
        if _ABOUT not in metadata:
            raise ValueError("The table is none of a CellSummary, or has lost its metadata.")
        about = json.loads(metadata[_ABOUT])
        reference = about["reference"] and Trace.from_dict(about["reference"])
        summary = cls(
            quantiles=about["quantiles"], sketch_size=about["sketch_size"], reference=reference
        )
        summary.n_runs = about["n_runs"]
        summary.add_rows(table.to_pylist())
        return summary

    def __reduce__(self) -> tuple[Any, ...]:
        return CellSummary.from_table, (self.to_table(),)
