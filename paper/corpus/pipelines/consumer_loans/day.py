"""Consumer loans of a year ago, with what came of them: generated."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
from corpus.days import date_of, drift, forget, happens, n_rows, pick, sent_twice, shuffled
from corpus.interface import Pipeline

PIPELINE = Pipeline(
    name="consumer_loans",
    metric="balanced_accuracy_score",
    task="classification",
    part="validation",
    about="Loans joined to bureau, regions and installments; a searched decision tree.",
)
CONFIG = {
    "least_amount": 500,
    "watched_installments": 6,
    "default_days": 60,
    "smallest_leaf": 40,
    "test_share": 0.45,
    "least_names": 10,
    "highest_risk": 0.5,
}
PURPOSES = {
    "Car": (0.3, -0.6),
    "Renovation": (0.2, -0.9),
    "Debt consolidation": (0.25, 1.0),
    "Holiday": (0.1, 0.5),
    "Education": (0.08, -0.3),
    "Small business": (0.07, 1.4),
}
HOMES = {"own": (0.3, -0.6), "mortgage": (0.3, -0.3), "rent": (0.4, 0.6)}
REGIONS = [f"R{i:02d}" for i in range(16)]


def write_day(folder: Path, day: int, rng: np.random.Generator) -> None:
    unemployment = 6 + 2.5 * np.sin(np.arange(16)) + drift(day, 0.15)
    regions = pd.DataFrame({"code": REGIONS, "unemployment": unemployment.round(2)})
    loans, bureau, installments = _tables(regions, day, rng)
    loans.to_csv(folder / "applications.csv", index=False)
    bureau.to_csv(folder / "bureau.csv", index=False)
    installments.to_parquet(folder / "installments.parquet", index=False)
    regions.to_json(folder / "regions.json", orient="records")
    (folder / "config.json").write_text(json.dumps(CONFIG))


def _tables(regions: pd.DataFrame, day: int, rng: np.random.Generator) -> tuple[pd.DataFrame, ...]:
    n = n_rows(7000, day, rng, week=(1.05, 1.0, 1.0, 1.0, 1.05, 0.8, 0.75))
    purpose = pick(rng, {name: share for name, (share, _) in PURPOSES.items()}, n)
    home = pick(rng, {name: share for name, (share, _) in HOMES.items()}, n)
    region = rng.integers(0, 16, n)
    income = rng.lognormal(10.5, 0.45, n)
    amount = rng.lognormal(9.1, 0.6, n).round(-2)
    term = rng.choice([12, 24, 36, 48, 60], n)
    rate = rng.uniform(3, 14, n)
    burden = amount * rate / 1200 / (1 - (1 + rate / 1200) ** -term) / (income / 12)
    years = rng.gamma(1.2, 5, n).astype(int)
    utilization, debts = rng.beta(2, 3, n), rng.poisson(2.2, n)
    late = rng.random(n) < 0.2
    score = (
        -1.7
        + drift(day, 0.03)
        + 1.1 * np.log(burden / 0.12)
        + pd.Series(purpose).map({k: v for k, (_, v) in PURPOSES.items()}).to_numpy()
        + pd.Series(home).map({k: v for k, (_, v) in HOMES.items()}).to_numpy()
        + 3.0 * (utilization - 0.4)
        + 1.9 * (late & (debts > 0))
        - 0.12 * np.minimum(years, 10)
        + 0.22 * (regions["unemployment"].to_numpy()[region] - 6)
    )
    default = happens(rng, 2.6 * score)
    monthly = rng.random(n) < 0.35
    loans = pd.DataFrame(
        {
            "loan_id": rng.permutation(n) + 700_000,
            "applicant_id": rng.permutation(n) + 1,
            "customer_no": rng.permutation(n) + 1,
            "granted": date_of(day - 365) - pd.to_timedelta(rng.integers(0, 60, n), unit="D"),
            "amount": amount,
            "term_months": term,
            "interest_percent": rate.round(2),
            "income": np.where(monthly, income / 12, income).round(),
            "income_period": np.where(monthly, "month", "year"),
            "employment": [_employment(k) for k in years],
            "purpose": purpose,
            "home": home,
            "channel": pick(rng, {"branch": 0.3, "web": 0.6, "broker": 0.1}, n),
            "region": np.array(REGIONS)[region],
            "decision": pick(rng, {"granted": 0.94, "withdrawn": 0.06}, n),
        }
    )
    installments = _installments(loans, default, rng)
    bureau = _bureau(loans, utilization, debts, late, rng)
    forget(loans, rng, income=0.03, home=0.02, employment=0.03)
    return sent_twice(shuffled(loans, rng), rng, 0.005), bureau, installments


def _employment(years: int) -> str:
    return "< 1 year" if years < 1 else "10+ years" if years >= 10 else f"{years} years"


def _bureau(
    loans: pd.DataFrame,
    utilization: np.ndarray,
    debts: np.ndarray,
    late: np.ndarray,
    rng: np.random.Generator,
) -> pd.DataFrame:
    row = np.repeat(np.arange(len(loans)), debts)
    limit = rng.choice([1000, 2500, 5000, 10_000], len(row))
    delay = np.where(late[row], rng.integers(5, 90, len(row)), 0).astype(float)
    bureau = pd.DataFrame(
        {
            "applicant_id": loans["applicant_id"].to_numpy()[row],
            "kind": pick(rng, {"card": 0.6, "car": 0.25, "mortgage": 0.15}, len(row)),
            "credit_limit": limit,
            "balance": (limit * utilization[row] * rng.normal(1, 0.1, len(row))).round(),
            "days_overdue": delay,
            "closed": False,
        }
    )
    closed = bureau.sample(frac=0.4, random_state=rng)
    closed = closed.assign(closed=True, balance=0.0, days_overdue=rng.integers(0, 200, len(closed)))
    bureau.loc[rng.random(len(bureau)) < 0.01, "credit_limit"] = 0
    forget(bureau, rng, days_overdue=0.05)
    return shuffled(pd.concat([bureau, closed], ignore_index=True), rng)


def _installments(
    loans: pd.DataFrame, default: np.ndarray, rng: np.random.Generator
) -> pd.DataFrame:
    watched = 7
    row = np.repeat(np.arange(len(loans)), watched)
    number = np.tile(np.arange(1, watched + 1), len(loans))
    due = loans["granted"].to_numpy()[row] + pd.to_timedelta(30 * number, unit="D")
    late = (rng.random(len(row)) < 0.1) * rng.integers(1, 32, len(row))
    start = np.where(default == 1, rng.integers(1, 7, len(loans)), 99)[row]
    late = np.where(number >= start, rng.integers(64, 130, len(row)), late)
    paid = pd.Series(due + pd.to_timedelta(late, unit="D"))
    installments = pd.DataFrame(
        {"loan_id": loans["loan_id"].to_numpy()[row], "number": number, "due": due, "paid": paid}
    )
    unpaid = (number >= start) & (rng.random(len(row)) < 0.4)
    installments["paid"] = installments["paid"].mask(unpaid)
    return shuffled(installments, rng)
