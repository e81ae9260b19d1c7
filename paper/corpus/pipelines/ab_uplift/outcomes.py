"""What a customer bought after the letters had been sent."""

import pandas as pd


def read_purchases() -> pd.DataFrame:
    purchases = pd.read_csv("purchases.csv", dtype={"customer": "str"}, parse_dates=["time"])
    purchases = purchases.drop_duplicates(subset="receipt")
    purchases["amount"] = pd.to_numeric(purchases["amount"], errors="coerce")
    purchases = purchases[purchases["amount"] > 0]
    # The till leaves out the zeros in front.
    purchases["customer_id"] = purchases["customer"].str.zfill(7)
    return purchases[["customer_id", "time", "amount"]]


def add_outcome(people: pd.DataFrame, config: dict) -> pd.DataFrame:
    purchases = read_purchases()
    purchases = purchases.merge(people[["customer_id", "assigned"]], on="customer_id")
    waited = (purchases["time"] - purchases["assigned"]).dt.days
    purchases = purchases[waited.between(0, config["window_days"])]
    spent = purchases.groupby("customer_id")["amount"].sum().rename("spent").reset_index()
    people = people.merge(spent, on="customer_id", how="left")
    people["spent"] = people["spent"].fillna(0)
    people["bought"] = (people["spent"] >= config["least_spent"]).astype(int)
    return people
