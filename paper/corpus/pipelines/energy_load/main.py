"""Forecast the hourly load of districts one day ahead, as a percentage of what they can carry.

Run it in the folder of a day: load.csv, districts.csv, weather.csv, holidays.csv, config.json.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from hours import add_calendar, add_history, add_weather_effects
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.preprocessing import StandardScaler

NUMBERS = [
    "heating",
    "heating_lately",
    "chill",
    "dark",
    "day_before",
    "heating_day_before",
    "week_before",
    "heating_week_before",
    "level_lately",
    "usual_percent",
    "usual_heating",
]


def load_meters(config: dict) -> pd.DataFrame:
    load = pd.read_csv("load.csv")
    load["time"] = pd.to_datetime(load["utc"]) + pd.Timedelta(hours=config["utc_offset"])
    load = load[load["status"] == "measured"]
    return load.drop_duplicates(subset=["district", "time"], keep="last")


def complete(load: pd.DataFrame, longest_gap: int) -> pd.DataFrame:
    """One row for each district and hour; short gaps are interpolated."""
    wide = load.pivot_table(index="time", columns="district", values="load_kw", aggfunc="mean")
    wide = wide.asfreq("h")
    wide = wide.interpolate(limit=longest_gap)
    return wide.melt(ignore_index=False, value_name="load_kw").reset_index()


def add_districts(load: pd.DataFrame) -> pd.DataFrame:
    districts = pd.read_csv("districts.csv")
    load = load.merge(districts, on="district", how="inner")
    load["percent"] = 100 * load["load_kw"] / load["capacity_kw"]
    return load


def add_weather(load: pd.DataFrame) -> pd.DataFrame:
    weather = pd.read_csv("weather.csv", parse_dates=["time"])
    weather["temperature"] = pd.to_numeric(weather["temperature"], errors="coerce")
    weather = weather.sort_values(["station", "time"])
    weather["temperature"] = weather.groupby("station")["temperature"].ffill(limit=6)
    load = load.merge(weather, on=["station", "time"], how="left")
    measured = ["temperature", "wind", "cloud"]
    load[measured] = load[measured].fillna(load[measured].median())
    return load


def split(load: pd.DataFrame, test_days: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    start = load["time"].max().normalize() - pd.Timedelta(days=test_days - 1)
    train = load[load["time"] < start]
    test = load[load["time"] >= start]
    return train, test


def add_profile(train: pd.DataFrame, test: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Join what is usual at the hour, from the training part only."""
    seen = train.groupby(["kind", "hour", "off"])[["percent", "heating"]]
    profile = seen.mean().add_prefix("usual_")
    keys = list(profile.index.names)
    train = train.join(profile, on=keys)
    test = test.join(profile, on=keys)
    test = test.fillna(profile.mean())
    return train, test


def encode(train: pd.DataFrame, test: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Scaled numbers and one column for each district and hour."""
    scaler = StandardScaler().set_output(transform="pandas")
    train_numbers = scaler.fit_transform(train[NUMBERS])
    test_numbers = scaler.transform(test[NUMBERS])
    train_names = pd.get_dummies(train[["district", "hour"]], columns=["district", "hour"])
    test_names = pd.get_dummies(test[["district", "hour"]], columns=["district", "hour"])
    test_names = test_names.reindex(columns=train_names.columns, fill_value=False)
    x_train = pd.concat([train_numbers, train_names], axis=1).to_numpy(dtype=float)
    x_test = pd.concat([test_numbers, test_names], axis=1).to_numpy(dtype=float)
    return x_train, x_test


def main() -> float:
    config = json.loads(Path("config.json").read_text())
    holidays = pd.read_csv("holidays.csv", parse_dates=["date"])
    load = load_meters(config)
    load = complete(load, config["longest_gap"])
    load = add_districts(load)
    load = add_weather(load)
    load = add_calendar(load, holidays)
    load = add_weather_effects(load)
    load = add_history(load)
    load = load.dropna(subset=["percent", "day_before", "week_before"])
    train, test = split(load, config["test_days"])
    train, test = add_profile(train, test)
    x_train, x_test = encode(train, test)
    model = Ridge(alpha=config["alpha"])
    model.fit(x_train, train["percent"])
    forecast = np.clip(model.predict(x_test), 0, 150)
    print("R2", r2_score(test["percent"], forecast))
    return float(mean_absolute_error(test["percent"], forecast))


if __name__ == "__main__":
    main()
