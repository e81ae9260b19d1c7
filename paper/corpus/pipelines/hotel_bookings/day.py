"""Bookings whose stay would have begun in the last weeks: generated."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
from corpus.days import date_of, drift, forget, happens, n_rows, pick, sent_twice, shuffled
from corpus.interface import Pipeline

PIPELINE = Pipeline(
    name="hotel_bookings",
    metric="f1_score",
    task="classification",
    part="development",
    about="Hotel bookings in five modules of plain pandas; logistic regression on dummies.",
)
CONFIG = {
    "longest_stay": 30,
    "rare_country": 60,
    "test_share": 0.4,
    "strength": 1.0,
    "threshold": 0.45,
}
SEGMENTS = {"direct": 0.2, "online agency": 0.5, "groups": 0.15, "corporate": 0.15}
SEGMENT_EFFECT = {"direct": -1.0, "online agency": 0.6, "groups": 1.0, "corporate": -1.3}
COUNTRIES = {"PT": 6, "GB": 3, "ES": 2, "FR": 2, "DE": 2, "IT": 1, "BR": 0.5, "SE": 0.1, "JP": 0.1}
COUNTRY_EFFECT = {"PT": 0.9, "BR": 0.7, "DE": -0.9, "FR": -0.5, "GB": -0.6}
N_GUESTS = 2500


def write_day(folder: Path, day: int, rng: np.random.Generator) -> None:
    guests = _guests(rng)
    agents = pd.DataFrame({"agent": np.arange(1, 41), "agent_reliability": rng.beta(6, 3, 40)})
    bookings = _bookings(guests, agents, day, rng)
    bookings.to_csv(folder / "bookings.csv", index=False)
    archive = _bookings(guests, agents, max(0, day - 365), rng)
    archive["Status"] = archive["Status"].where(rng.random(len(archive)) < 0.5, "stayed")
    archive.to_csv(folder / "bookings_archive.csv", index=False)
    sent_twice(guests, rng, 0.01).to_csv(folder / "guests.csv", index=False)
    agents.round(3).to_json(folder / "agents.json", orient="records")
    (folder / "config.json").write_text(json.dumps(CONFIG))


def _guests(rng: np.random.Generator) -> pd.DataFrame:
    stays = rng.poisson(1.2, N_GUESTS)
    guests = pd.DataFrame(
        {
            "guest": rng.permutation(N_GUESTS) + 1,
            "member": rng.permutation(N_GUESTS) + 1,
            "stays": stays.astype(float),
            "cancellations": rng.binomial(stays + 1, rng.beta(0.6, 2, N_GUESTS)).astype(float),
        }
    )
    forget(guests, rng, stays=0.02)
    return guests


def _bookings(
    guests: pd.DataFrame, agents: pd.DataFrame, day: int, rng: np.random.Generator
) -> pd.DataFrame:
    n = n_rows(4500, day, rng)
    guest = guests.iloc[rng.integers(0, len(guests), n)].reset_index(drop=True)
    agent = agents.iloc[rng.integers(0, len(agents), n)].reset_index(drop=True)
    arrival = date_of(day) - pd.to_timedelta(rng.integers(1, 29, n), unit="D")
    lead = rng.gamma(1.1, 75, n).astype(int)
    segment, country = pick(rng, SEGMENTS, n), pick(rng, COUNTRIES, n)
    deposit = pick(rng, {"none": 0.8, "paid": 0.2}, n)
    requests = rng.poisson(0.7, n)
    history = (guest["cancellations"] / (guest["stays"].fillna(0) + 1)).to_numpy()
    score = (
        -1.2
        + drift(day, 0.1)
        + 0.8 * (np.log1p(lead) - 3.5)
        + pd.Series(segment).map(SEGMENT_EFFECT).to_numpy()
        + pd.Series(country).map(COUNTRY_EFFECT).fillna(0).to_numpy()
        + 2.2 * (deposit == "none")
        - 0.7 * requests
        + 1.2 * history
        - 4.0 * (agent["agent_reliability"].to_numpy() - 0.67)
    )
    canceled = happens(rng, 1.6 * score)
    bookings = pd.DataFrame(
        {
            "Booking": rng.permutation(n) + 50_000,
            "Hotel": pick(rng, {"City": 0.65, "Resort": 0.34, "TEST": 0.01}, n),
            "Guest": guest["guest"],
            "Agent": agent["agent"],
            "Booked": arrival - pd.to_timedelta(lead, unit="D"),
            "Arrival": arrival,
            "Nights": rng.geometric(0.3, n),
            "Adults": rng.choice([0, 1, 2, 3], n, p=[0.01, 0.25, 0.66, 0.08]),
            "Children": rng.poisson(0.15, n).astype(float),
            "Meal": pick(rng, {"breakfast": 0.75, "half board": 0.15, "full board": 0.02}, n),
            "Segment": segment,
            "Country": country,
            "Night_Price": rng.gamma(9, 12, n).round(2),
            "Requests": requests,
            "Deposit": deposit,
            "Status": np.where(canceled == 1, "canceled", "stayed"),
        }
    )
    forget(bookings, rng, Children=0.01, Meal=0.08, Agent=0.05, Night_Price=0.01)
    return sent_twice(shuffled(bookings, rng), rng, 0.008)
