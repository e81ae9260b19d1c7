"""Rank the customers of a telephone company by how likely they are to leave.

Run it in the folder of a day: customers.csv, contracts.csv, usage.parquet, complaints.json,
config.json.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

NUMERIC = [
    "age",
    "tenure_months",
    "monthly_fee",
    "fee_per_gigabyte",
    "gigabytes",
    "gigabytes_trend",
    "call_minutes",
    "complaints",
    "late_payments",
]
CATEGORICAL = ["contract", "payment", "internet", "region"]


def read_customers() -> pd.DataFrame:
    return (
        pd.read_csv("customers.csv")
        .drop_duplicates(subset="customer_id")
        .query("status != 'test' and age >= 18")
        .assign(late_payments=lambda table: table["late_payments"].clip(upper=6))
    )


def read_contracts(today: pd.Timestamp) -> pd.DataFrame:
    contracts = pd.read_csv("contracts.csv")
    contracts["start"] = pd.to_datetime(contracts["start"], format="%Y-%m-%d")
    contracts = contracts.sort_values("start").drop_duplicates("customer_id", keep="last")
    contracts["tenure_months"] = (today - contracts["start"]).dt.days / 30.4
    return contracts


def summarise_usage() -> pd.DataFrame:
    """Gigabytes and minutes per month, and how the last month differs from the ones before."""
    usage = pd.read_parquet("usage.parquet")
    usage["gigabytes"] = usage["megabytes"] / 1000
    months = usage.pivot_table(index="customer_id", columns="months_ago", values="gigabytes")
    summary = usage.groupby("customer_id")[["gigabytes", "call_minutes"]].mean()
    summary["gigabytes_trend"] = months[0] / months[[1, 2, 3]].mean(axis=1)
    return summary.reset_index()


def count_complaints() -> pd.DataFrame:
    complaints = pd.read_json("complaints.json", orient="records")
    complaints = complaints[complaints["days_ago"] <= 90]
    return complaints.groupby("customer_id").size().rename("complaints").reset_index()


def build_table(config: dict) -> pd.DataFrame:
    table = read_customers()
    table = table.merge(read_contracts(pd.Timestamp(config["today"])), on="customer_id")
    table = table.merge(summarise_usage(), on="customer_id", how="left")
    table = table.merge(count_complaints(), on="customer_id", how="left")
    table["complaints"] = table["complaints"].fillna(0)
    table["fee_per_gigabyte"] = table["monthly_fee"] / table["gigabytes"].clip(lower=0.1)
    return table.set_index("customer_id")


def build_model(config: dict) -> Pipeline:
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    names = make_pipeline(
        SimpleImputer(strategy="most_frequent"),
        OneHotEncoder(handle_unknown="ignore", min_frequency=config["least_frequency"]),
    )
    columns = ColumnTransformer([("numbers", numbers, NUMERIC), ("names", names, CATEGORICAL)])
    classifier = LogisticRegression(
        C=config["strength"], class_weight="balanced", max_iter=config["iterations"]
    )
    return Pipeline([("columns", columns), ("classifier", classifier)])


def main() -> float:
    config = json.loads(Path("config.json").read_text())
    table = build_table(config)
    left = table["left"].astype(int)
    train, test, left_train, left_test = train_test_split(
        table[NUMERIC + CATEGORICAL],
        left,
        test_size=config["test_share"],
        stratify=left,
        random_state=11,
    )
    model = build_model(config)
    model.fit(train, left_train)
    risk = model.predict_proba(test)[:, 1]
    balanced_accuracy_score(left_test, np.round(risk))
    return float(roc_auc_score(left_test, risk))


if __name__ == "__main__":
    main()
