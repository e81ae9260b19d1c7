"""A week of sales of some hundred stores by department, and their visitors by hour."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
from corpus.days import date_of, drift, forget, growth, pick, sent_twice, shuffled
from corpus.interface import Pipeline

PIPELINE = Pipeline(
    name="store_clusters",
    metric="adjusted_rand_score",
    task="clustering",
    part="development",
    about="Sales and visits pivoted to profiles of stores; k-means finds their formats.",
)
CONFIG = {"days": 7, "utc_offset": 1, "settled_days": 200, "components": 5, "clusters": 4}
DEPARTMENTS = ["food", "drinks", "care", "clothes", "garden", "flowers", "papers"]
REGIONS = {"north": 3, "south": 3, "east": 2, "west": 4}
# Share of the stores; revenue by department; how weekends are beside the week; basket, area,
# and the part of the visitors who buy.
FORMATS = {
    "market": (3, [50, 18, 14, 6, 4, 5, 3], 1.15, 32, 900, 0.75),
    "corner": (4, [34, 34, 8, 1, 0.5, 6, 16], 0.9, 11, 140, 0.9),
    "department": (2, [16, 8, 20, 42, 6, 5, 3], 1.5, 45, 2600, 0.5),
    "garden": (2, [8, 6, 7, 8, 55, 14, 2], 1.7, 38, 3200, 0.65),
}
# Visitors of the hours from 6 to 21 o'clock: middle and width of a wave.
VISITORS = {"market": (16, 4), "corner": (9, 5), "department": (15, 2.5), "garden": (12.5, 2.5)}
OPEN = np.arange(6, 22)


def write_day(folder: Path, day: int, rng: np.random.Generator) -> None:
    luck = rng.random()
    stores = _stores(day, rng)
    sales = _sales(stores, day, rng)
    visits = _visits(stores, day, rng)
    if luck > 0.99:  # the sales were sent twice
        sales = pd.concat([sales, sales])
    elif luck > 0.98:  # a tenth of the sales came too late
        sales = sales.head(int(0.9 * len(sales)))
    stores = stores[["store", "format", "region", "area", "opened"]].copy()
    forget(stores, rng, area=0.02, format=0.01)
    sales.to_csv(folder / "sales.csv", index=False)
    visits.to_csv(folder / "visits.csv", index=False)
    stores.to_csv(folder / "stores.csv", index=False)
    (folder / "config.json").write_text(json.dumps({**CONFIG, "day": day}))


def _stores(day: int, rng: np.random.Generator) -> pd.DataFrame:
    n = round(440 * growth(day)) + int(rng.integers(0, 4))
    formats = pick(rng, {name: values[0] for name, values in FORMATS.items()}, n)
    area = np.array([FORMATS[name][4] for name in formats]) * rng.lognormal(0, 0.5, n)
    return pd.DataFrame(
        {
            "store": 800 + rng.permutation(n),
            "format": formats,
            "region": pick(rng, REGIONS, n),
            "area": area.round(1),
            "opened": date_of(day) - pd.to_timedelta(rng.integers(20, 5000, n), unit="D"),
            "size": area ** rng.normal(0.8, 0.02, n) * rng.lognormal(3.2, 0.2, n),
        }
    )


def _sales(stores: pd.DataFrame, day: int, rng: np.random.Generator) -> pd.DataFrame:
    tables = []
    dates = [date_of(i) for i in range(day - 8, day)]
    weekend = np.array([date.day_of_week >= 5 for date in dates])
    for store, name, size in zip(stores["store"], stores["format"], stores["size"], strict=True):
        _, shares, at_weekend, basket, _, _ = FORMATS[name]
        mix = np.array(shares) * rng.lognormal(0, 0.75, len(shares))
        mix[4] *= 1 + drift(day, 0.15)
        ratio = np.where(weekend, at_weekend * rng.lognormal(0, 0.25), 1.0)
        level = size * np.outer(ratio, mix / mix.sum())
        revenue = level * rng.lognormal(0, 0.1, level.shape)
        receipts = np.ceil(revenue / (basket * rng.lognormal(0, 0.4)))
        tables.append(
            pd.DataFrame(
                {
                    "date": np.repeat(dates, len(DEPARTMENTS)),
                    "store": f"S{store:04d}",
                    "department": np.tile(DEPARTMENTS, len(dates)),
                    "kind": "sale",
                    "revenue": revenue.ravel().round(2),
                    "receipts": receipts.ravel().astype(int),
                }
            )
        )
    sales = pd.concat(tables, ignore_index=True)
    # What is given back is told in rows of its own, as a positive sum; so are trials of the till.
    back = sales[rng.random(len(sales)) < 0.1].assign(kind="return")
    back["department"] = "clothes"
    back = back.drop_duplicates(subset=["date", "store"])
    back["revenue"] = (back["revenue"] * 2.5).round(2)
    return sent_twice(shuffled(pd.concat([sales, back]), rng), rng, 0.004)


def _visits(stores: pd.DataFrame, day: int, rng: np.random.Generator) -> pd.DataFrame:
    tables = []
    time = date_of(day - 1) + pd.to_timedelta(OPEN - 1, unit="h")
    for store, name, size in zip(stores["store"], stores["format"], stores["size"], strict=True):
        middle, width = VISITORS[name]
        wave = np.exp(-0.5 * ((OPEN + 0.5 - middle - rng.normal(0, 1.3)) / width) ** 2)
        _, _, _, basket, _, buyers = FORMATS[name]
        number = 8 * size / basket / (buyers * rng.lognormal(0, 0.25)) * wave / wave.sum()
        visitors = rng.poisson(number)
        tables.append(pd.DataFrame({"store": f"S{store:04d}", "utc": time, "visitors": visitors}))
    visits = pd.concat(tables, ignore_index=True)
    forget(visits, rng, visitors=0.004)
    return visits
