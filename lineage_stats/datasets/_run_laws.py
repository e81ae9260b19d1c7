"""From which distribution every cell of a large table of simulated runs is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lineage_stats.features import Cell

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

LAWS = ("constant", "normal", "lognormal", "rows", "share", "poisson")
SAMPLE_ROWS = 1000  # of which a share is measured
DAY_LOADING = 0.5  # share of the variance of row counts that is common to all operations
COLUMNS = ("a", "b", "c", "d")
METRIC = "f1_score"


@dataclass(frozen=True)
class RunLaws:
    """The distribution of every cell.

    Two parameters each: mean and standard deviation (`normal`; of the logarithm for `lognormal`
    and `rows`), number of rows and probability (`share`), mean (`poisson`), value (`constant`).
    """

    cells: tuple[Cell, ...]
    law: npt.NDArray[np.str_]
    first: FloatArray
    second: FloatArray

    @classmethod
    def draw(cls, n_cells: int, rng: np.random.Generator) -> RunLaws:
        """Draw the parameters of all cells; the last cell is the metric."""
        rows = [row for row, _ in zip(_cells(rng), range(n_cells - 1), strict=False)]
        last = f"train/{METRIC}#1"
        rows.append((last, "metric_value", "normal", 0.8, 0.01))
        cells = tuple(Cell(operation, feature) for operation, feature, *_ in rows)
        return cls(
            cells,
            np.array([row[2] for row in rows]),
            np.array([row[3] for row in rows], dtype=np.float64),
            np.array([row[4] for row in rows], dtype=np.float64),
        )

    def runs(self, n_runs: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """Draw healthy runs; returns them and the factor of the day of each."""
        day = rng.standard_normal(n_runs)
        values = np.empty((n_runs, len(self.cells)))
        for law in LAWS:
            (at,) = np.nonzero(self.law == law)
            values[:, at] = _draw(
                law, rng, self.first[at], self.second[at], day[:, None], (n_runs, len(at))
            )
        return values, day

    def faulty(
        self, at: IntArray, day: FloatArray, severity: float, rng: np.random.Generator
    ) -> FloatArray:
        """Draw one value for each of some cells, shifted by so many standard deviations."""
        values = np.empty(len(at))
        for law in LAWS:
            here = self.law[at] == law
            first, second = self.first[at[here]], self.second[at[here]]
            first, second = _shifted(law, first, second, severity)
            values[here] = _draw(law, rng, first, second, day[here], (int(here.sum()),))
        return values


def _cells(rng: np.random.Generator) -> Iterator[tuple[str, str, str, float, float]]:
    """Yield operation, feature, law and its two parameters, for ever more operations."""
    k = 0
    while True:
        k += 1
        operation = f"step_{k}/DataFrame.assign#1"
        log_rows = rng.normal(np.log(20_000), 1.0)
        yield operation, "rows_out", "rows", log_rows, rng.uniform(0.01, 0.05)
        yield operation, "columns_out", "constant", float(rng.integers(4, 41)), 0.0
        yield operation, "schema", "constant", float(rng.integers(2**20)), 0.0
        yield operation, "duration", "lognormal", rng.uniform(-7, -1), rng.uniform(0.1, 0.4)
        for column in COLUMNS:
            sd = float(np.exp(rng.normal(0, 2)))
            center = float(rng.normal(0, 3)) * sd
            noise = sd / np.sqrt(SAMPLE_ROWS)
            yield operation, f"mean[{column}]", "normal", center, noise
            yield operation, f"sd[{column}]", "lognormal", np.log(sd), np.sqrt(0.5 / SAMPLE_ROWS)
            missing = float(rng.beta(1, 20)) if rng.uniform() < 0.5 else 0.0
            law = ("share", SAMPLE_ROWS, missing) if missing else ("constant", 0.0, 0.0)
            yield operation, f"nulls[{column}]", *law
            yield operation, f"distinct[{column}]", "poisson", float(np.exp(rng.normal(2, 1))), 0.0


def _draw(
    law: str,
    rng: np.random.Generator,
    first: FloatArray,
    second: FloatArray,
    day: FloatArray,
    shape: tuple[int, ...],
) -> FloatArray:
    if law == "constant":
        drawn = np.broadcast_to(first, shape)
    elif law == "share":
        drawn = rng.binomial(first.astype(np.int64), second, shape) / first
    elif law == "poisson":
        drawn = rng.poisson(first, shape).astype(np.float64)
    else:
        z = rng.standard_normal(shape)
        if law == "rows":
            z = np.sqrt(DAY_LOADING) * day + np.sqrt(1 - DAY_LOADING) * z
        drawn = first + second * z
        if law != "normal":
            drawn = np.exp(drawn)
        if law == "rows":
            drawn = np.floor(drawn)
    return np.asarray(drawn, dtype=np.float64)


def _shifted(
    law: str, first: FloatArray, second: FloatArray, severity: float
) -> tuple[FloatArray, FloatArray]:
    """Return the parameters after a shift upwards; a constant is one more."""
    if law == "constant":
        return first + 1, second
    if law == "share":
        error = np.sqrt(second * (1 - second) / np.maximum(first, 1))
        return first, np.minimum(second + severity * error, 1.0)
    if law == "poisson":
        return first + severity * np.sqrt(first), second
    return first + severity * second, second
