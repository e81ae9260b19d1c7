"""Motor claims of the last months with their policies, vehicles and workshops."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
from corpus.days import date_of, drift, forget, n_rows, pick, sent_twice, shuffled
from corpus.interface import Pipeline

PIPELINE = Pipeline(
    name="insurance_claims",
    metric="r2_score",
    task="regression",
    part="validation",
    about="Claims joined to policies, vehicles and workshops; boosting estimates the cost.",
)
CONFIG = {"largest_cost": 60_000, "fewest_claims": 15, "test_share": 0.35}
N_POLICIES = 2600
FIRST_ID = 20_000_000
# Share of the claims, and the logarithm of the usual cost.
DAMAGES = {
    "glass": (0.25, 6.2),
    "parking": (0.22, 7.0),
    "animal": (0.1, 7.5),
    "rear end": (0.2, 7.9),
    "side": (0.15, 8.2),
    "theft": (0.08, 8.7),
}
BRANDS = {
    "Adler": (6, 0.0),
    "Borealis": (5, 0.25),
    "Corsa Nova": (5, -0.2),
    "Dorado": (3, 0.1),
    "Elbe": (3, -0.1),
    "Falke": (2, 0.35),
    "Gallia": (2, 0.0),
    "Helios": (0.3, 0.5),
    "Isar": (0.15, 0.3),
    "Juno": (0.08, 0.9),
    "Kometa": (0.05, 1.1),
}
REGIONS = {"north": (3, 0.95), "south": (3, 1.25), "east": (2, 0.8), "west": (4, 1.0)}
FUELS = {"petrol": (6, 0.0), "diesel": (3, 0.05), "electric": (1, 0.35)}


def write_day(folder: Path, day: int, rng: np.random.Generator) -> None:
    policies, careless = _policies(day, rng)
    vehicles = _vehicles(policies, day, rng)
    workshops = _workshops(rng)
    claims = _claims(policies, vehicles, workshops, careless, day, rng)
    earlier = _earlier(policies, careless, rng)
    # What workshops took before the last round of prices; kept for the auditors.
    old = workshops.assign(hourly_rate=rng.permutation(workshops["hourly_rate"]) * 0.8)
    claims.to_csv(folder / "claims.csv", index=False)
    policies.to_csv(folder / "policies.csv", index=False)
    vehicles.to_csv(folder / "vehicles.csv", index=False)
    workshops.to_csv(folder / "workshops.csv", index=False)
    old.round(2).to_csv(folder / "workshops_old.csv", index=False)
    earlier.to_csv(folder / "earlier.csv", index=False)
    (folder / "config.json").write_text(json.dumps({**CONFIG, "day": day}))


def _policies(day: int, rng: np.random.Generator) -> tuple[pd.DataFrame, np.ndarray]:
    n = N_POLICIES
    policies = pd.DataFrame(
        {
            "policy_id": FIRST_ID + np.arange(n),
            "vehicle_id": FIRST_ID + rng.permutation(n),
            "holder_born": rng.integers(1940, 2003, n),
            "since": date_of(day) - pd.to_timedelta(rng.integers(150, 4000, n), unit="D"),
            "region": pick(rng, {name: share for name, (share, _) in REGIONS.items()}, n),
        }
    )
    return policies, rng.normal(0, 1, n)


def _vehicles(policies: pd.DataFrame, day: int, rng: np.random.Generator) -> pd.DataFrame:
    n = len(policies)
    power = rng.lognormal(4.5, 0.35, n).round()
    vehicles = pd.DataFrame(
        {
            "vehicle_id": policies["vehicle_id"],
            "brand": pick(rng, {name: share for name, (share, _) in BRANDS.items()}, n),
            "fuel": pick(rng, {name: share for name, (share, _) in FUELS.items()}, n),
            "value": (260 * power * rng.lognormal(0, 0.4, n)).round(-2).astype(int),
            "power": power,
            "built": date_of(day).year - rng.geometric(0.12, n).clip(0, 24),
        }
    )
    forget(vehicles, rng, power=0.05)
    return shuffled(vehicles, rng)


def _workshops(rng: np.random.Generator) -> pd.DataFrame:
    n = 120
    region = pick(rng, {name: share for name, (share, _) in REGIONS.items()}, n)
    level = pd.Series(region).map({name: rate for name, (_, rate) in REGIONS.items()})
    rate = (85 * level * rng.lognormal(0, 0.3, n)).round(2)
    return pd.DataFrame({"workshop_id": 400 + np.arange(n), "hourly_rate": rate})


def _claims(
    policies: pd.DataFrame,
    vehicles: pd.DataFrame,
    workshops: pd.DataFrame,
    careless: np.ndarray,
    day: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    n = n_rows(2600, day, rng)
    who = rng.integers(0, len(policies), n)
    policy = policies.iloc[who].reset_index(drop=True)
    vehicle = vehicles.set_index("vehicle_id").loc[policy["vehicle_id"]].reset_index()
    workshop = workshops.iloc[rng.integers(0, len(workshops), n)].reset_index(drop=True)
    accident = date_of(day) - pd.to_timedelta(rng.integers(20, 110, n), unit="D")
    delay = rng.geometric(0.2, n) - 1
    age = accident.year - vehicle["built"]
    mileage = np.clip(9000 + 11_500 * age * rng.lognormal(0, 0.4, n), 500, None).round(-2)
    damage = pick(rng, {name: share for name, (share, _) in DAMAGES.items()}, n)
    airbags = np.where(pd.Series(damage).isin(["rear end", "side"]), rng.random(n) < 0.3, False)
    effect = pd.Series(damage).map({name: cost for name, (_, cost) in DAMAGES.items()})
    log_cost = (
        0.8 * effect
        + 1.25
        + drift(day, 0.05)
        + 0.45 * np.log(vehicle["value"] * 0.88**age / 15_000)
        + 0.9 * np.log(workshop["hourly_rate"] / 85)
        + vehicle["brand"].map({name: extra for name, (_, extra) in BRANDS.items()})
        + vehicle["fuel"].map({name: extra for name, (_, extra) in FUELS.items()})
        + 0.55 * airbags
        + 0.25 * careless[who]
        + 0.02 * np.minimum(delay, 15)
        + 0.003 * (vehicle["power"].fillna(95) - 95)
        - 0.06 * np.log(mileage / 60_000)
        + rng.normal(0, 0.36, n)
    )
    deductible = rng.choice([0, 150, 300], n, p=[0.3, 0.4, 0.3])
    paid = np.exp(log_cost) - deductible
    status = pick(rng, {"closed": 0.75, "open": 0.25}, n)
    # What open claims will have cost is a guess; some small ones are withdrawn.
    paid = np.where(status == "open", paid * rng.lognormal(0, 0.15, n), paid)
    claims = pd.DataFrame(
        {
            "claim_id": rng.permutation(n) + 7_000_000,
            "policy": "POL-" + policy["policy_id"].astype(str),
            "accident": accident.strftime("%Y-%m-%d"),
            "reported": (accident + pd.to_timedelta(delay, unit="D")).strftime("%Y-%m-%d"),
            "damage": damage,
            "workshop_id": workshop["workshop_id"],
            "mileage": mileage,
            "airbags": airbags.astype(int),
            "deductible": deductible,
            "paid": np.clip(paid, 0, None).round(2),
            "status": np.where((paid < 200) & (rng.random(n) < 0.5), "withdrawn", status),
        }
    )
    forget(claims, rng, mileage=0.12, damage=0.004)
    return sent_twice(shuffled(claims, rng), rng, 0.008)


def _earlier(
    policies: pd.DataFrame, careless: np.ndarray, rng: np.random.Generator
) -> pd.DataFrame:
    n = rng.poisson(np.exp(0.5 + 0.3 * careless))
    cost = np.exp(7.2 + 0.5 * np.repeat(careless, n) + rng.normal(0, 0.5, n.sum()))
    who = np.repeat(policies["policy_id"].to_numpy(), n)
    return shuffled(pd.DataFrame({"policy_id": who, "cost": cost.round(2)}), rng)
