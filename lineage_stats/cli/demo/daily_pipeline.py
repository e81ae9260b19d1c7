"""Tell malignant from benign tumours with the scans of one day.

Run it with: python daily_pipeline.py data/2026-03-01
"""

import sys
from pathlib import Path

import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, recall_score, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

SHAPE = ["radius", "texture", "smoothness", "symmetry", "fractal_dimension"]
FEATURES = [*SHAPE, "relative_texture", "clinic_east", "clinic_north", "clinic_south"]


def load(day: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    scans = pd.read_csv(day / "scans.csv")
    patients = pd.read_csv(day / "patients.csv")
    return scans, patients


def clean(scans: pd.DataFrame) -> pd.DataFrame:
    scans = scans.drop_duplicates(subset="scan_id")
    scans = scans.dropna(subset=["radius"])
    millimetres = scans["unit"].map({"mm": 1.0, "cm": 10.0})
    scans = scans.assign(radius=scans["radius"] * millimetres)
    scans = scans[scans["radius"] < 27]
    return scans.drop(columns=["scan_id", "unit"])


def build_features(scans: pd.DataFrame, patients: pd.DataFrame) -> pd.DataFrame:
    table = scans.merge(patients, on="patient_id", how="inner")
    table = table.fillna(table[SHAPE].median())
    by_clinic = table.groupby("clinic", as_index=False).agg(clinic_texture=("texture", "median"))
    table = table.merge(by_clinic, on="clinic", how="left")
    table = table.assign(relative_texture=table["texture"] / table["clinic_texture"])
    return pd.get_dummies(table, columns=["clinic"], dtype=float)


def train_and_evaluate(table: pd.DataFrame, seed: int) -> float:
    train, test = train_test_split(
        table, test_size=0.5, random_state=seed, stratify=table["malignant"]
    )
    scaler = StandardScaler().fit(train[FEATURES])
    model = LogisticRegression(max_iter=500)
    model.fit(scaler.transform(train[FEATURES]), train["malignant"])

    test_features = scaler.transform(test[FEATURES])
    predicted = model.predict(test_features)
    probability = model.predict_proba(test_features)[:, 1]
    recall_score(test["malignant"], predicted)
    roc_auc_score(test["malignant"], probability)
    return float(f1_score(test["malignant"], predicted))


def main(day: Path) -> float:
    scans, patients = load(day)
    scans = clean(scans)
    table = build_features(scans, patients)
    return train_and_evaluate(table, seed=int(day.name.replace("-", "")))


if __name__ == "__main__":
    f1 = main(Path(sys.argv[1]))
    print(f"f1 = {f1:.3f}")
