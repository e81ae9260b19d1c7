"""Hand-written digits, two tables: classification in ten classes.

Run it with: python digits.py FOLDER
"""

import json
import sys
from pathlib import Path

import pandas as pd
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

ZONES = [f"zone_{i:02d}" for i in range(16)]


def main(day: Path) -> float:
    config = json.loads((day / "config.json").read_text())
    images = pd.read_csv(day / "images.csv")
    labels = pd.read_csv(day / "labels.csv")

    images = images.drop_duplicates(subset="id")
    images = images.dropna(subset=["zone_05"])
    scale = images["scanner"].map({"old": 100.0, "new": 1.0})
    images = images.assign(**{zone: images[zone] * scale for zone in ZONES[4:12]})
    images = images.assign(ink=images[ZONES].sum(axis=1))
    images = images[images["ink"] > 150]
    images = images[images["ink"] < config["most_ink"]]

    labels = labels[labels["quality"] >= 0.05]
    table = images.merge(labels.drop(columns="number"), on="id", how="inner")
    table = table.fillna(table[[*ZONES, "ink"]].median())
    table = table.sort_values("id")
    writers = table.groupby("writer", as_index=False).agg(usual_ink=("ink", "mean"))
    table = table.merge(writers, on="writer", how="left")
    table = table.assign(relative_ink=table["ink"] / table["usual_ink"])

    y = table["digit"].fillna(0)
    x = table.drop(columns=["id", "scanner", "quality", "writer", "digit"])
    x_train, x_test, y_train, y_test = train_test_split(
        x, y, test_size=config["test_share"], random_state=config["seed"]
    )
    scaler = StandardScaler()
    x_train = scaler.fit_transform(x_train)
    x_test = scaler.transform(x_test)
    model = SVC(C=config["penalty"], gamma="scale")
    model.fit(x_train, y_train)
    predicted = model.predict(x_test)
    accuracy_score(y_test, predicted)
    return float(f1_score(y_test, predicted, average="macro"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
