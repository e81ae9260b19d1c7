"""What a payment looks like beside the other payments of its card."""

import pandas as pd


def add_behaviour(payments: pd.DataFrame) -> pd.DataFrame:
    payments = payments.sort_values(["card_id", "time"]).reset_index(drop=True)
    by_card = payments.groupby("card_id")
    usual = by_card["euro"].transform("median")
    payments["times_usual"] = payments["euro"] / usual
    gap = by_card["time"].diff()
    payments["hours_since_last"] = gap.dt.total_seconds().div(3600).fillna(96).clip(upper=96)
    payments["payments_so_far"] = by_card.cumcount()
    return payments


def add_circumstances(payments: pd.DataFrame) -> pd.DataFrame:
    payments["hour"] = payments["time"].dt.hour
    payments["night"] = payments["hour"].between(0, 5).astype(int)
    payments["abroad"] = (payments["country"] != payments["home_country"]).astype(int)
    payments["online"] = payments["channel"].map({"chip": 0, "swipe": 0, "web": 1})
    payments["card_age"] = (payments["time"] - payments["opened"]).dt.days
    payments["limit_used"] = (payments["euro"] / payments["credit_limit"]).clip(upper=5)
    return payments
