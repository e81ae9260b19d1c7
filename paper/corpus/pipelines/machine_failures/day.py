"""Sensors of 80 machines over the last 45 days, with failures and services: generated.

When a machine fails follows from its number, so that days that overlap tell the same story.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from corpus.days import START, drift, forget, sent_twice
from corpus.interface import Pipeline

PIPELINE = Pipeline(
    name="machine_failures",
    metric="f1_score",
    task="classification",
    part="development",
    about="Sensor readings to daily features with as-of joins; a support vector machine by groups.",
)
CONFIG = {
    "highest_vibration": 60,
    "warning_days": 7,
    "window": 3,
    "penalty": 2.0,
    "alarm_level": 0.2,
}
N_MACHINES, N_DAYS, PER_DAY = 80, 45, 6
MEASURED = ["vibration", "temperature", "pressure", "current"]


def write_day(folder: Path, day: int, rng: np.random.Generator) -> None:
    machines = _machines()
    readings = _readings(machines, day, rng)
    readings.to_parquet(folder / "readings.parquet", index=False)
    _events(_failures(), day, 0).to_csv(folder / "failures.csv", index=False)
    _events(_services(), day, 60).to_csv(folder / "services.csv", index=False)
    machines.to_csv(folder / "machines.csv", index=False)
    settings = {**CONFIG, "day": day, "seed": day}
    (folder / "config.json").write_text(json.dumps(settings))


@cache
def _failures() -> np.ndarray:
    """Return for each machine the numbers of the days on which it fails."""
    rng = np.random.default_rng(77)
    return np.cumsum(rng.uniform(15, 48, (N_MACHINES, 800)), axis=1) - 300


@cache
def _services() -> np.ndarray:
    rng = np.random.default_rng(78)
    return np.cumsum(rng.uniform(20, 60, (N_MACHINES, 800)), axis=1) - 300


def _machines() -> pd.DataFrame:
    number = np.arange(N_MACHINES)
    return pd.DataFrame(
        {
            "machine": [f"M{i:03d}" for i in number],
            "asset": [f"M{i:03d}" for i in np.random.default_rng(3).permutation(N_MACHINES)],
            "model": np.array(["light", "medium", "heavy"])[number % 3],
            "installed": START - pd.to_timedelta(200 + 31 * number, unit="D"),
            "rated_current": np.array([12.0, 20.0, 33.0])[number % 3],
            "manager": number % 7,
        }
    )


def _events(schedule: np.ndarray, day: int, before: int) -> pd.DataFrame:
    """Return the events that are known on a day."""
    machine, which = np.nonzero((schedule < day) & (schedule >= day - N_DAYS - before))
    number = np.floor(schedule[machine, which]).astype(int)
    dates = START + pd.to_timedelta(number, unit="D")
    return pd.DataFrame({"machine": [f"M{i:03d}" for i in machine], "date": dates})


def _readings(machines: pd.DataFrame, day: int, rng: np.random.Generator) -> pd.DataFrame:
    steps = np.arange(N_DAYS * PER_DAY) / PER_DAY + (day - N_DAYS)
    machine, when = np.repeat(np.arange(N_MACHINES), len(steps)), np.tile(steps, N_MACHINES)
    left = np.concatenate(
        [one[np.searchsorted(one, steps, side="right")] - steps for one in _failures()]
    )
    wear = np.exp(-left / 5.0)
    n = len(when)
    kind = machine % 3
    weekend = (np.floor(when).astype(int) % 7) >= 5
    season = drift(day, 3.0)
    temperature = 55 + season + 6 * kind + 14 * wear - 3 * weekend + rng.normal(0, 3, n)
    readings = pd.DataFrame(
        {
            "machine": machines["machine"].to_numpy()[machine],
            "site": np.where(machine % 4 == 0, "old", "new"),
            "time": START + pd.to_timedelta((when * 24).round().astype(int), unit="h"),
            "vibration": 4 + 0.8 * kind + 9 * wear + rng.normal(0, 1.1, n),
            "temperature": np.where(machine % 4 == 0, temperature * 1.8 + 32, temperature),
            "pressure": 101 - 6 * wear + rng.normal(0, 2, n),
            "current": np.array([10.0, 17.0, 29.0])[kind] * (1 + 0.05 * rng.normal(0, 1 + wear, n)),
            "sensor_state": np.where(rng.random(n) < 0.98, "ok", "fault"),
        }
    )
    readings.loc[readings["sensor_state"] == "fault", "vibration"] = 0.0
    readings.loc[rng.random(n) < 0.003, "vibration"] = 99.0
    forget(readings, rng, pressure=0.03)
    if rng.random() < 0.03:  # a holiday: nothing is measured on the last day but one
        readings = readings[np.floor(when) != day - 2]
    return sent_twice(readings.round(dict.fromkeys(MEASURED, 2)).reset_index(drop=True), rng, 0.003)
