"""Takes out test bookings, bookings without guests and repeated messages."""

import pandas as pd


def clean_bookings(bookings: pd.DataFrame, config: dict) -> pd.DataFrame:
    bookings = bookings.drop_duplicates(subset="booking")
    bookings = bookings[bookings["hotel"] != "TEST"]
    bookings = bookings[bookings["adults"] + bookings["children"].fillna(0) >= 1]
    bookings = bookings[bookings["nights"] <= config["longest_stay"]]
    bookings["children"] = bookings["children"].fillna(0)
    bookings["meal"] = bookings["meal"].fillna("none")
    bookings["segment"] = bookings["segment"].str.strip().str.lower()
    bookings["night_price"] = bookings["night_price"].fillna(bookings["night_price"].median())
    return bookings


def clean_guests(guests: pd.DataFrame) -> pd.DataFrame:
    guests = guests.drop_duplicates(subset="guest", keep="last")
    return guests.fillna({"stays": 0, "cancellations": 0})
