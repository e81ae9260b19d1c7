"""What visitors of a shop were shown on one day, and what they clicked: generated, and long."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
from corpus.days import date_of, drift, happens, n_rows, pick
from corpus.interface import Pipeline

PIPELINE = Pipeline(
    name="click_log",
    metric="average_precision_score",
    task="classification",
    part="development",
    about="A long log of views, grouped by user and session; boosted trees expect the next click.",
)
CONFIG = {"longest": 40, "open_hour": 1, "train_until": 16, "stay": 5, "learning_rate": 0.15}
N_USERS, N_ITEMS = 6000, 800
SLOTS = {"top": (0.3, 0.9), "list": (0.5, 0.0), "side": (0.2, -1.2)}
DEVICES = {"phone": (0.55, -0.3), "desktop": (0.35, 0.3), "tablet": (0.1, 0.0)}


def write_day(folder: Path, day: int, rng: np.random.Generator) -> None:
    users = _users(day, rng)
    items = _items(day, rng)
    views = _views(users, items, day, rng)
    views.to_parquet(folder / "views.parquet", index=False)
    users.drop(columns="taste").to_csv(folder / "users.csv", index=False)
    items.drop(columns="appeal").to_csv(folder / "items.csv", index=False)
    (folder / "config.json").write_text(json.dumps(CONFIG | {"day": day}))


def _users(day: int, rng: np.random.Generator) -> pd.DataFrame:
    taste = _standard(rng, N_USERS)
    users = pd.DataFrame(
        {
            "user": np.arange(N_USERS) + 500_000 + 10 * day,
            "joined": (
                date_of(day) - pd.to_timedelta(rng.integers(1, 1500, N_USERS), unit="D")
            ).strftime("%Y-%m-%d"),
            "country": pick(rng, {"AT": 2, "CH": 3, "DE": 8, "NL": 3}, N_USERS),
            "rate_before": (1 / (1 + np.exp(3.0 - 1.1 * taste))).round(4),
            "taste": taste,
        }
    )
    users["rate_before"] = users["rate_before"].mask(rng.random(N_USERS) < 0.05)
    return users


def _standard(rng: np.random.Generator, n: int) -> np.ndarray:
    """Deal out normal values that are the same on all days."""
    return rng.permutation(np.random.default_rng(0).normal(size=n))


def _items(day: int, rng: np.random.Generator) -> pd.DataFrame:
    appeal = _standard(rng, N_ITEMS)
    return pd.DataFrame(
        {
            "item": rng.permutation(N_ITEMS) + 100,
            "supplier": rng.integers(0, 60, N_ITEMS) + 100,
            "price": np.exp(rng.normal(3, 0.8, N_ITEMS) + drift(day, 0.05)).round(2),
            "discount": np.where(rng.random(N_ITEMS) < 0.3, rng.integers(1, 6, N_ITEMS) * 10, 0),
            "appeal": appeal,
        }
    )


def _views(
    users: pd.DataFrame, items: pd.DataFrame, day: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Sessions of a few views each; a view is clicked when user, item, place and moment suit."""
    n_sessions = n_rows(15_000, day, rng)
    length = 1 + rng.geometric(0.085, n_sessions)
    session = np.repeat(np.arange(n_sessions), length)
    n = len(session)
    first = np.concatenate([[0], np.cumsum(length)[:-1]])
    position = np.arange(n) - first[session] + 1
    user = rng.integers(0, N_USERS, n_sessions)[session]
    item = rng.integers(0, N_ITEMS, n)
    slot = pick(rng, {name: share for name, (share, _) in SLOTS.items()}, n)
    device = pick(rng, {name: share for name, (share, _) in DEVICES.items()}, n_sessions)[session]
    mood = rng.normal(0, 1.1, n_sessions)[session]
    start = np.clip(rng.normal(14.5, 4.2, n_sessions), 0.0, 23.5) * 3600
    pause = rng.exponential(25, n)
    second = start[session] + np.cumsum(pause) - np.cumsum(pause)[first][session]
    score = (
        -2.7
        + drift(day, 0.04)
        + 1.2 * users["taste"].to_numpy()[user]
        + 1.0 * items["appeal"].to_numpy()[item]
        + 0.03 * items["discount"].to_numpy()[item]
        - 0.25 * np.log(items["price"].to_numpy()[item])
        + pd.Series(slot).map({name: effect for name, (_, effect) in SLOTS.items()}).to_numpy()
        + pd.Series(device).map({name: effect for name, (_, effect) in DEVICES.items()}).to_numpy()
        + mood
        - 0.06 * position
        - 0.6 * np.log1p(pause / 25)
    )
    is_robot = (rng.random(n_sessions) < 0.02)[session]
    clicked = np.where(is_robot, rng.random(n) < 0.5, happens(rng, 1.7 * score))
    views = pd.DataFrame(
        {
            "user": users["user"].to_numpy()[user],
            "session": session + 1_000_000 * (day + 1),
            "item": items["item"].to_numpy()[item],
            "time": date_of(day) + pd.to_timedelta(second.round(1), unit="s"),
            "slot": slot,
            "device": device,
            "agent": np.where(is_robot, "robot", "browser"),
            "stay": _stay(clicked, rng),
        }
    )
    views["slot"] = views["slot"].mask(rng.random(n) < 0.01)
    again = rng.integers(0, n, rng.binomial(n, 0.003))
    views = pd.concat([views, views.iloc[again]])
    return views.iloc[np.argsort(views["time"].to_numpy(), kind="stable")]


def _stay(clicked: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Seconds on the page after a click, missing without one; some click by mistake."""
    n = len(clicked)
    meant = 5.1 + rng.exponential(40, n)
    mistaken = np.where(rng.random(n) < 0.12, rng.uniform(0.2, 4.8, n), np.nan)
    return np.where(clicked == 1, meant, mistaken).round(1)
