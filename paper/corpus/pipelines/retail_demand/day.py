"""Sales of the last five months, with promotions, holidays and shops: generated."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
from corpus.days import START, date_of, drift, forget, growth, sent_twice, shuffled
from corpus.interface import Pipeline

PIPELINE = Pipeline(
    name="retail_demand",
    metric="mean_absolute_percentage_error",
    task="forecasting",
    part="development",
    about="Daily sales with lags, rolling levels, promotions and holidays; ridge regression.",
    greater_is_better=False,
)
CONFIG = {"highest_price": 100, "horizon": 21, "penalty": 0.5, "most_units": 500}
N_DAYS, N_SHOPS, N_ITEMS = 140, 10, 12
WEEKDAY = np.array([0.85, 0.8, 0.9, 1.0, 1.25, 1.5, 0.6])
HOLIDAYS = (0, 88, 120, 150, 227, 275, 304, 358, 359)  # days of the year


def write_day(folder: Path, day: int, rng: np.random.Generator) -> None:
    promotions = _promotions(day)
    sales = _sales(promotions, day, rng)
    sales.to_csv(folder / "sales.csv", index=False)
    old = sales[["shop", "item", "date", "units", "price"]].copy()
    old["date"] = pd.to_datetime(old["date"]) - pd.Timedelta(days=364)
    old.to_csv(folder / "sales_last_year.csv", index=False)
    promotions.to_csv(folder / "promotions.csv", index=False)
    _holidays(day).to_csv(folder / "holidays.csv", index=False)
    shops = pd.DataFrame(
        {
            "shop": [f"S{i:03d}" for i in range(N_SHOPS)],
            "square_metres": np.linspace(200, 1800, N_SHOPS).round(),
            "region": np.array(["coast", "hills", "city"])[np.arange(N_SHOPS) % 3],
        }
    )
    shops.to_json(folder / "shops.json", orient="records")
    (folder / "config.json").write_text(json.dumps({**CONFIG, "day": day}))


def _numbers(day: int) -> np.ndarray:
    return np.arange(day - N_DAYS, day)


def _promotions(day: int) -> pd.DataFrame:
    """Return the plan, which is the same for a date on whatever day it is delivered."""
    rows = []
    for number in _numbers(day):
        week = np.random.default_rng([(number + 1000) // 7, 5])
        for item in week.choice(N_ITEMS, 4, replace=False):
            percent = int(week.choice([10, 20, 30, 40]))
            rows.append((f"I{item:02d}", date_of(number), percent))
    return pd.DataFrame(rows, columns=["item", "date", "percent"])


def _holidays(day: int) -> pd.DataFrame:
    dates = [date_of(n) for n in _numbers(day) if date_of(n).day_of_year - 1 in HOLIDAYS]
    table = pd.DataFrame({"date": dates, "name": "holiday", "country": "home"})
    away = [date_of(n) for n in _numbers(day)[::23]]
    return pd.concat([table, pd.DataFrame({"date": away, "name": "fair", "country": "away"})])


def _sales(promotions: pd.DataFrame, day: int, rng: np.random.Generator) -> pd.DataFrame:
    table = pd.MultiIndex.from_product(
        [range(N_SHOPS), range(N_ITEMS), _numbers(day)], names=["shop", "item", "number"]
    ).to_frame(index=False)
    table["date"] = START + pd.to_timedelta(table["number"], unit="D")
    plan = promotions.assign(item=promotions["item"].str[1:].astype(int))
    table = table.merge(plan, on=["item", "date"], how="left")
    shop, item = table["shop"].to_numpy(), table["item"].to_numpy()
    weekday = table["date"].dt.day_of_week.to_numpy()
    dates = table["date"].dt
    level = (8 + 5 * shop) * np.exp(np.sin(1 + 3 * np.arange(N_ITEMS)))[item]
    seasonal = 1 + 0.25 * np.sin(2 * np.pi * (table["number"].to_numpy() + 60 * item) / 365)
    local = np.exp(np.cumsum(rng.normal(0, 0.012, (N_SHOPS * N_ITEMS, N_DAYS)), axis=1)).ravel()
    mean = (
        level
        * (growth(day) + drift(day, 0.03))
        * seasonal
        * local
        * WEEKDAY[weekday] ** (1 + 0.3 * (item % 3))
        * np.exp(2.2 * table["percent"].fillna(0).to_numpy() / 100)
        * np.where((dates.day_of_year - 1).isin(HOLIDAYS), 0.45, 1.0)
        * np.where(dates.day.isin([1, 2, 15, 16]), 1.2, 1.0)
    )
    table["units"] = rng.poisson(mean * rng.gamma(60, 1 / 60, len(mean))).astype(float)
    table["price"] = (2 + item * 1.5 + rng.normal(0, 0.1, len(mean))).round(2)
    table["shop"] = table["shop"].map("S{:03d}".format)
    table["item"] = table["item"].map("I{:02d}".format)
    table["cashier"] = rng.integers(1, 60, len(table))
    if rng.random() < 0.03:  # the report of one shop has not come in for some days
        late = (table["shop"] == "S004") & (table["number"] >= day - 4)
        table = table[~late]
    table = table.drop(columns=["number", "percent"]).reset_index(drop=True)
    table.loc[rng.random(len(table)) < 0.002, "price"] = 999.0
    table.loc[rng.random(len(table)) < 0.001, "units"] = -1
    forget(table, rng, units=0.001)
    return sent_twice(shuffled(table, rng), rng, 0.004)
