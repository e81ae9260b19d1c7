"""Reads the tables of the day and joins them to the claims."""

import numpy as np
import pandas as pd


def load_claims(largest_cost: float) -> pd.DataFrame:
    claims = pd.read_csv("claims.csv", parse_dates=["accident", "reported"])
    claims = claims.drop_duplicates(subset="claim_id", keep="last")
    claims = claims[claims["status"] != "withdrawn"]
    claims["paid"] = pd.to_numeric(claims["paid"], errors="coerce")
    claims = claims.dropna(subset=["paid", "damage"])
    claims["cost"] = claims["paid"] + claims["deductible"]
    claims = claims[claims["cost"] <= largest_cost]
    claims["log_cost"] = np.log1p(claims["cost"])
    claims["policy_id"] = claims["policy"].str.removeprefix("POL-").astype("int64")
    return claims.drop(columns=["policy", "paid", "cost"])


def add_policies(claims: pd.DataFrame) -> pd.DataFrame:
    policies = pd.read_csv("policies.csv", parse_dates=["since"])
    claims = claims.merge(policies, on="policy_id", how="inner")
    return claims[claims["reported"] >= claims["since"]]


def add_vehicles(claims: pd.DataFrame) -> pd.DataFrame:
    vehicles = pd.read_csv("vehicles.csv")
    vehicles["brand"] = vehicles["brand"].str.strip().str.title()
    vehicles = vehicles.astype({"value": "int32"})
    return claims.merge(vehicles, on="vehicle_id", how="left")


def add_workshops(claims: pd.DataFrame) -> pd.DataFrame:
    workshops = pd.read_csv("workshops.csv").drop_duplicates(subset="workshop_id")
    claims = claims.merge(workshops, on="workshop_id", how="left")
    usual = claims.groupby("region")["hourly_rate"].transform("mean")
    claims["rate_beside_region"] = claims["hourly_rate"] / usual
    return claims


def add_history(claims: pd.DataFrame) -> pd.DataFrame:
    """Join number and mean cost of the earlier claims of a policy."""
    earlier = pd.read_csv("earlier.csv")
    by_policy = earlier.groupby("policy_id")["cost"].agg(["count", "mean"]).reset_index()
    by_policy = by_policy.rename(columns={"count": "n_earlier", "mean": "cost_earlier"})
    claims = claims.merge(by_policy, on="policy_id", how="left")
    claims["n_earlier"] = claims["n_earlier"].fillna(0)
    return claims
