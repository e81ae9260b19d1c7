"""Customers of a telephone company, their contracts, usage and complaints: generated."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
from corpus.days import date_of, drift, forget, happens, n_rows, pick, sent_twice, shuffled
from corpus.interface import Pipeline

PIPELINE = Pipeline(
    name="telecom_churn",
    metric="roc_auc_score",
    task="classification",
    part="development",
    about="Customers joined to contracts, usage and complaints; a Pipeline with ColumnTransformer.",
)
CONFIG = {"least_frequency": 20, "strength": 0.5, "iterations": 300, "test_share": 0.4}
CONTRACTS = {"monthly": 0.55, "one year": 0.25, "two years": 0.2}
PAYMENTS = {"card": 0.3, "debit": 0.35, "check": 0.25, "mail": 0.1}
INTERNET = {"fiber": 0.45, "dsl": 0.35, "none": 0.2}
REGIONS = {"north": 0.3, "south": 0.25, "east": 0.2, "west": 0.24, "island": 0.01}
EFFECT = {"monthly": 1.2, "two years": -1.6, "check": 0.8, "fiber": 0.7, "none": -0.8, "east": 0.4}


def write_day(folder: Path, day: int, rng: np.random.Generator) -> None:
    customers, contracts, usage, complaints = _tables(day, rng)
    customers.to_csv(folder / "customers.csv", index=False)
    shuffled(customers, rng).tail(len(customers) // 12).to_csv(
        folder / "customers_pilot.csv", index=False
    )
    contracts.to_csv(folder / "contracts.csv", index=False)
    usage.to_parquet(folder / "usage.parquet", index=False)
    complaints.to_json(folder / "complaints.json", orient="records")
    today = date_of(day).strftime("%Y-%m-%d")
    (folder / "config.json").write_text(json.dumps({**CONFIG, "today": today}))


def _tables(day: int, rng: np.random.Generator) -> tuple[pd.DataFrame, ...]:
    n = n_rows(5500, day, rng, week=(1.0, 1.0, 1.0, 1.01, 1.01, 1.02, 1.0))
    numbers = rng.permutation(n) + 1
    contract, payment = pick(rng, CONTRACTS, n), pick(rng, PAYMENTS, n)
    internet, region = pick(rng, INTERNET, n), pick(rng, REGIONS, n)
    tenure = rng.gamma(1.2, 22, n)
    megabytes = rng.lognormal(8.6, 0.6, n)
    trend = np.exp(rng.normal(0, 0.4, n))
    n_complaints = rng.poisson(0.35, n)
    late = rng.poisson(0.6, n)
    fee = rng.normal(45, 14, n).clip(10)
    names = pd.DataFrame({"c": contract, "p": payment, "i": internet, "r": region})
    score = (
        -2.0
        + drift(day, 0.1)
        + names.apply(lambda column: column.map(EFFECT).fillna(0)).sum(axis=1).to_numpy()
        - 0.07 * (tenure - 26).clip(-26, 40)
        + 0.03 * (fee - 45)
        - 2.6 * np.log(trend)
        + 1.8 * n_complaints
        + 0.5 * late
    )
    customers = pd.DataFrame(
        {
            "customer_id": numbers,
            "account": rng.permutation(n) + 1,
            "age": rng.normal(47, 16, n).clip(17, 95).round(),
            "region": region,
            "payment": payment,
            "late_payments": late,
            "status": pick(rng, {"active": 0.99, "test": 0.01}, n),
            "left": happens(rng, 1.6 * score).astype(bool),
        }
    )
    contracts = pd.DataFrame(
        {
            "customer_id": numbers,
            "contract": contract,
            "internet": internet,
            "monthly_fee": fee.round(2),
            "start": date_of(day) - pd.to_timedelta((tenure * 30.4).astype(int), unit="D"),
        }
    )
    forget(customers, rng, payment=0.02)
    forget(contracts, rng, monthly_fee=0.02)
    older = contracts.sample(frac=0.06, random_state=rng)
    older = older.assign(start=older["start"] - pd.Timedelta(days=400), contract="monthly")
    usage = _usage(numbers, megabytes, trend, rng)
    return (
        sent_twice(shuffled(customers, rng), rng, 0.005),
        shuffled(pd.concat([contracts, older]), rng),
        usage,
        _complaints(numbers, n_complaints, rng),
    )


def _usage(
    numbers: np.ndarray, megabytes: np.ndarray, trend: np.ndarray, rng: np.random.Generator
) -> pd.DataFrame:
    months = []
    for ago in range(4):
        level = megabytes * (trend if ago == 0 else 1) * np.exp(rng.normal(0, 0.1, len(numbers)))
        minutes = rng.gamma(2, 90, len(numbers))
        months.append(
            pd.DataFrame(
                {
                    "customer_id": numbers,
                    "months_ago": ago,
                    "megabytes": level.round(1),
                    "call_minutes": minutes.round(),
                }
            )
        )
    usage = pd.concat(months, ignore_index=True)
    return usage[rng.random(len(usage)) < 0.985].reset_index(drop=True)


def _complaints(numbers: np.ndarray, counts: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    recent = np.repeat(numbers, counts)
    old = rng.choice(numbers, len(numbers) // 3)
    return pd.DataFrame(
        {
            "customer_id": np.concatenate([recent, old]),
            "days_ago": np.concatenate(
                [rng.integers(0, 91, len(recent)), rng.integers(91, 720, len(old))]
            ),
            "topic": pick(rng, {"bill": 0.4, "line": 0.4, "shop": 0.2}, len(recent) + len(old)),
        }
    )
