"""Parcels of one day and the depots that sent them."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from corpus.interface import Pipeline

PIPELINE = Pipeline(
    "parcels",
    metric="f1_score",
    task="classification",
    part="development",
    about="Parcels and depots, two tables: whether a parcel arrives late.",
)
N_DEPOTS = 12


def write_day(folder: Path, day: int, rng: np.random.Generator) -> None:
    """Write parcels.csv, depots.csv and config.json."""
    weekday = day % 7
    n = int(rng.poisson((900 + 0.3 * day) * (0.6 if weekday >= 5 else 1.0)))
    if rng.random() < 0.03:  # a holiday: few parcels, nothing else is wrong
        n //= 2
    depots = _depots(day, rng)
    depot = rng.integers(0, N_DEPOTS, n)
    distance = rng.gamma(2.0, 60.0 + 0.02 * day, n)
    weight = rng.lognormal(1.0, 0.8, n)
    stops = rng.poisson(3, n)
    load = (depots["parcels_today"] / depots["capacity"]).to_numpy()[depot]
    hours = 20 + 0.09 * distance + 14 * load + 1.6 * stops + 2.0 * (weight > 8)
    parcels = pd.DataFrame(
        {
            "parcel": 100_000 * day + np.arange(n),
            "depot": [f"D{i:02d}" for i in depot],
            "distance": np.where(rng.random(n) < 0.02, np.nan, distance.round(1)),
            "weight": weight.round(2),
            "stops": stops,
            "promised": 48,
            "hours": (hours + rng.normal(0, 5, n)).round(1),
        }
    )
    again = parcels.sample(int(rng.integers(2, 9)), random_state=int(rng.integers(2**31)))
    parcels = pd.concat([parcels, again], ignore_index=True)
    parcels.to_csv(folder / "parcels.csv", index=False)
    depots.to_csv(folder / "depots.csv", index=False)
    config = {"heavy": 8, "test_share": 0.4, "C": 1.0, "threshold": 0.5, "seed": day}
    (folder / "config.json").write_text(json.dumps(config))


def _depots(day: int, rng: np.random.Generator) -> pd.DataFrame:
    capacity = np.linspace(60, 200, N_DEPOTS).round()
    share = rng.beta(9, 4, N_DEPOTS) * (1 + 0.0002 * day)
    return pd.DataFrame(
        {
            "depot": [f"D{i:02d}" for i in range(N_DEPOTS)],
            "capacity": capacity,
            "parcels_today": (capacity * share).round(),
        }
    )
