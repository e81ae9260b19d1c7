"""Wines of two regions and repeated laboratory readings: three classes.

Run it with: python wine.py FOLDER
"""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import RobustScaler


def load(day: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    north = pd.read_csv(day / "north.csv")
    south = pd.read_csv(day / "south.csv")
    wines = pd.concat([north, south], ignore_index=True)
    readings = pd.read_csv(day / "readings.csv")
    return wines, readings


def tidy(wines: pd.DataFrame, config: dict) -> pd.DataFrame:
    wines = wines.loc[wines["alcohol"].between(10, 16)]
    wines = wines.loc[wines["ash"] > 1]
    wines = wines.assign(proline=wines["proline"].clip(upper=config["most_proline"]))
    wines = wines.assign(color=wines["color"].abs())
    wines = wines.set_index("wine")
    wines = wines.sort_index()
    return wines.reset_index()


def describe(wines: pd.DataFrame, readings: pd.DataFrame) -> pd.DataFrame:
    readings = readings.query("valid == 1")
    readings = readings.groupby("wine", as_index=False)["flavanoids"].mean()
    wines = wines.merge(readings, on="wine", how="left")
    wines["log_proline"] = np.log1p(wines["proline"])
    wines["hue"] = wines["hue"].fillna(wines["hue"].mean())
    wines["tint"] = wines["color"] * wines["hue"]
    return wines.drop(columns=["alcohol", "bottle", "proline", "wine"])


def main(day: Path) -> float:
    config = json.loads((day / "config.json").read_text())
    wines, readings = load(day)
    wines = tidy(wines, config)
    wines = describe(wines, readings)
    y = wines.pop("cultivar")
    train, test, y_train, y_test = train_test_split(
        wines, y, test_size=0.45, random_state=config["seed"]
    )
    imputer = SimpleImputer(strategy="median")
    train = imputer.fit_transform(train)
    test = imputer.transform(test)
    scaler = RobustScaler()
    train = scaler.fit_transform(train)
    test = scaler.transform(test)
    best = SelectKBest(f_classif, k=config["columns"])
    train = best.fit_transform(train, y_train)
    test = best.transform(test)
    model = LogisticRegression(C=config["penalty"], max_iter=300)
    model.fit(train, y_train)
    predicted = model.predict(test)
    accuracy_score(y_test, predicted)
    return float(f1_score(y_test, predicted, average="macro"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
