"""Biopsies of the last weeks: scikit-learn's breast cancer data, drawn anew as images of cells."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from corpus.days import date_of, drift, forget, n_rows, pick, sent_twice, shuffled
from corpus.interface import Pipeline
from sklearn.datasets import load_breast_cancer

PIPELINE = Pipeline(
    name="biopsies",
    metric="roc_auc_score",
    task="classification",
    part="development",
    about="Images of biopsies joined to samples and labs; a searched support vector machine.",
)
CONFIG = {"sharp": 0.35, "test_share": 0.45, "candidates": [0.05, 0.2, 0.8, 3.0], "gamma": 0.04}
# Micrometres per pixel of each lab's camera; the images are measured in pixels.
PIXELS = {"north": 0.2, "centre": 0.5, "harbour": 0.35, "clinic": 0.8}


@cache
def _cells() -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Return logarithms of the means and worst values, the diagnoses and the columns."""
    data = load_breast_cancer(as_frame=True)
    table = data.data.filter(regex="^(mean|worst)")
    logs = np.log(table + 0.02 * table.mean()).to_numpy()
    names = [name.replace(" ", "_") for name in table.columns]
    return logs, 1 - data.target.to_numpy(), names


def write_day(folder: Path, day: int, rng: np.random.Generator) -> None:
    n = n_rows(2200, day, rng)
    logs, target, names = _cells()
    malignant = rng.random(n) < 0.38 + drift(day, 0.02)
    rows = np.where(
        malignant,
        rng.choice(np.flatnonzero(target == 1), n),
        rng.choice(np.flatnonzero(target == 0), n),
    )
    # Tissue differs from that of the source as pieces of tissue differ from each other.
    one, other = rng.integers(0, len(logs), (2, n))
    cells = logs[rows] + 0.3 * (logs[one] - logs[other])
    cells += 0.45 * logs.std(axis=0) * rng.normal(size=cells.shape)
    samples = _samples(malignant, day, rng)
    images = _images(samples, cells, names, day, rng)
    labs = pd.DataFrame({"lab": list(PIXELS), "micrometres": list(PIXELS.values())})
    labs["opened"] = [1998, 2004, 2011, 2016]
    sent_twice(shuffled(samples, rng), rng, 0.01).to_csv(folder / "samples.csv", index=False)
    images.to_csv(folder / "images.csv", index=False)
    labs.to_csv(folder / "labs.csv", index=False)
    (folder / "config.json").write_text(json.dumps(CONFIG | {"day": day}))


def _samples(malignant: np.ndarray, day: int, rng: np.random.Generator) -> pd.DataFrame:
    n = len(malignant)
    felt = rng.normal(1.2 * malignant, 0.8)
    received = date_of(day) - pd.to_timedelta(rng.integers(1, 28, n), unit="D")
    samples = pd.DataFrame(
        {
            "sample": rng.permutation(n) + 1000 * (day + 1),
            "patient": rng.permutation(n) + 1000 * (day + 1),
            "lab": pick(rng, {"north": 4, "centre": 3, "harbour": 2, "clinic": 1}, n),
            "received": pd.Series(received).dt.strftime("%Y-%m-%d"),
            "age": np.clip(rng.normal(52 + 7 * malignant, 12), 19, 95).round(),
            "palpation": np.select([felt < 0.4, felt < 1.2], ["soft", "firm"], "hard"),
            "diagnosis": np.where(malignant, "malignant", "benign"),
        }
    )
    forget(samples, rng, age=0.03, palpation=0.02)
    samples.loc[rng.random(n) < 0.02, "diagnosis"] = "pending"
    return samples


def _images(
    samples: pd.DataFrame, cells: np.ndarray, names: list[str], day: int, rng: np.random.Generator
) -> pd.DataFrame:
    row = np.repeat(np.arange(len(samples)), rng.choice([1, 2, 3], len(samples), p=[0.2, 0.6, 0.2]))
    focus = np.where(rng.random(len(row)) < 0.08, rng.uniform(0, 0.3, len(row)), 0.0)
    focus = np.where(focus > 0, focus, rng.uniform(0.4, 1, len(row)))
    blur = np.where(focus < 0.35, 1.2, 0.08)[:, None]
    values = np.exp(cells[row] + blur * rng.normal(size=(len(row), len(names))))
    images = pd.DataFrame(values, columns=names)
    images["worst_texture"] *= 1 + drift(day, 0.04)
    pixel = samples["lab"].map(PIXELS).to_numpy()[row]
    for name in names:
        if name.endswith(("radius", "perimeter")):
            images[name] /= pixel
        elif name.endswith("area"):
            images[name] /= pixel**2
    images = images.round(4)
    forget(images, rng, worst_texture=0.05, worst_concave_points=0.07, worst_symmetry=0.03)
    images.insert(0, "sample", samples["sample"].to_numpy()[row])
    images.insert(1, "focus", focus.round(2))
    return shuffled(images, rng)
