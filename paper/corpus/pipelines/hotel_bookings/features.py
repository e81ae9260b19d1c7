"""One row of numbers per booking."""

import numpy as np
import pandas as pd

COLUMNS = [
    "lead_days",
    "log_lead",
    "nights",
    "party",
    "night_price",
    "requests",
    "deposit_paid",
    "past_cancellations",
    "returning",
    "agent_reliability",
    "weekend_arrival",
]


def build_features(
    bookings: pd.DataFrame, guests: pd.DataFrame, agents: pd.DataFrame, config: dict
) -> pd.DataFrame:
    table = bookings.merge(guests, on="guest", how="left")
    table = table.merge(agents, on="agent", how="left")
    table = add_times(table)
    table["party"] = table["adults"] + table["children"]
    table["deposit_paid"] = (table["deposit"] == "paid").astype(int)
    table["returning"] = (table["stays"] > 0).astype(int)
    table["past_cancellations"] = table["cancellations"] / (table["stays"] + 1)
    reliability = table["agent_reliability"].mean()
    table["agent_reliability"] = table["agent_reliability"].fillna(reliability)
    table["canceled"] = (table["status"] == "canceled").astype(int)
    return encode(table, config)


def add_times(table: pd.DataFrame) -> pd.DataFrame:
    table["lead_days"] = (table["arrival"] - table["booked"]).dt.days
    table["lead_days"] = table["lead_days"].clip(lower=0, upper=365)
    table["log_lead"] = np.log1p(table["lead_days"])
    table["weekend_arrival"] = (table["arrival"].dt.day_of_week >= 4).astype(int)
    return table


def encode(table: pd.DataFrame, config: dict) -> pd.DataFrame:
    counts = table["country"].value_counts()
    rare = counts[counts < config["rare_country"]].index
    table["country"] = table["country"].replace(list(rare), "other")
    dummies = pd.get_dummies(table[["segment", "country", "meal"]], dtype=float)
    return pd.concat([table[[*COLUMNS, "canceled"]], dummies], axis=1)
