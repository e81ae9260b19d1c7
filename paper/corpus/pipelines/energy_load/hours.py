"""What is known of an hour before it comes: calendar, weather, and the load of days before."""

import pandas as pd


def add_calendar(load: pd.DataFrame, holidays: pd.DataFrame) -> pd.DataFrame:
    load["hour"] = load["time"].dt.hour
    weekend = load["time"].dt.day_of_week >= 5
    holiday = load["time"].dt.normalize().isin(holidays["date"])
    load["off"] = weekend | holiday
    return load


def add_weather_effects(load: pd.DataFrame) -> pd.DataFrame:
    load = load.sort_values(["district", "time"])
    load["heating"] = (17 - load["temperature"]).clip(lower=0)
    by_district = load.groupby("district")["heating"]
    load["heating_lately"] = by_district.transform(lambda h: h.rolling(24, min_periods=1).mean())
    load["chill"] = load["heating"] * load["wind"]
    load["dark"] = load["cloud"].where(load["hour"].between(7, 18), 8)
    return load


def add_history(load: pd.DataFrame) -> pd.DataFrame:
    by_district = load.groupby("district")[["percent", "heating"]]
    load[["day_before", "heating_day_before"]] = by_district.shift(24)
    load[["week_before", "heating_week_before"]] = by_district.shift(168)
    lately = load.groupby("district")["day_before"]
    load["level_lately"] = lately.transform(lambda p: p.rolling(72, min_periods=1).mean())
    return load
