"""Hourly load of six districts over the last weeks, with the weather of three stations."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
from corpus.days import START, date_of, growth, sent_twice
from corpus.interface import Pipeline

PIPELINE = Pipeline(
    name="energy_load",
    metric="mean_absolute_error",
    task="forecasting",
    part="development",
    about="Hourly load of districts joined to weather and holidays; ridge regression on lags.",
    greater_is_better=False,
)
CONFIG = {"utc_offset": 1, "longest_gap": 3, "test_days": 7, "alpha": 1.0}
# Kind of the district, its station, and what it can carry.
DISTRICTS = {
    "Hafen": ("industry", "coast", 5200),
    "Werkstadt": ("industry", "river", 4100),
    "Zentrum": ("offices", "river", 6400),
    "Campus": ("offices", "hill", 2300),
    "Gartenstadt": ("homes", "hill", 3100),
    "Seefeld": ("homes", "coast", 3600),
}
STATIONS = {"coast": 1.5, "river": 0.5, "hill": -2.0}
# The weather of a date is the same whenever it is delivered.
LONGEST = 75
WEATHER = np.random.default_rng(2301).normal(0, 1, (10_001 + LONGEST + 4, 3))
HOURS = np.arange(24)


def write_day(folder: Path, day: int, rng: np.random.Generator) -> None:
    luck = rng.random()
    # The archive of hours grows; day 0 is the first with all weeks that a forecast needs.
    n_days = min(LONGEST, round(42 * growth(day)) + int(luck < 0.1))
    weather = _weather(day, n_days)
    load = _load(weather, day, n_days, rng)
    if luck > 0.99:  # everything was sent twice
        load = pd.concat([load, load])
    elif luck > 0.98:  # half of the last day came too late
        load = load.iloc[: -12 * len(DISTRICTS)]
    districts = pd.DataFrame(
        [(name, *values) for name, values in DISTRICTS.items()],
        columns=["district", "kind", "station", "capacity_kw"],
    )
    holidays = [START + pd.Timedelta(days=i) for i in range(-LONGEST, day + 60) if _is_holiday(i)]
    weather["temperature"] = weather["temperature"].mask(rng.random(len(weather)) < 0.01)
    load.to_csv(folder / "load.csv", index=False)
    weather.to_csv(folder / "weather.csv", index=False)
    districts.to_csv(folder / "districts.csv", index=False)
    pd.DataFrame({"date": holidays}).to_csv(folder / "holidays.csv", index=False)
    (folder / "config.json").write_text(json.dumps({**CONFIG, "day": day}))


def _is_holiday(day: int) -> bool:
    return day % 29 == 11


def _weather(day: int, n_days: int) -> pd.DataFrame:
    """Temperature, wind and cloud of every hour of the days before."""
    tables = []
    for i in range(day - n_days, day):
        cold, windy, grey = (WEATHER[i + LONGEST : i + LONGEST + 4].T * [0.3, 0.4, 0.6, 1]).sum(1)
        time = date_of(i) + pd.to_timedelta(HOURS, unit="h")
        season = 6 - 5 * np.cos(2 * np.pi * (i - 15) / 365)
        hourly = WEATHER[i + LONGEST, 0] * np.cos(HOURS / 3 + 2)
        for station, warmer in STATIONS.items():
            sun = 3 * np.sin(2 * np.pi * (HOURS - 9) / 24)
            wind = np.clip(4 + 1.5 * windy + np.sin(HOURS / 4 + warmer), 0, None)
            cloud = np.clip(4 + 1.8 * grey + 1.5 * np.sin(HOURS / 5 + warmer), 0, 8)
            values = {
                "station": station,
                "time": time,
                "temperature": (season + warmer + sun + 2.6 * cold + 0.8 * hourly).round(1),
                "wind": wind.round(1),
                "cloud": cloud.round(),
            }
            tables.append(pd.DataFrame(values))
    return pd.concat(tables, ignore_index=True)


def _load(weather: pd.DataFrame, day: int, n_days: int, rng: np.random.Generator) -> pd.DataFrame:
    days = np.arange(day - n_days, day)
    off = np.array([i % 7 >= 5 or _is_holiday(i) for i in days])
    by_station = {name: table.reset_index(drop=True) for name, table in weather.groupby("station")}
    time = by_station["hill"]["time"]
    tables = []
    for name, (kind, station, capacity) in DISTRICTS.items():
        air = by_station[station]
        heating = (17 - air["temperature"]).clip(lower=0)
        hour = air["time"].dt.hour
        dark = air["cloud"].where(hour.between(7, 18), 8)
        warmth = {"homes": 1.15, "offices": 1.0, "industry": 0.9}[kind]
        percent = (
            _usual(kind, off).ravel()
            + warmth * heating
            + 0.5 * heating.rolling(24, min_periods=1).mean()
            + 0.03 * heating * air["wind"]
            + 0.3 * dark
            + np.repeat(_level(n_days, rng), 24)
            + rng.normal(0, 1.4, len(air))
        )
        status = np.where(rng.random(len(air)) < 0.04, "estimated", "measured")
        guess = percent.mean() + rng.normal(0, 8, len(air))
        table = {
            "utc": time - pd.Timedelta(hours=1),
            "district": name,
            "load_kw": (np.where(status == "measured", percent, guess) * capacity / 100).round(1),
            "status": status,
        }
        rows = rng.random(len(air)) > 0.004
        tables.append(pd.DataFrame(table)[rows])
    load = sent_twice(pd.concat(tables), rng, 0.004)
    return load.sort_values(["utc", "district"]).reset_index(drop=True)


def _level(n_days: int, rng: np.random.Generator) -> np.ndarray:
    """Return how much more a district needs from day to day, for no reason that is known."""
    news = rng.normal(0, 0.5, n_days)
    return np.array([np.sum(news[: i + 1] * 0.8 ** np.arange(i, -1, -1)) for i in range(n_days)])


def _usual(kind: str, off: np.ndarray) -> np.ndarray:
    """Return the load that every day has, by day and hour."""
    work = 1 / (1 + np.exp(-(HOURS - 7.5) * 1.5)) - 1 / (1 + np.exp(-(HOURS - 18) * 1.2))
    evening = np.exp(-(((HOURS - 19.5) / 2.5) ** 2))
    morning = np.exp(-(((HOURS - 7.5) / 1.5) ** 2))
    working, resting = {
        "homes": (20 + 9 * morning + 22 * evening, 22 + 8 * work + 20 * evening),
        "offices": (14 + 34 * work, 13 + 5 * work),
        "industry": (30 + 22 * work, 24 + 4 * work),
    }[kind]
    return np.where(off[:, None], resting, working)
