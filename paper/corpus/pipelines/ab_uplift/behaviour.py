"""How a customer used the shop's site in the weeks before the experiment."""

import pandas as pd


def add_visits(people: pd.DataFrame, config: dict) -> pd.DataFrame:
    visits = pd.read_parquet("visits.parquet")
    visits = visits[visits["pages"] > 0]
    local = visits["time"].dt.tz_localize("UTC").dt.tz_convert(config["time_zone"])
    hour = local.dt.hour
    visits["evening"] = hour.between(18, 23).astype(int)
    visits["pages"] = visits["pages"].clip(upper=40)
    summary = visits.groupby("customer_id", as_index=False).agg(
        visits=("pages", "size"), pages=("pages", "mean"), evening_share=("evening", "mean")
    )
    people = people.merge(summary, on="customer_id", how="left")
    people = people.fillna({"visits": 0, "pages": 0})
    people["evening_share"] = people["evening_share"].fillna(people["evening_share"].mean())
    return people
