"""What varies from day to day in every pipeline: weekday, season, growth, drift, odd days.

Day 0 is Monday, 2 January 2023, so that ``day % 7`` is the weekday (0 is Monday).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

START = pd.Timestamp("2023-01-02")
WEEK = (1.02, 0.97, 0.98, 1.0, 1.08, 1.05, 0.9)
# One day in a hundred each: everything came twice as much, half came too late, a holiday.
ODD_DAYS = (("double", 2.0), ("late", 0.55), ("holiday", 0.7))


def date_of(day: int) -> pd.Timestamp:
    """Return the date of a day."""
    return START + pd.Timedelta(days=day)


def growth(day: int, gain: float = 0.35) -> float:
    """Return the factor by which the business has grown: 1 at first, ``1 + gain`` in the end."""
    return 1 + gain * (1 - np.exp(-day / 400))


def drift(day: int, size: float, period: float = 365.0) -> float:
    """Return a slow wave around 0 that is ``size`` high."""
    return size * float(np.sin(2 * np.pi * day / period))


def n_rows(usual: int, day: int, rng: np.random.Generator, *, week: Sequence[float] = WEEK) -> int:
    """Return how many rows a day has: weekday, season, growth, noise, and the odd day."""
    odd = 1.0
    luck = rng.random()
    for i, (_, factor) in enumerate(ODD_DAYS):
        if 0.01 * i <= luck < 0.01 * (i + 1):
            odd = factor
    season = 1 + drift(day, 0.06)
    noise = float(np.exp(rng.normal(0, 0.03)))
    return max(1, round(usual * week[day % 7] * season * growth(day) * noise * odd))


def forget(table: pd.DataFrame, rng: np.random.Generator, **shares: float) -> None:
    """Blank a share of the values of each named column, in place."""
    for column, share in shares.items():
        rows = rng.random(len(table)) < share * np.exp(rng.normal(0, 0.15))
        table[column] = table[column].mask(rows)


def shuffled(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return the rows in another order."""
    return table.iloc[rng.permutation(len(table))].reset_index(drop=True)


def sent_twice(table: pd.DataFrame, rng: np.random.Generator, share: float) -> pd.DataFrame:
    """Return the table with a few rows appended once more."""
    again = rng.permutation(len(table))[: rng.binomial(len(table), share)]
    return pd.concat([table, table.iloc[again]], ignore_index=True)


def pick(rng: np.random.Generator, shares: dict[str, float], n: int) -> np.ndarray:
    """Return ``n`` names drawn with the given shares, which need not sum to 1."""
    weights = np.array(list(shares.values()), dtype=float)
    return rng.choice(list(shares), size=n, p=weights / weights.sum())


def happens(rng: np.random.Generator, score: np.ndarray) -> np.ndarray:
    """Return 1 with the probability that belongs to a log-odds score, else 0."""
    return (rng.random(len(score)) < 1 / (1 + np.exp(-np.asarray(score)))).astype(int)
