"""Find the customers whom the campaign's letter makes buy, from an experiment with two arms.

Run it in the folder of a day: assignments.parquet, customers.parquet, visits.parquet,
purchases.csv, config.json. The headline is the area under the Qini curve.
"""

import json
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from behaviour import add_visits
from outcomes import add_outcome
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import auc, log_loss
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

NUMBERS = ["age", "recency_days", "log_spend", "visits", "pages", "evening_share"]
NAMES = ["segment", "device", "area"]


def read_experiment(config: dict) -> pd.DataFrame:
    people = pd.read_parquet("assignments.parquet")
    people = people.drop_duplicates(subset="customer_id")
    people = people[people["eligible"] & people["arm"].isin(["letter", "control"])]
    customers = pd.read_parquet("customers.parquet")
    people = people.merge(customers, on="customer_id", how="inner")
    people = people[people["age"] >= config["least_age"]]
    people["log_spend"] = np.log1p(people["past_spend"])
    people["recency_days"] = people["recency_days"].fillna(people["recency_days"].median())
    people["device"] = people["device"].fillna("unknown")
    people["treated"] = (people["arm"] == "letter").astype(int)
    return people


def encode(train: pd.DataFrame, test: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    scaler = StandardScaler()
    train_numbers = scaler.fit_transform(train[NUMBERS])
    test_numbers = scaler.transform(test[NUMBERS])
    train_names = pd.get_dummies(train[NAMES], dtype=float)
    test_names = pd.get_dummies(test[NAMES], dtype=float)
    test_names = test_names.reindex(columns=train_names.columns, fill_value=0.0)
    x_train = train_names.assign(**dict(zip(NUMBERS, train_numbers.T, strict=True)))
    x_test = test_names.assign(**dict(zip(NUMBERS, test_numbers.T, strict=True)))
    return x_train, x_test


def fit_arms(x_train: pd.DataFrame, train: pd.DataFrame, config: dict) -> None:
    """Save one model of buying per arm, and one of both together as a reference."""
    pooled = LogisticRegression(C=config["strength"], max_iter=300)
    pooled.fit(x_train, train["bought"])
    joblib.dump(pooled, "pooled.joblib")
    for arm, rows in train.groupby("arm"):
        model = LogisticRegression(C=config["strength"], max_iter=300)
        model.fit(x_train.loc[rows.index], rows["bought"])
        joblib.dump(model, f"{arm}.joblib")


def predict_uplift(x_test: pd.DataFrame) -> pd.Series:
    with_letter = joblib.load("letter.joblib")
    without = joblib.load("control.joblib")
    bought_with = with_letter.predict_proba(x_test)[:, 1]
    bought_without = without.predict_proba(x_test)[:, 1]
    return pd.Series(bought_with - bought_without, index=x_test.index)


def qini_area(test: pd.DataFrame, uplift: pd.Series) -> float:
    """Area between the gain of the ranking and the gain of a random one, per customer."""
    ranked = test.assign(uplift=uplift).sort_values("uplift", ascending=False, kind="stable")
    n_treated = ranked["treated"].sum()
    n_control = len(ranked) - n_treated
    treated_gain = (ranked["bought"] * ranked["treated"]).cumsum() / n_treated
    control_gain = (ranked["bought"] * (1 - ranked["treated"])).cumsum() / n_control
    gain = treated_gain - control_gain
    share = np.arange(1, len(gain) + 1) / len(gain)
    return float(auc(share, gain - share * gain.iloc[-1]))


def main() -> float:
    config = json.loads(Path("config.json").read_text())
    people = read_experiment(config)
    people = add_visits(people, config)
    people = add_outcome(people, config)
    people = people.set_index("customer_id")
    train, test = train_test_split(
        people, test_size=config["test_share"], stratify=people["arm"], random_state=4
    )
    x_train, x_test = encode(train, test)
    fit_arms(x_train, train, config)
    reference = joblib.load("pooled.joblib")
    log_loss(test["bought"], reference.predict_proba(x_test))
    uplift = predict_uplift(x_test)
    return qini_area(test, uplift)


if __name__ == "__main__":
    main()
