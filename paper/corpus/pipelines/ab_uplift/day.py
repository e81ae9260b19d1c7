"""An experiment of two weeks with and without a letter: generated."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
from corpus.days import date_of, drift, forget, happens, n_rows, pick, sent_twice, shuffled
from corpus.interface import Pipeline

PIPELINE = Pipeline(
    name="ab_uplift",
    metric="auc",
    task="classification",
    part="test",
    about="An experiment with two arms, models saved and loaded per arm; area of the Qini curve.",
)
CONFIG = {
    "least_age": 18,
    "time_zone": "America/Chicago",
    "window_days": 14,
    "least_spent": 10,
    "test_share": 0.5,
    "strength": 1.0,
}
SEGMENTS = {"bargain": (0.35, 1.3), "family": (0.3, 0.4), "loyal": (0.25, -1.1), "new": (0.1, 0.0)}


def write_day(folder: Path, day: int, rng: np.random.Generator) -> None:
    n = n_rows(16_000, day, rng)
    customers = _customers(n, rng)
    evening = rng.beta(0.7, 0.9, n)
    arm = pick(rng, {"letter": 0.5, "control": 0.5}, n)
    bought = _bought(customers, evening, arm == "letter", day, rng)
    sent = date_of(day - 18) + pd.Timedelta(hours=9)
    assignments = pd.DataFrame(
        {
            "customer_id": customers["customer_id"],
            "arm": np.where(rng.random(n) < 0.02, "held back", arm),
            "eligible": rng.random(n) < 0.98,
            "assigned": sent + pd.to_timedelta(rng.integers(0, 3, n), unit="D"),
        }
    )
    purchases = _purchases(assignments, bought, rng)
    visits = _visits(customers["customer_id"].to_numpy(), evening, day, rng)
    forget(customers, rng, device=0.05, recency_days=0.02)
    sent_twice(shuffled(assignments, rng), rng, 0.004).to_parquet(
        folder / "assignments.parquet", index=False
    )
    customers.to_parquet(folder / "customers.parquet", index=False)
    visits.to_parquet(folder / "visits.parquet", index=False)
    purchases.to_csv(folder / "purchases.csv", index=False)
    (folder / "config.json").write_text(json.dumps(CONFIG))


def _customers(n: int, rng: np.random.Generator) -> pd.DataFrame:
    shares = {name: share for name, (share, _) in SEGMENTS.items()}
    numbers = rng.permutation(400_000)[:n] + 1
    return pd.DataFrame(
        {
            "customer_id": [f"{number:07d}" for number in numbers],
            "household_id": [f"{number:07d}" for number in rng.permutation(numbers)],
            "age": rng.normal(44, 14, n).clip(16, 90).round(),
            "recency_days": rng.gamma(1.3, 60, n).round(),
            "past_spend": rng.lognormal(4.2, 1.0, n).round(2),
            "segment": pick(rng, shares, n),
            "device": pick(rng, {"phone": 0.6, "desktop": 0.35, "tablet": 0.05}, n),
            "area": pick(rng, {"city": 0.5, "suburb": 0.35, "country": 0.15}, n),
        }
    )


def _bought(
    customers: pd.DataFrame,
    evening: np.ndarray,
    treated: np.ndarray,
    day: int,
    rng: np.random.Generator,
) -> np.ndarray:
    segment = customers["segment"].map({name: value for name, (_, value) in SEGMENTS.items()})
    base = (
        -0.7
        + drift(day, 0.08)
        + 0.35 * (np.log1p(customers["past_spend"]) - 4.2)
        - 0.006 * (customers["recency_days"] - 78)
        + 0.5 * (customers["segment"] == "loyal")
    )
    effect = (
        0.3
        + 1.5 * segment
        + 3.2 * (evening - 0.45)
        + 0.008 * (customers["recency_days"] - 78)
        - 0.02 * (customers["age"] - 44)
    )
    return happens(rng, base + effect * treated)


def _purchases(
    assignments: pd.DataFrame, bought: np.ndarray, rng: np.random.Generator
) -> pd.DataFrame:
    buyers = assignments[bought == 1]
    small = assignments.sample(frac=0.1, random_state=rng)
    old = assignments.sample(frac=0.25, random_state=rng)
    parts = [(buyers, 0, 14 * 24, 60), (small, 0, 14 * 24, 0), (old, -60 * 24, -1, 40)]
    tables = []
    for people, first, last, size in parts:
        hours = pd.to_timedelta(rng.integers(first, last, len(people)), unit="h")
        amount = (
            12 + rng.gamma(2, size / 2, len(people)) if size else rng.uniform(1, 8, len(people))
        )
        tables.append(
            pd.DataFrame(
                {
                    "customer": people["customer_id"].str.lstrip("0"),
                    "time": people["assigned"] + hours,
                    "amount": np.round(amount, 2),
                }
            )
        )
    table = shuffled(pd.concat(tables, ignore_index=True), rng)
    table.insert(0, "receipt", rng.permutation(len(table)) + 1)
    refunds = table.sample(frac=0.02, random_state=rng)
    refunds = refunds.assign(receipt=refunds["receipt"] + 10**6, amount=-refunds["amount"])
    return sent_twice(pd.concat([table, refunds], ignore_index=True), rng, 0.005)


def _visits(
    customers: np.ndarray, evening: np.ndarray, day: int, rng: np.random.Generator
) -> pd.DataFrame:
    row = np.repeat(np.arange(len(customers)), rng.poisson(4, len(customers)))
    late = rng.random(len(row)) < evening[row]
    # Local time in Chicago is five or six hours behind.
    hour = np.where(late, rng.uniform(18, 23, len(row)), rng.uniform(6, 17, len(row))) + 6
    days = rng.integers(20, 60, len(row))
    time = date_of(day) + pd.to_timedelta(np.round((hour - 24 * days) * 60), unit="min")
    pages = rng.geometric(0.15, len(row)) - (rng.random(len(row)) < 0.05)
    return pd.DataFrame({"customer_id": customers[row], "time": time, "pages": pages})
