"""How each kind of cell is brought to a scale on which healthy values are roughly Gaussian."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from lineage_stats._config import Settings
from lineage_stats.features import Cell, FeatureName, feature_spec, parse_feature

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

IDENTITY: Final = 0
LOG: Final = 1
LOG_COUNT: Final = 2
ROOT_COUNT: Final = 3
ARCSINE: Final = 4
FISHER: Final = 5
CUBE_ROOT: Final = 6

# Counts around or above this are so large that their relative error is what matters.
_LARGE_COUNT: Final = 30.0
DEFAULT_SAMPLE: Final = Settings().sample_rows
_SHORTEST: Final = 1e-9
_ALMOST_ONE: Final = 1 - 1e-6
_NOISE: Final = 1e-9
_CORRELATIONS: Final = frozenset({"association", "coherence"})
# Distances of distributions, which are 0 or more and of which only large ones are news.
DISTANCE_STATISTICS: Final = frozenset({"ks", "wasserstein", "psi"})
_PER_COLUMN: Final = frozenset({"mean", "min", "q25", "q50", "q75", "max"})


def choose_transforms(X: FloatArray, cells: tuple[Cell, ...]) -> IntArray:
    """Return the code of the transform that suits each cell, from its kind and its size."""
    kinds = np.array([cell.kind for cell in cells], dtype="U16")
    with np.errstate(invalid="ignore"):
        typical = np.nanmedian(np.where(np.isnan(X).all(axis=0), 0.0, X), axis=0)
    codes = np.full(X.shape[1], IDENTITY, dtype=np.int64)
    codes[kinds == "duration"] = LOG
    codes[kinds == "proportion"] = ARCSINE
    codes[kinds == "count"] = np.where(typical >= _LARGE_COUNT, LOG_COUNT, ROOT_COUNT)[
        kinds == "count"
    ]
    statistics = [parse_feature(cell.feature).statistic for cell in cells]
    codes[np.array([name in _CORRELATIONS for name in statistics], dtype=bool)] = FISHER
    codes[np.array([name in DISTANCE_STATISTICS for name in statistics], dtype=bool)] = CUBE_ROOT
    return codes


def transform(X: FloatArray, codes: IntArray) -> FloatArray:
    """Transform each column by its code; NaN stays NaN.

    Notes
    -----
    Durations: ``log(x)``. Large counts: ``log(x + 1/2)``. Small counts: Anscombe's
    ``2 sqrt(x + 3/8)``, which gives a Poisson count a standard deviation of about 1.
    Proportions: ``2 arcsin(sqrt(x))``. Correlations: Fisher's ``artanh(x)``.
    Distances of distributions: the cube root, by Wilson and Hilferty. Anything else stays as it
    is.
    """
    Z = X.copy()
    if not codes.any():
        return Z
    for code in np.unique(codes):
        at = codes == code
        if code == LOG:
            Z[:, at] = np.log(np.maximum(X[:, at], _SHORTEST))
        elif code == LOG_COUNT:
            Z[:, at] = np.log(np.maximum(X[:, at], 0) + 0.5)
        elif code == ROOT_COUNT:
            Z[:, at] = 2 * np.sqrt(np.maximum(X[:, at], 0) + 0.375)
        elif code == ARCSINE:
            Z[:, at] = 2 * np.arcsin(np.sqrt(np.clip(X[:, at], 0, 1)))
        elif code == FISHER:
            Z[:, at] = np.arctanh(np.clip(X[:, at], -_ALMOST_ONE, _ALMOST_ONE))
        elif code == CUBE_ROOT:
            Z[:, at] = np.cbrt(np.maximum(X[:, at], 0))
    return Z


def inverse_transform(Z: FloatArray, codes: IntArray) -> FloatArray:
    """Undo `transform` for an array of shape (n_cells,)."""
    with np.errstate(over="ignore"):
        grown = np.exp(np.where((codes == LOG) | (codes == LOG_COUNT), Z, 0.0))
    return np.select(
        [codes == code for code in (LOG, LOG_COUNT, ROOT_COUNT, ARCSINE, FISHER, CUBE_ROOT)],
        [
            grown,
            np.maximum(grown - 0.5, 0.0),
            np.maximum(np.maximum(Z, 0.0) ** 2 / 4 - 0.375, 0.0),
            np.sin(np.clip(Z, 0, np.pi) / 2) ** 2,
            np.tanh(Z),
            np.maximum(Z, 0.0) ** 3,
        ],
        Z,
    )


def denominators(X: FloatArray, cells: tuple[Cell, ...]) -> FloatArray:
    """Return for shares how many rows they were measured on, at most 1000."""
    rows = np.full(len(cells), float(DEFAULT_SAMPLE))
    column = {(c.operation, c.feature): j for j, c in enumerate(cells)}
    for j, cell in enumerate(cells):
        if cell.kind == "proportion":
            spec, port = feature_spec(cell.feature), parse_feature(cell.feature).port
            rows_of = FeatureName("rows_out" if spec is None else spec.per, None, port)
            size = column.get((cell.operation, str(rows_of)))
            if size is not None and np.isfinite(X[:, size]).any():
                rows[j] = np.clip(np.nanmedian(X[:, size]), 1, rows[j])
    return rows


def tolerances(X: FloatArray, cells: tuple[Cell, ...]) -> FloatArray:
    """Return by how much a value of each cell may differ from another and still be equal to it.

    Parameters
    ----------
    X : ndarray of shape (n_runs, n_cells)
        Healthy values.
    cells : tuple of Cell
        What the columns are.

    Returns
    -------
    ndarray of shape (n_cells,)
        One part in 1e9 of the largest magnitude. For the location of a column (``mean``,
        ``q50`` and so on) the column's standard deviation counts as a magnitude too: the mean
        of a standardised column is rounding error around 0.
    """
    size = np.fmax.reduce(np.abs(X), axis=0, initial=0.0)
    column = {(c.operation, c.feature): j for j, c in enumerate(cells)}
    for j, cell in enumerate(cells):
        name = parse_feature(cell.feature)
        if name.statistic not in _PER_COLUMN:
            continue
        spread = column.get((cell.operation, str(name._replace(statistic="sd"))))
        if spread is not None:
            size[j] = max(size[j], np.fmax.reduce(np.abs(X[:, spread]), initial=0.0))
    return np.asarray(_NOISE * size)
