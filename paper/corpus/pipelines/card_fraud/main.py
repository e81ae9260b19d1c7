"""Find fraud among card payments, learned from chargebacks.

Run it in the folder of a day: payments.csv, cards.csv, merchants.csv, rates.csv, config.json.
"""

import json
from pathlib import Path

import pandas as pd
from features import add_behaviour, add_circumstances
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import average_precision_score, roc_auc_score

FEATURES = [
    "euro",
    "times_usual",
    "hours_since_last",
    "payments_so_far",
    "card_age",
    "limit_used",
    "hour",
    "night",
    "abroad",
    "online",
    "risk",
]


def load_payments() -> pd.DataFrame:
    payments = pd.read_csv("payments.csv")
    payments["time"] = pd.to_datetime(payments["time"])
    return payments.drop_duplicates(subset="payment_id")


def clean(payments: pd.DataFrame, config: dict) -> pd.DataFrame:
    payments = payments[payments["status"] == "settled"]
    payments = payments[payments["amount"] > 0]
    payments = payments.dropna(subset=["card_id", "merchant_id"])
    payments = payments.astype({"card_id": "int64", "merchant_id": "int64"})
    payments["channel"] = payments["channel"].fillna("chip")
    return payments[payments["amount"] <= config["largest_amount"]]


def to_euro(payments: pd.DataFrame) -> pd.DataFrame:
    rates = pd.read_csv("rates.csv")
    payments = payments.merge(rates, on="currency", how="left")
    payments["euro"] = payments["amount"] * payments["euro_rate"]
    return payments.drop(columns=["amount", "euro_rate"])


def add_parties(payments: pd.DataFrame) -> pd.DataFrame:
    cards = pd.read_csv("cards.csv", parse_dates=["opened"])
    merchants = pd.read_csv("merchants.csv")
    payments = payments.merge(cards, on="card_id", how="inner")
    payments = payments.merge(merchants, on="merchant_id", how="left")
    payments["category"] = payments["category"].fillna("other")
    return payments


def add_risk(train: pd.DataFrame, test: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Mean fraud of a merchant's category, from the training part only."""
    risk = train.groupby("category")["is_fraud"].mean().rename("risk")
    usual = train["is_fraud"].mean()
    train = train.join(risk, on="category")
    test = test.join(risk, on="category")
    test["risk"] = test["risk"].fillna(usual)
    return train, test


def split(payments: pd.DataFrame, config: dict) -> tuple[pd.DataFrame, pd.DataFrame]:
    payments = payments.sort_values("time")
    n_train = int(len(payments) * config["train_share"])
    return payments.iloc[:n_train], payments.iloc[n_train:]


def main() -> float:
    config = json.loads(Path("config.json").read_text())
    payments = load_payments()
    payments = clean(payments, config)
    payments = to_euro(payments)
    payments = add_parties(payments)
    payments = add_behaviour(payments)
    payments = add_circumstances(payments)
    train, test = split(payments, config)
    train, test = add_risk(train, test)
    model = HistGradientBoostingClassifier(
        learning_rate=config["learning_rate"], max_iter=60, max_leaf_nodes=15, random_state=0
    )
    model.fit(train[FEATURES], train["is_fraud"])
    scores = model.predict_proba(test[FEATURES])[:, 1]
    roc_auc_score(test["is_fraud"], scores)
    return float(average_precision_score(test["is_fraud"], scores))


if __name__ == "__main__":
    main()
