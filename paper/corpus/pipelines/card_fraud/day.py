"""Card payments of the four days before: generated, with fraud that can be learned."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
from corpus.days import date_of, drift, forget, happens, n_rows, pick, sent_twice, shuffled
from corpus.interface import Pipeline

PIPELINE = Pipeline(
    name="card_fraud",
    metric="average_precision_score",
    task="classification",
    part="development",
    about="Card payments joined to cards, merchants and rates; gradient boosting finds fraud.",
)
CONFIG = {"largest_amount": 5000, "train_share": 0.6, "learning_rate": 0.12}
# Share of the merchants, and what the category adds to the log-odds of fraud.
CATEGORIES = {
    "grocery": (0.3, -1.2),
    "fuel": (0.15, -0.6),
    "restaurant": (0.2, -0.8),
    "electronics": (0.1, 1.3),
    "travel": (0.1, 0.5),
    "jewellery": (0.05, 1.8),
    "gaming": (0.1, 1.5),
}
COUNTRIES = {"DE": 5, "FR": 3, "IT": 2, "GB": 2, "US": 1, "PL": 1}
CURRENCY = {"DE": "EUR", "FR": "EUR", "IT": "EUR", "GB": "GBP", "US": "USD", "PL": "PLN"}
RATES = {"EUR": 1.0, "GBP": 1.17, "USD": 0.92, "PLN": 0.23}


def write_day(folder: Path, day: int, rng: np.random.Generator) -> None:
    cards = _cards(day, rng)
    merchants = _merchants(rng)
    payments = _payments(cards, merchants, day, rng)
    rates = pd.DataFrame({"currency": list(RATES), "euro_rate": list(RATES.values())})
    rates["euro_rate"] *= np.where(rates["currency"] == "EUR", 1, rng.normal(1, 0.01, len(rates)))
    payments.to_csv(folder / "payments.csv", index=False)
    cards.to_csv(folder / "cards.csv", index=False)
    merchants.to_csv(folder / "merchants.csv", index=False)
    rates.round(4).to_csv(folder / "rates.csv", index=False)
    (folder / "config.json").write_text(json.dumps(CONFIG))


def _cards(day: int, rng: np.random.Generator) -> pd.DataFrame:
    n = 1400
    return pd.DataFrame(
        {
            "card_id": rng.permutation(n) + 10_000,
            "account_id": rng.permutation(n) + 10_000,
            "opened": date_of(day) - pd.to_timedelta(rng.integers(20, 4000, n), unit="D"),
            "credit_limit": rng.choice([1000, 2000, 3000, 5000, 10_000], n),
            "home_country": pick(rng, COUNTRIES, n),
            "spending": rng.lognormal(3.2, 0.7, n).round(2),
        }
    )


def _merchants(rng: np.random.Generator) -> pd.DataFrame:
    n = 300
    shares = {name: share for name, (share, _) in CATEGORIES.items()}
    return pd.DataFrame({"merchant_id": np.arange(n) + 1, "category": pick(rng, shares, n)})


def _payments(
    cards: pd.DataFrame, merchants: pd.DataFrame, day: int, rng: np.random.Generator
) -> pd.DataFrame:
    n = n_rows(10_000, day, rng)
    card = cards.iloc[rng.integers(0, len(cards), n)].reset_index(drop=True)
    merchant = merchants.iloc[rng.integers(0, len(merchants), n)].reset_index(drop=True)
    hour = np.clip(rng.normal(14, 5, n), 0, 23.9)
    hour = np.where(rng.random(n) < 0.1, rng.uniform(0, 5, n), hour)
    abroad = rng.random(n) < 0.12
    country = np.where(abroad, pick(rng, COUNTRIES, n), card["home_country"])
    channel = pick(rng, {"chip": 0.6, "swipe": 0.1, "web": 0.3}, n)
    unusual = rng.normal(0, 0.8, n)
    euro = card["spending"] * np.exp(unusual) * 1.6
    age = (date_of(day) - card["opened"]).dt.days
    effect = merchant["category"].map({name: value for name, (_, value) in CATEGORIES.items()})
    score = (
        -3.6
        + drift(day, 0.04)
        + 1.7 * unusual
        + 1.9 * (hour < 6)
        + 2.2 * (country != card["home_country"])
        + 1.6 * (channel == "web")
        + effect
        + 0.9 * (age < 300)
    )
    fraud = happens(rng, 3.0 * score)
    time = date_of(day) - pd.to_timedelta(rng.integers(1, 5, n) * 24 - hour, unit="h")
    currency = pd.Series(country).map(CURRENCY)
    payments = pd.DataFrame(
        {
            "payment_id": rng.permutation(n) + 1_000_000,
            "card_id": card["card_id"],
            "merchant_id": merchant["merchant_id"],
            "time": time.strftime("%Y-%m-%d %H:%M:%S"),
            "amount": (euro / currency.map(RATES)).round(2),
            "currency": currency,
            "country": country,
            "channel": channel,
            "status": pick(rng, {"settled": 0.95, "declined": 0.03, "reversed": 0.02}, n),
            "is_fraud": fraud,
        }
    )
    payments.loc[rng.random(n) < 0.01, "amount"] *= -1
    forget(payments, rng, channel=0.02, merchant_id=0.005)
    return sent_twice(shuffled(payments, rng), rng, 0.006)
