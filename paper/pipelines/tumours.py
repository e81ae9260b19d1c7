"""Breast tumours, three tables: classification in two classes.

Run it with: python tumours.py FOLDER
"""

import json
import sys
from pathlib import Path

import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import balanced_accuracy_score, f1_score, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler


def main(day: Path) -> float:
    config = json.loads((day / "config.json").read_text())
    cells = pd.read_csv(day / "cells.csv")
    texture = pd.read_csv(day / "texture.csv")
    register = pd.read_csv(day / "register.csv")

    cells = cells.drop_duplicates(subset="id")
    factor = cells["microscope"].map({"m1": 1.0, "m2": 0.01})
    cells = cells.assign(area=cells["area"] * factor)
    cells = cells[cells["area"] < 2600]
    cells = cells[cells["perimeter"] < config["most_perimeter"]]
    cells = cells.dropna(subset=["area"])

    texture = texture.rename(columns={"std": "texture_sd"})
    table = cells.merge(texture, on="id", how="inner")
    register = register[register["consent"] == 1]
    table = table.merge(register.drop(columns="number"), on="id", how="inner")
    table["compactness"] = table["compactness"].fillna(table["compactness"].median())
    table = table.fillna(table.median(numeric_only=True))
    clinics = table.groupby("clinic", as_index=False).agg(usual_texture=("texture", "mean"))
    table = table.merge(clinics, on="clinic", how="left")
    table = table.assign(relative_texture=table["texture"] / table["usual_texture"])
    table = pd.get_dummies(table, columns=["clinic"], dtype=float)
    table = table.sort_values("id")

    y = table["malignant"]
    x = table.drop(columns=["id", "microscope", "consent", "malignant"])
    x_train, x_test, y_train, y_test = train_test_split(
        x, y, test_size=config["test_share"], random_state=config["seed"]
    )
    scaler = MinMaxScaler()
    x_train = scaler.fit_transform(x_train)
    x_test = scaler.transform(x_test)
    model = RandomForestClassifier(
        n_estimators=25, max_depth=config["depth"], random_state=config["seed"]
    )
    model.fit(x_train, y_train)
    predicted = model.predict(x_test)
    probability = model.predict_proba(x_test)[:, 1]
    balanced_accuracy_score(y_test, predicted)
    roc_auc_score(y_test, probability)
    return float(f1_score(y_test, predicted))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
