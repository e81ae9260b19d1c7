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
    scans = scans.assign(radius=scans["radius"] * scans["unit"].map({"mm": 1.0, "cm": 10.0}))
    scans = scans[scans["radius"] < 27]
    return scans.drop(columns=["scan_id", "unit"])


def features(scans: pd.DataFrame, patients: pd.DataFrame) -> pd.DataFrame:
    table = scans.merge(patients, on="patient_id", how="inner")
    table = table.fillna(table[SHAPE].median())
    by_clinic = table.groupby("clinic", as_index=False).agg(clinic_texture=("texture", "median"))
    table = table.merge(by_clinic, on="clinic", how="left")
    table = table.assign(relative_texture=table["texture"] / table["clinic_texture"])
    return pd.get_dummies(table, columns=["clinic"], dtype=float)


def train(table: pd.DataFrame) -> tuple[StandardScaler, LogisticRegression]:
    scaler = StandardScaler().fit(table[FEATURES])
    model = LogisticRegression(max_iter=500)
    model.fit(scaler.transform(table[FEATURES]), table["malignant"])
    return scaler, model


def evaluate(scaler: StandardScaler, model: LogisticRegression, table: pd.DataFrame) -> float:
    inputs = scaler.transform(table[FEATURES])
    predicted = model.predict(inputs)
    probability = model.predict_proba(inputs)[:, 1]
    recall_score(table["malignant"], predicted)
    roc_auc_score(table["malignant"], probability)
    return float(f1_score(table["malignant"], predicted))


def main(day: Path) -> float:
    scans, patients = load(day)
    scans = clean(scans)
    table = features(scans, patients)
    past, new = train_test_split(
        table,
        test_size=0.5,
        stratify=table["malignant"],
        random_state=int(day.name.replace("-", "")),
    )
    scaler, model = train(past)
    return evaluate(scaler, model, new)


if __name__ == "__main__":
    f1 = main(Path(sys.argv[1]))
    print(f"f1 = {f1:.3f}")
