"""Patients with diabetes a year on: scikit-learn's diabetes data, drawn anew in tables."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from corpus.days import date_of, drift, forget, n_rows, pick, sent_twice, shuffled
from corpus.interface import Pipeline
from sklearn.datasets import load_diabetes

PIPELINE = Pipeline(
    name="clinic_progress",
    metric="r2_score",
    task="regression",
    part="validation",
    about="Patients, labs and visits joined; boosted trees behind a ColumnTransformer.",
)
CONFIG = {"youngest": 18, "visits_before": 400, "test_share": 0.4, "learning_rate": 0.08}
# What a treatment adds to the progression of the disease after a year.
TREATMENTS = {
    "diet": (0.4, -14.0),
    "tablets": (0.35, 4.0),
    "insulin": (0.2, 38.0),
    "pump": (0.05, 60.0),
}
SITES = {"main": 4, "west": 2, "harbour": 1}
LABS = {"s1": "cholesterol", "s2": "ldl", "s3": "hdl", "s5": "triglycerides", "s6": "glucose"}


@cache
def _clinic() -> pd.DataFrame:
    return load_diabetes(as_frame=True, scaled=False).frame


def write_day(folder: Path, day: int, rng: np.random.Generator) -> None:
    base = _clinic()
    n = n_rows(2200, day, rng)
    rows = base.iloc[rng.integers(0, len(base), n)].reset_index(drop=True)
    rows += 0.12 * base.std().to_numpy() * rng.normal(size=rows.shape)
    rows["target"] = _smooth_target(base, rows, rng)
    patients = _patients(rows, day, rng)
    labs = _labs(rows, patients, day, rng)
    visits = _visits(rows, patients, day, rng)
    sent_twice(shuffled(patients, rng), rng, 0.01).to_csv(folder / "patients.csv", index=False)
    labs.to_csv(folder / "labs.csv", index=False)
    visits.to_parquet(folder / "visits.parquet", index=False)
    (folder / "config.json").write_text(json.dumps(CONFIG | {"day": day}))


def _smooth_target(base: pd.DataFrame, rows: pd.DataFrame, rng: np.random.Generator) -> pd.Series:
    """Most of the target as least squares explains it, and a part of what is left over."""
    x = base.drop(columns="target")
    design = np.column_stack([np.ones(len(x)), x])
    weights = np.linalg.lstsq(design, base["target"], rcond=None)[0]
    left = base["target"] - design @ weights
    explained = np.column_stack([np.ones(len(rows)), rows[x.columns]]) @ weights
    return 1.25 * explained - 40 + 0.45 * left.to_numpy()[rng.integers(0, len(left), len(rows))]


def _patients(rows: pd.DataFrame, day: int, rng: np.random.Generator) -> pd.DataFrame:
    n = len(rows)
    treatment = pick(rng, {name: share for name, (share, _) in TREATMENTS.items()}, n)
    effect = pd.Series(treatment).map({name: size for name, (_, size) in TREATMENTS.items()})
    numbers = (7919 * (60 * day + rng.permutation(n))) % 1_000_000
    born = date_of(day) - pd.to_timedelta(rows["age"] * 365.25, unit="D")
    patients = pd.DataFrame(
        {
            "patient": numbers,
            "chart": rng.permutation(numbers),
            "born": born.dt.strftime("%Y-%m-%d"),
            "sex": np.where(rows["sex"] > 1.5, "f", "m"),
            "site": pick(rng, SITES, n),
            "treatment": treatment,
            "height": (rng.normal(1.7, 0.09, n) - 0.1 * (rows["sex"] > 1.5)).clip(1.4).round(2),
            "progress": (rows["target"] + effect + drift(day, 4)).clip(lower=15).round(1),
        }
    )
    patients["weight"] = (rows["bmi"] * patients["height"] ** 2).round(1)
    forget(patients, rng, weight=0.03, treatment=0.02)
    patients.loc[rng.random(n) < 0.02, "progress"] = np.nan
    return patients


def _labs(
    rows: pd.DataFrame, patients: pd.DataFrame, day: int, rng: np.random.Generator
) -> pd.DataFrame:
    """One row per test of a patient, in the units of the laboratory."""
    tests = []
    for column, name in LABS.items():
        value = np.exp(rows[column]) if column == "s5" else rows[column]
        tests.append(
            pd.DataFrame({"patient": patients["patient"], "test": name, "value": value.round(2)})
        )
    labs = pd.concat(tests)
    labs["value"] *= np.where(labs["test"] == "glucose", 1 + drift(day, 0.02), 1)
    labs["taken"] = (
        date_of(day) - pd.to_timedelta(rng.integers(1, 60, len(labs)), unit="D")
    ).strftime("%Y-%m-%d")
    labs = shuffled(labs[rng.random(len(labs)) > 0.025], rng)
    labs["value"] = labs["value"].astype(object)
    labs.loc[rng.random(len(labs)) < 0.004, "value"] = "clotted"
    return labs


def _visits(
    rows: pd.DataFrame, patients: pd.DataFrame, day: int, rng: np.random.Generator
) -> pd.DataFrame:
    row = np.repeat(np.arange(len(rows)), 1 + rng.poisson(3, len(rows)))
    days_ago = rng.integers(1, 500, len(row))
    pressure = rows["bp"].to_numpy()[row] + rng.normal(0, 5, len(row)) + 14 * (days_ago > 400)
    visits = pd.DataFrame(
        {
            "patient": patients["patient"].to_numpy()[row],
            "date": date_of(day) - pd.to_timedelta(days_ago, unit="D"),
            "today": date_of(day),
            "kind": pick(rng, {"check": 0.8, "emergency": 0.08, "phone": 0.12}, len(row)),
            "pressure": pressure.round(),
        }
    )
    return shuffled(visits, rng)
