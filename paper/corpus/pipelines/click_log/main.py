"""Expect clicks on what visitors are shown, learned from the earlier hours of the day.

Run it in the folder of a day: views.parquet, users.csv, items.csv, config.json.
"""

import json
from pathlib import Path

import joblib
import pandas as pd
from history import add_history, add_item_rate
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.preprocessing import OrdinalEncoder

FEATURES = [
    "position",
    "pause",
    "clicks_before",
    "recent_rate",
    "user_rate",
    "item_rate",
    "price",
    "discount",
    "days_known",
    "slot_code",
    "device_code",
]


def load_views(config: dict) -> pd.DataFrame:
    views = pd.read_parquet("views.parquet")
    views = views.drop_duplicates(subset=["session", "time", "item"])
    views = views[views["agent"] != "robot"]
    views["hour"] = views["time"].dt.hour
    views = views[views["hour"] >= config["open_hour"]]
    views["slot"] = views["slot"].fillna("list")
    views["clicked"] = (views["stay"] >= config["stay"]).astype(int)
    return views.astype({"user": "int32", "item": "int16"})


def add_tables(views: pd.DataFrame) -> pd.DataFrame:
    users = pd.read_csv("users.csv", parse_dates=["joined"])
    items = pd.read_csv("items.csv")
    views = views.merge(users, on="user", how="left")
    views = views.merge(items, on="item", how="left")
    views["user_rate"] = views["rate_before"].fillna(views["rate_before"].median())
    views["days_known"] = (views["time"] - views["joined"]).dt.days
    return views


def encode(train: pd.DataFrame, test: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    words, codes = ["slot", "device"], ["slot_code", "device_code"]
    train[codes] = encoder.fit_transform(train[words])
    test[codes] = encoder.transform(test[words])
    return train, test


def fit_models(train: pd.DataFrame, config: dict) -> None:
    simple = LogisticRegression(max_iter=200)
    simple.fit(train[["position", "hour"]], train["clicked"])
    joblib.dump(simple, "baseline.joblib")
    trees = HistGradientBoostingClassifier(
        learning_rate=config["learning_rate"], max_iter=40, random_state=0
    )
    trees.fit(train[FEATURES], train["clicked"])
    joblib.dump(trees, "trees.joblib")


def main() -> float:
    config = json.loads(Path("config.json").read_text())
    views = load_views(config)
    views = add_tables(views)
    views = add_history(views, config)
    train = views[views["hour"] < config["train_until"]]
    test = views[views["hour"] >= config["train_until"]]
    train, test = add_item_rate(train, test)
    train, test = encode(train, test)
    fit_models(train, config)
    model = joblib.load("trees.joblib")
    chance = model.predict_proba(test[model.feature_names_in_])[:, 1]
    chance = pd.Series(chance, index=test.index)
    return float(average_precision_score(test["clicked"], chance))


if __name__ == "__main__":
    main()
