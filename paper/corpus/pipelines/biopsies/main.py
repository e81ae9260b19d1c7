"""Tell malignant biopsies from benign ones by the cells in their images.

Run it in the folder of a day: samples.csv, images.csv, labs.csv, config.json.
"""

import json
from pathlib import Path

import pandas as pd
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.preprocessing import RobustScaler
from sklearn.svm import SVC

SHAPES = [
    "worst_texture",
    "worst_smoothness",
    "worst_concave_points",
    "worst_symmetry",
]
MEASURES = ["worst_perimeter", "worst_area", *SHAPES]
FEATURES = ["worst_area", *SHAPES, "age", "hardness", "irregular"]


def load_samples() -> pd.DataFrame:
    samples = pd.read_csv("samples.csv")
    samples = samples.drop_duplicates(subset="sample")
    samples = samples[samples["diagnosis"] != "pending"]
    labs = pd.read_csv("labs.csv")
    return samples.merge(labs, on="lab", how="left")


def measure_cells(config: dict) -> pd.DataFrame:
    """Means over the sharp images of a sample, in pixels."""
    images = pd.read_csv("images.csv")
    sharp = images[images["focus"] >= config["sharp"]]
    return sharp.groupby("sample")[MEASURES].mean().reset_index()


def to_micrometres(table: pd.DataFrame) -> pd.DataFrame:
    pixel = table["micrometres"]
    table["worst_perimeter"] = table["worst_perimeter"] * pixel
    table["worst_area"] = table["worst_area"] * pixel**2
    return table


def add_features(table: pd.DataFrame) -> pd.DataFrame:
    table["irregular"] = table["worst_perimeter"] ** 2 / table["worst_area"]
    table["irregular"] = table["irregular"].clip(upper=40)
    table["hardness"] = table["palpation"].map({"soft": 0, "firm": 1, "hard": 2})
    table["hardness"] = table["hardness"].fillna(1)
    table["age"] = table["age"].fillna(table["age"].median())
    table[SHAPES] = table[SHAPES].fillna(table[SHAPES].median())
    return table


def main() -> float:
    config = json.loads(Path("config.json").read_text())
    samples = load_samples()
    cells = measure_cells(config)
    table = samples.merge(cells, on="sample", how="inner")
    table = to_micrometres(table)
    table = add_features(table)
    table = table.sort_values("sample").reset_index(drop=True)
    y = (table["diagnosis"] == "malignant").astype(int)
    x = table[FEATURES]
    x_train, x_test, y_train, y_test = train_test_split(
        x, y, test_size=config["test_share"], stratify=y, random_state=0
    )
    scaler = RobustScaler()
    x_train = scaler.fit_transform(x_train)
    x_test = scaler.transform(x_test)
    search = GridSearchCV(
        SVC(gamma=config["gamma"]), {"C": config["candidates"]}, cv=3, scoring="roc_auc"
    )
    search.fit(x_train, y_train)
    scores = search.decision_function(x_test)
    return float(roc_auc_score(y_test, scores))


if __name__ == "__main__":
    main()
