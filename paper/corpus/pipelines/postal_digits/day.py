"""Digits of post codes of one day: scikit-learn's digits, drawn anew by scanners that differ."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from corpus.days import date_of, drift, forget, n_rows, pick, sent_twice, shuffled
from corpus.interface import Pipeline
from sklearn.datasets import load_digits

PIPELINE = Pipeline(
    name="postal_digits",
    metric="balanced_accuracy_score",
    task="classification",
    part="test",
    about="Scanned digits with hundreds of derived columns; principal components and neighbours.",
)
CONFIG = {"legible": 0.3, "test_share": 0.4, "components": 40, "neighbours": 5}
# What a scanner makes of white (0) and of black (16).
SCANNERS = {"A1": (0.0, 255.0), "B2": (20.0, 235.0), "C3": (40.0, 140.0), "D4": (90.0, 250.0)}
PIXELS = [f"p{row}{column}" for row in range(8) for column in range(8)]


@cache
def _digits() -> tuple[np.ndarray, np.ndarray]:
    data = load_digits()
    return data.data / 16, data.target


def write_day(folder: Path, day: int, rng: np.random.Generator) -> None:
    inks, targets = _digits()
    n = n_rows(14_000, day, rng)
    row = rng.integers(0, len(inks), n)
    letters = _letters(targets[row], day, rng)
    scans = _scans(inks[row], letters, day, rng)
    scanners = pd.DataFrame(
        [(name, white, black) for name, (white, black) in SCANNERS.items()],
        columns=["scanner", "white", "black"],
    )
    scanners["gate"] = [3, 1, 4, 2]
    sent_twice(shuffled(letters, rng), rng, 0.01).to_csv(folder / "letters.csv", index=False)
    scans.to_parquet(folder / "scans.parquet", index=False)
    scanners.to_csv(folder / "scanners.csv", index=False)
    (folder / "config.json").write_text(json.dumps(CONFIG | {"day": day}))


def _letters(digits: np.ndarray, day: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return what a person read, and on which scanner the letter lay."""
    n = len(digits)
    numbers = rng.permutation(n) + 24_000
    letters = pd.DataFrame(
        {
            "letter": numbers,
            "bag": rng.permutation(numbers),
            "scanner": pick(rng, {"A1": 4, "B2": 3, "C3": 2, "D4": 2}, n),
            "time": date_of(day) + pd.to_timedelta(np.sort(rng.uniform(0, 24, n)), unit="h"),
            "legible": np.where(rng.random(n) < 0.06, rng.uniform(0, 0.3, n), 0.0).round(2),
            "digit": digits,
        }
    )
    good = rng.uniform(0.35, 1, n).round(2)
    letters["legible"] = np.where(letters["legible"] > 0, letters["legible"], good)
    letters["digit"] = letters["digit"].astype("Int64").mask(rng.random(n) < 0.01)
    return letters


def _scans(
    ink: np.ndarray, letters: pd.DataFrame, day: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Return the pixels as a scanner sees them: pen, noise, dirt, and its own white and black."""
    n = len(ink)
    pen = np.exp(rng.normal(drift(day, 0.05), 0.15, n))[:, None]
    dirt = np.where(letters["legible"] < 0.3, 0.6, 0.27)[:, None]
    ink = np.clip(ink**pen + dirt * rng.normal(size=ink.shape), 0, 1)
    limits = np.array([SCANNERS[name] for name in letters["scanner"]])
    values = limits[:, :1] + ink * (limits[:, 1:] - limits[:, :1])
    scans = pd.DataFrame(values.round().astype("float32"), columns=PIXELS)
    forget(scans, rng, **dict.fromkeys(rng.choice(PIXELS, 6, replace=False), 0.02))
    scans.insert(0, "letter", letters["letter"])
    return shuffled(scans, rng)
