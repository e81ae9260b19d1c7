"""Families of healthy runs whose truth is known, and faults of known size in them.

A family is a function of a generator, the number of healthy runs and the number of new ones; it
returns both as data frames of 1,000 cells. New runs are healthy runs of the day after the last
fitted one, each drawn on its own.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

FloatArray = npt.NDArray[np.float64]
Family = Callable[[np.random.Generator, int, int], tuple[pd.DataFrame, pd.DataFrame]]

N_CELLS = 1_000
_FIRST = pd.Timestamp("2024-01-01")


def _frames(
    healthy: FloatArray, new: FloatArray, names: list[tuple[str, str]] | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    names = names or [(f"op{j // 20}", f"mean[c{j % 20}]") for j in range(healthy.shape[1])]
    columns = pd.MultiIndex.from_tuples(names)
    days = _FIRST + pd.to_timedelta(np.arange(len(healthy)), unit="D")
    later = pd.DatetimeIndex([days[-1] + pd.Timedelta(days=1)] * len(new))
    return (
        pd.DataFrame(healthy, index=days, columns=columns),
        pd.DataFrame(new, index=later, columns=columns),
    )


def _independent(draw: Callable[[np.random.Generator, tuple[int, int]], FloatArray]) -> Family:
    def family(rng: np.random.Generator, n: int, m: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        x = draw(rng, (n + m, N_CELLS))
        return _frames(x[:n], x[n:])

    return family


def correlated(rng: np.random.Generator, n: int, m: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw runs of which half of the variance of every cell is common to the whole run."""
    x = rng.normal(size=(n + m, N_CELLS)) + rng.normal(size=(n + m, 1))
    return _frames(x[:n], x[n:])


def drifting(rng: np.random.Generator, n: int, m: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw runs of which a third of the cells moves by a tenth of a standard deviation a day."""
    x = rng.normal(size=(n + m, N_CELLS))
    slope = np.where(np.arange(N_CELLS) % 3 == 0, 0.1, 0.0)
    day = np.r_[np.arange(n), np.full(m, n)]
    return _frames((x + day[:, None] * slope)[:n], (x + day[:, None] * slope)[n:])


def contaminated(rng: np.random.Generator, n: int, m: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw runs of which one healthy one in twenty is off by 10 sd in a tenth of the cells."""
    x = rng.normal(size=(n + m, N_CELLS))
    bad = rng.choice(n, max(1, n // 20), replace=False)
    hit = rng.choice(N_CELLS, N_CELLS // 10, replace=False)
    x[np.ix_(bad, hit)] += 10.0
    return _frames(x[:n], x[n:])


def mixture(rng: np.random.Generator, n: int, m: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw runs of fifty operations with constants, counts, shares, times and metrics.

    Rows vary by 1.5 % from day to day together and by 0.5 % each; nulls are binomial among 1,000
    rows; CPU time varies by 10 %, wall time by 30 % and is three times as long now and then.
    """
    total, columns, names = n + m, [], []
    day = rng.normal(0, 0.015, size=total)

    def add(operation: int, feature: str, values: FloatArray) -> None:
        names.append((f"op{operation}", feature))
        columns.append(values)

    for k in range(50):
        size = 10.0 ** rng.uniform(3, 6)
        for port in range(2):
            rows = size * np.exp(day + rng.normal(0, 0.005, size=total))
            add(k, f"rows_out@{port}" if port else "rows_out", np.round(rows))
        add(k, "columns_out", np.full(total, float(5 + k)))
        for j in range(7):
            add(k, f"param[p{j}]", np.full(total, float(rng.integers(1, 2**40))))
        rare = rng.uniform(0.2, 8)
        add(k, "distinct[d]", rng.poisson(rare, size=total) + 20.0)
        add(k, "rows_out@2", rng.poisson(rare, size=total).astype(float))
        for j in range(3):
            share = (0.0, 0.002, 0.05)[j]
            add(k, f"nulls[c{j}]", rng.binomial(1000, share, size=total) / 1000)
        add(k, "cpu", 0.1 * size / 1e4 * np.exp(rng.normal(0, 0.1, size=total)))
        slow = 1 + 2.0 * (rng.random(total) < 0.003)
        add(k, "duration", 0.1 * np.exp(rng.normal(0, 0.3, size=total)) * slow)
        for j in range(2):
            add(k, f"mean[c{j}]", 50 + rng.normal(size=total))
        add(k, "metric_value", 0.8 + 0.01 * rng.normal(size=total))
    x = np.column_stack(columns)
    return _frames(x[:n], x[n:], names)


FAMILIES: dict[str, Family] = {
    "gaussian": _independent(lambda rng, shape: rng.normal(size=shape)),
    "t5": _independent(lambda rng, shape: rng.standard_t(5, size=shape)),
    "t3": _independent(lambda rng, shape: rng.standard_t(3, size=shape)),
    "lognormal": _independent(lambda rng, shape: rng.lognormal(0, 0.5, size=shape)),
    "mixture": mixture,
    "correlated": correlated,
    "drifting": drifting,
    "contaminated": contaminated,
}


def _one_cell(new: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    x = new.to_numpy(copy=True)
    x[np.arange(len(x)), rng.integers(0, x.shape[1], len(x))] += 8.0
    return pd.DataFrame(x, index=new.index, columns=new.columns)


def _at_one(
    statistic: str, change: Callable[[FloatArray], FloatArray], reach: int = 1
) -> Callable[[pd.DataFrame, np.random.Generator], pd.DataFrame]:
    """Return what changes a feature at one operation of each run, and at those after it."""

    def fault(new: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        x = new.to_numpy(copy=True)
        features = new.columns.get_level_values(1)
        at = np.flatnonzero(np.isin(features, [statistic, f"{statistic}@1"]))
        for row in x:
            first = rng.integers(0, len(at) - reach + 1)
            row[at[first : first + reach]] = change(row[at[first : first + reach]])
        return pd.DataFrame(x, index=new.index, columns=new.columns)

    return fault


# Fault -> family, what it does, power asked for after 20 healthy runs at 1 % per run.
FAULTS = {
    "8 sd in one cell of 1,000": ("gaussian", _one_cell, 0.97),
    "parameter changed": ("mixture", _at_one("param[p3]", lambda x: x + 1), 1.0),
    "one column more": ("mixture", _at_one("columns_out", lambda x: x + 1), 1.0),
    "nulls 0 to 1 point": ("mixture", _at_one("nulls[c0]", lambda x: x + 0.01), 1.0),
    "nulls 5 to 15 points": ("mixture", _at_one("nulls[c2]", lambda x: x + 0.10), 1.0),
    "rows -10 %, one operation": ("mixture", _at_one("rows_out", lambda x: 0.9 * x), 0.95),
    "rows -10 %, ten operations": ("mixture", _at_one("rows_out", lambda x: 0.9 * x, 10), 0.95),
    "rows -30 %, one operation": ("mixture", _at_one("rows_out", lambda x: 0.7 * x), 1.0),
    "metric -8 sd": ("mixture", _at_one("metric_value", lambda x: x - 0.08), 0.95),
    "CPU time x 5": ("mixture", _at_one("cpu", lambda x: 5 * x), 0.9),
}
