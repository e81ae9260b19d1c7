"""Progression of diabetes, two tables: regression.

Run it with: python diabetes.py FOLDER
"""

import json
import sys
from pathlib import Path

import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler


def main(day: Path) -> float:
    config = json.loads((day / "config.json").read_text())
    visits = pd.read_csv(day / "visits.csv")
    people = pd.read_csv(day / "people.csv")

    visits = visits.drop_duplicates(subset="id")
    visits = visits.dropna(subset=["bmi"])
    factor = visits["laboratory"].map({"a": 1.0, "b": 0.1})
    visits = visits.assign(triglycerides=visits["triglycerides"] * factor)
    visits = visits[visits["bmi"] < 45]
    visits = visits[visits["pressure"] < config["most_pressure"]]

    people = people[people["age"] >= 18]
    table = visits.merge(people.drop(columns="number"), on="id", how="inner")
    table["hdl"] = table["hdl"].fillna(table["hdl"].median())
    table["bmi"] = table["bmi"].fillna(table["bmi"].median())
    table = table.fillna({"pressure": config["usual_pressure"]})
    table = table.fillna(table.mean(numeric_only=True))
    by_sex = table.groupby("sex", as_index=False).agg(usual_bmi=("bmi", "mean"))
    table = table.merge(by_sex, on="sex", how="left")
    table = table.assign(relative_bmi=table["bmi"] / table["usual_bmi"])
    table = pd.get_dummies(table, columns=["sex"], dtype=float)
    table = table.sort_values("id")

    y = table["progression"]
    x = table.drop(columns=["id", "laboratory", "progression"])
    x_train, x_test, y_train, y_test = train_test_split(
        x, y, test_size=config["test_share"], random_state=config["seed"]
    )
    scaler = StandardScaler()
    x_train = scaler.fit_transform(x_train)
    x_test = scaler.transform(x_test)
    model = Ridge(alpha=config["penalty"])
    model.fit(x_train, y_train)
    predicted = model.predict(x_test)
    mean_absolute_error(y_test, predicted)
    return float(r2_score(y_test, predicted))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
