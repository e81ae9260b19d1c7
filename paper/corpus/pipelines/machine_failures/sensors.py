"""From a reading every four hours to one row per machine and day."""

import pandas as pd


def read_readings(config: dict) -> pd.DataFrame:
    readings = pd.read_parquet("readings.parquet")
    readings = readings.drop_duplicates(subset=["machine", "time"])
    readings = readings[readings["sensor_state"] == "ok"]
    readings = readings[readings["vibration"] < config["highest_vibration"]]
    # The older site reports degrees Fahrenheit.
    celsius = (readings["temperature"] - 32) / 1.8
    readings["temperature"] = readings["temperature"].where(readings["site"] != "old", celsius)
    readings["pressure"] = readings.groupby("machine")["pressure"].ffill()
    return readings


def daily_features(config: dict) -> pd.DataFrame:
    readings = read_readings(config)
    readings["date"] = readings["time"].dt.floor("D")
    table = readings.groupby(["machine", "date"], as_index=False).agg(
        vibration_mean=("vibration", "mean"),
        vibration_peak=("vibration", "max"),
        temperature_mean=("temperature", "mean"),
        pressure=("pressure", "median"),
        current_mean=("current", "mean"),
        current_spread=("current", "std"),
    )
    return add_history(table, config["window"])


def add_history(table: pd.DataFrame, window: int) -> pd.DataFrame:
    table = table.sort_values(["machine", "date"])
    by_machine = table.groupby("machine")
    smooth = by_machine.rolling(window, min_periods=1, on="date")
    means = smooth[["vibration_mean", "temperature_mean"]].mean().reset_index(drop=True)
    table = table.reset_index(drop=True)
    table["vibration"] = means["vibration_mean"]
    table["temperature"] = means["temperature_mean"]
    week_ago = table.groupby("machine")[["vibration", "temperature"]].shift(5)
    table["vibration_rise"] = table["vibration"] - week_ago["vibration"]
    table["temperature_rise"] = table["temperature"] - week_ago["temperature"]
    return table
