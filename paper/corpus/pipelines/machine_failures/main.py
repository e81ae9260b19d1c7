"""Warn of machines that will fail within a week, from their sensors and services.

Run it in the folder of a day: readings.parquet, failures.csv, services.csv, machines.csv,
config.json.
"""

import json
from pathlib import Path

import pandas as pd
from sensors import daily_features
from sklearn.metrics import average_precision_score, f1_score
from sklearn.model_selection import GroupShuffleSplit
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

FEATURES = [
    "vibration",
    "vibration_peak",
    "vibration_rise",
    "temperature",
    "temperature_rise",
    "pressure",
    "current_spread",
    "days_since_service",
    "age_years",
    "load",
    "heavy",
]


def read_events(file: str, column: str) -> pd.DataFrame:
    """Days on which something happened to a machine, in order of time."""
    events = pd.read_csv(file, parse_dates=["date"])
    events = events.drop_duplicates().sort_values("date")
    events[column] = events["date"]
    return events[["machine", "date", column]]


def add_next_failure(table: pd.DataFrame, config: dict) -> pd.DataFrame:
    failures = read_events("failures.csv", "failure")
    table = pd.merge_asof(table, failures, on="date", by="machine", direction="forward")
    days_left = (table["failure"] - table["date"]).dt.days.fillna(999)
    table["fails_soon"] = (days_left <= config["warning_days"]).astype(int)
    return table


def add_last_service(table: pd.DataFrame) -> pd.DataFrame:
    services = read_events("services.csv", "service")
    table = pd.merge_asof(table, services, on="date", by="machine", direction="backward")
    table["days_since_service"] = (table["date"] - table["service"]).dt.days
    table["days_since_service"] = table["days_since_service"].fillna(60).clip(upper=60)
    return table


def add_machines(table: pd.DataFrame) -> pd.DataFrame:
    machines = pd.read_csv("machines.csv", parse_dates=["installed"])
    machines["heavy"] = machines["model"].map({"light": 0, "medium": 0, "heavy": 1})
    table = table.merge(machines, on="machine", how="inner")
    table["age_years"] = (table["date"] - table["installed"]).dt.days / 365.25
    table["load"] = table["current_mean"] / table["rated_current"]
    return table


def main() -> float:
    config = json.loads(Path("config.json").read_text())
    table = daily_features(config)
    table = table.sort_values("date", kind="stable")
    table = add_next_failure(table, config)
    table = add_last_service(table)
    table = add_machines(table)
    known_until = table["date"].max() - pd.Timedelta(days=config["warning_days"])
    table = table[table["date"] <= known_until]
    table = table.dropna(subset=FEATURES)

    splitter = GroupShuffleSplit(n_splits=1, test_size=0.5, random_state=config["seed"])
    chosen, others = next(splitter.split(table, groups=table["machine"]))
    train, test = table.iloc[chosen], table.iloc[others]

    scaler = StandardScaler()
    x_train = scaler.fit_transform(train[FEATURES])
    x_test = scaler.transform(test[FEATURES])
    model = SVC(C=config["penalty"], class_weight="balanced")
    model.fit(x_train, train["fails_soon"])
    alarm = pd.Series(model.decision_function(x_test), index=test.index)
    average_precision_score(test["fails_soon"], alarm)
    warned = alarm.gt(config["alarm_level"]).astype(int)
    return float(f1_score(test["fails_soon"], warned))


if __name__ == "__main__":
    main()
