"""Reads tickets and prepares their text and circumstances."""

import pandas as pd


def load_tickets(config: dict) -> pd.DataFrame:
    tickets = pd.read_csv("tickets.csv", parse_dates=["created"])
    tickets = tickets.drop_duplicates(subset="ticket_id")
    tickets = tickets[tickets["language"] == "en"]
    tickets = tickets[tickets["created"] >= tickets["created"].max() - pd.Timedelta(days=60)]
    tickets["created"] = tickets["created"] + pd.Timedelta(hours=config["utc_offset"])
    tickets["channel"] = tickets["channel"].fillna("web")
    return tickets


def add_text(tickets: pd.DataFrame) -> pd.DataFrame:
    tickets["subject"] = tickets["subject"].fillna("").str.lower()
    tickets["body"] = tickets["body"].fillna("").str.lower()
    text = tickets["subject"] + " " + tickets["body"]
    tickets["text"] = text.str.replace(r"[^a-z ]", " ", regex=True)
    tickets["n_words"] = tickets["text"].str.split().str.len().clip(upper=40)
    return tickets[tickets["n_words"] >= 3]


def add_circumstances(tickets: pd.DataFrame) -> pd.DataFrame:
    usual = tickets.groupby("plan")["invoice"].transform("median")
    tickets["invoice_beside_plan"] = (tickets["invoice"] / usual).clip(-5, 10)
    since = tickets["created"] - tickets["last_order"]
    tickets["days_since_order"] = since.dt.days.clip(lower=0, upper=60)
    hour = tickets["created"].dt.hour
    tickets["at_night"] = ((hour < 7) | (hour >= 22)).astype(int)
    tickets["plan"] = tickets["plan"].fillna("none")
    return tickets
