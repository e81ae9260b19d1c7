"""Read the tables of a day and put them together, one row per patient."""

import pandas as pd


def read_patients() -> pd.DataFrame:
    patients = pd.read_csv("patients.csv", parse_dates=["born"])
    patients = patients.drop_duplicates(subset="patient")
    patients = patients.dropna(subset=["progress"])
    patients["patient"] = patients["patient"].astype(str).str.zfill(6)
    patients["treatment"] = patients["treatment"].fillna("diet")
    return patients


def read_labs() -> pd.DataFrame:
    """One column per test."""
    labs = pd.read_csv("labs.csv")
    labs["patient"] = labs["patient"].astype(str).str.zfill(6)
    labs["value"] = pd.to_numeric(labs["value"], errors="coerce")
    return labs.pivot_table(index="patient", columns="test", values="value", aggfunc="mean")


def read_visits(config: dict) -> pd.DataFrame:
    """Mean blood pressure and number of the visits of the last months."""
    visits = pd.read_parquet("visits.parquet")
    days_ago = (visits["today"] - visits["date"]).dt.days
    visits = visits[days_ago <= config["visits_before"]]
    visits["patient"] = visits["patient"].astype(str).str.zfill(6)
    seen = visits[visits["kind"] != "phone"]
    return seen.groupby("patient").agg(
        pressure=("pressure", "mean"), visits=("date", "count"), today=("today", "max")
    )


def join_tables(patients: pd.DataFrame, labs: pd.DataFrame, visits: pd.DataFrame) -> pd.DataFrame:
    table = patients.merge(labs, on="patient", how="left")
    table = table.merge(visits, on="patient", how="left")
    table["visits"] = table["visits"].fillna(0)
    return table
