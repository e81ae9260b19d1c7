"""Reads the tables of the reservation system."""

import pandas as pd


def load_bookings() -> pd.DataFrame:
    bookings = pd.read_csv("bookings.csv", parse_dates=["Booked", "Arrival"])
    return bookings.rename(columns=str.lower)


def load_guests() -> pd.DataFrame:
    return pd.read_csv("guests.csv")


def load_agents() -> pd.DataFrame:
    return pd.read_json("agents.json")
