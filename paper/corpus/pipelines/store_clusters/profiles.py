"""What a store looks like: shares of departments, weekdays and hours, and the usual basket."""

import numpy as np
import pandas as pd

SMALL = ["flowers", "papers"]


def department_profile(sales: pd.DataFrame) -> pd.DataFrame:
    sales = sales.assign(department=sales["department"].str.strip().str.lower())
    sales["department"] = sales["department"].where(~sales["department"].isin(SMALL), "small")
    shares = pd.crosstab(
        sales["store"],
        sales["department"],
        values=sales["revenue"],
        aggfunc="sum",
        normalize="index",
    )
    return shares.add_prefix("department_").reset_index()


def week_profile(sales: pd.DataFrame) -> pd.DataFrame:
    weekday = sales["date"].dt.day_of_week
    sales = sales.assign(part=np.where(weekday >= 5, "weekend", "week"))
    daily = sales.groupby(["store", "part", "date"])["revenue"].sum()
    usual = daily.groupby(["store", "part"]).mean().unstack("part")
    usual["weekend_ratio"] = usual["weekend"] / usual["week"]
    return usual[["weekend_ratio"]].reset_index()


def hour_profile(visits: pd.DataFrame) -> pd.DataFrame:
    hour = visits["time"].dt.hour
    part = pd.cut(hour, [-1, 9, 13, 17, 20, 24], labels=["early", "noon", "day", "after", "late"])
    visits = visits.assign(part=part.astype(str))
    wide = visits.pivot_table(index="store", columns="part", values="visitors", aggfunc="sum")
    wide = wide.fillna(0)
    shares = wide.div(wide.sum(axis=1), axis=0)
    return shares.add_prefix("hours_").reset_index()


def baskets(sales: pd.DataFrame, visits: pd.DataFrame) -> pd.DataFrame:
    totals = sales.groupby("store")[["revenue", "receipts"]].sum()
    totals["basket"] = totals["revenue"] / totals["receipts"]
    visitors = visits.groupby("store")["visitors"].sum()
    totals["buyers"] = totals["receipts"] / visitors.reindex(totals.index)
    totals["buyers"] = totals["buyers"].clip(upper=3)
    return totals.drop(columns="receipts").reset_index()
