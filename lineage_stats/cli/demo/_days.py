"""The demo's calendar: real measurements, another sample of them every day."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer

SHAPE = ("radius", "texture", "smoothness", "symmetry", "fractal dimension")
CLINICS = ("east", "north", "south")
FIRST_DAY = dt.date(2026, 3, 1)


class Bug(NamedTuple):
    """One line of the script, spoiled."""

    name: str
    title: str
    healthy: str
    broken: str


BUGS = (
    Bug(
        "filter",
        "a filter that is too strict",
        'scans[scans["radius"] < 27]',
        'scans[scans["radius"] < 15]',
    ),
    Bug(
        "join",
        "a join that keeps patients without a scan",
        'scans.merge(patients, on="patient_id", how="inner")',
        'scans.merge(patients, on="patient_id", how="right")',
    ),
    Bug(
        "unit",
        "a column in the wrong unit",
        'scans.assign(radius=scans["radius"] * scans["unit"].map({"mm": 1.0, "cm": 10.0}))',
        'scans.assign(radius=scans["radius"] * scans["unit"].map({"mm": 1.0, "cm": 1.0}))',
    ),
)


def break_script(source: str, bug: Bug) -> str:
    """Return the source of the pipeline with one line replaced."""
    if source.count(bug.healthy) != 1:
        raise ValueError(f"The line of the bug '{bug.name}' must occur once: {bug.healthy}")
    return source.replace(bug.healthy, bug.broken)


def hospital() -> pd.DataFrame:
    """Return every patient: shape of the tumour, diagnosis, clinic and unit of the scanner.

    Measurements and diagnoses are those of the Wisconsin diagnostic data set [1]_; patient
    numbers, clinics and scanner units are ours.

    References
    ----------
    .. [1] Street, W. N., Wolberg, W. H., Mangasarian, O. L. (1993). Nuclear feature extraction
       for breast tumor diagnosis. Biomedical Image Processing and Biomedical Visualization.
    """
    bunch = load_breast_cancer(as_frame=True)
    rng = np.random.default_rng(0)
    table: pd.DataFrame = bunch.data[[f"mean {name}" for name in SHAPE]]
    table = table.set_axis([name.replace(" ", "_") for name in SHAPE], axis=1)
    return table.assign(
        patient_id=1000 + np.arange(len(table)),
        malignant=1 - bunch.target,
        clinic=rng.choice(CLINICS, len(table)),
        unit=np.where(rng.random(len(table)) < 0.35, "cm", "mm"),
    )


def write_day(patients: pd.DataFrame, folder: Path, *, seed: int) -> None:
    """Write the two tables of one day to ``folder``.

    Some 430 of the patients were scanned; some values are missing, a few scans were sent twice.
    """
    rng = np.random.default_rng(seed)
    n_scans = int(rng.integers(400, 461))
    scans = patients.iloc[rng.permutation(len(patients))[:n_scans]].copy()
    scans.insert(0, "scan_id", rng.permutation(90_000)[:n_scans] + 10_000)
    scans.loc[scans["unit"] == "cm", "radius"] /= 10
    for column, share in (("radius", 0.01), ("texture", 0.04), ("symmetry", 0.03)):
        scans.loc[rng.random(n_scans) < share, column] = np.nan
    twice = scans.sample(n=int(rng.integers(2, 9)), random_state=rng)
    folder.mkdir(parents=True)
    scans = pd.concat([scans, twice]).drop(columns=["malignant", "clinic"])
    scans.to_csv(folder / "scans.csv", index=False)
    order = rng.permutation(len(patients))
    register = patients.iloc[order][["patient_id", "clinic", "malignant"]]
    register.to_csv(folder / "patients.csv", index=False)
