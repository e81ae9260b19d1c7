"""Say how far a patient's diabetes will have progressed in a year.

Run it in the folder of a day: patients.csv, labs.csv, visits.parquet, config.json.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from tables import join_tables, read_labs, read_patients, read_visits

NUMBERS = [
    "age",
    "bmi",
    "pressure",
    "visits",
    "cholesterol_ratio",
    "ldl",
    "fat",
    "glucose",
    "strain",
]
WORDS = ["sex", "treatment", "site"]


def add_features(table: pd.DataFrame, config: dict) -> pd.DataFrame:
    today = table["today"].max()
    table["age"] = (today - table["born"]).dt.days / 365.25
    table["bmi"] = table["weight"] / table["height"] ** 2
    table["cholesterol_ratio"] = table["cholesterol"] / table["hdl"]
    table["fat"] = np.log(table["triglycerides"])
    table["strain"] = (table["pressure"] * table["bmi"] / 100).clip(upper=40)
    return table[table["age"] >= config["youngest"]]


def build_model(config: dict) -> Pipeline:
    numbers = Pipeline([("impute", SimpleImputer(strategy="median")), ("scale", StandardScaler())])
    words = OneHotEncoder(handle_unknown="ignore")
    columns = ColumnTransformer([("numbers", numbers, NUMBERS), ("words", words, WORDS)])
    trees = GradientBoostingRegressor(
        n_estimators=60, max_depth=3, learning_rate=config["learning_rate"], random_state=0
    )
    return Pipeline([("columns", columns), ("trees", trees)])


def main() -> float:
    config = json.loads(Path("config.json").read_text())
    patients = read_patients()
    labs = read_labs()
    visits = read_visits(config)
    table = join_tables(patients, labs, visits)
    table = add_features(table, config)
    table = table.sort_values("patient")
    train, test = train_test_split(table, test_size=config["test_share"], random_state=0)
    model = build_model(config)
    model.fit(train[NUMBERS + WORDS], train["progress"])
    expected = pd.Series(model.predict(test[NUMBERS + WORDS]), index=test.index)
    expected = expected.clip(lower=0)
    mean_absolute_error(test["progress"], expected)
    return float(r2_score(test["progress"], expected))


if __name__ == "__main__":
    main()
