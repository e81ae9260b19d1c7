"""What is computed of a claim beside what the tables say."""

import pandas as pd


def fill_gaps(claims: pd.DataFrame) -> pd.DataFrame:
    usual = claims.groupby(["fuel", "built"])["mileage"].transform("median")
    claims["mileage"] = claims["mileage"].fillna(usual)
    claims["power"] = claims["power"].fillna(claims["power"].median())
    claims["brand"] = claims["brand"].fillna("other")
    claims["cost_earlier"] = claims["cost_earlier"].fillna(claims["cost_earlier"].median())
    return claims


def add_ages(claims: pd.DataFrame) -> pd.DataFrame:
    year = claims["accident"].dt.year
    claims["vehicle_age"] = (year - claims["built"]).clip(0, 25)
    claims["holder_age"] = (year - claims["holder_born"]).clip(17, 95)
    claims["delay"] = (claims["reported"] - claims["accident"]).dt.days
    return claims


def add_prices(claims: pd.DataFrame) -> pd.DataFrame:
    claims["value_now"] = claims["value"] * 0.88 ** claims["vehicle_age"]
    return claims.drop(columns=["value"])
