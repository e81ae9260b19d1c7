"""Send support tickets to the team that will solve them, by their words, customer and product.

Run it in the folder of a day: tickets.csv, routing.csv, customers.csv, products.csv, config.json.
"""

import json
from pathlib import Path

import joblib
import pandas as pd
from model import CHANNEL_COLUMNS, CHANNELS, make_model
from prepare import add_circumstances, add_text, load_tickets
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import train_test_split


def add_teams(tickets: pd.DataFrame) -> pd.DataFrame:
    """Join the team that a ticket came to last."""
    routing = pd.read_csv("routing.csv", parse_dates=["moved"])
    routing = routing[routing["team"] != "robot"]
    routing = routing.sort_values(["ticket_id", "moved"])
    final = routing.drop_duplicates(subset="ticket_id", keep="last")
    return tickets.merge(final[["ticket_id", "team"]], on="ticket_id", how="inner")


def add_customers(tickets: pd.DataFrame) -> pd.DataFrame:
    customers = pd.read_csv("customers.csv", parse_dates=["last_order"])
    customers["invoice"] = pd.to_numeric(customers["invoice"], errors="coerce")
    tickets["customer_id"] = tickets["customer"].str.removeprefix("C-").astype("int64")
    return tickets.merge(customers, on="customer_id", how="left")


def add_products(tickets: pd.DataFrame) -> pd.DataFrame:
    products = pd.read_csv("products.csv")
    products["product"] = products["product"].str.strip().str.lower()
    tickets = tickets.merge(products, on="product", how="left")
    tickets["line"] = tickets["line"].fillna("none")
    return tickets


def main() -> float:
    config = json.loads(Path("config.json").read_text())
    tickets = load_tickets(config)
    tickets = add_text(tickets)
    tickets = add_teams(tickets)
    tickets = add_customers(tickets)
    tickets = add_products(tickets)
    tickets = add_circumstances(tickets)

    train, test = train_test_split(
        tickets,
        test_size=config["test_share"],
        stratify=tickets["team"],
        random_state=config["seed"],
    )
    train, test = train.copy(), test.copy()
    train_channels = pd.get_dummies(train["channel"]).reindex(columns=CHANNELS, fill_value=False)
    test_channels = pd.get_dummies(test["channel"]).reindex(columns=CHANNELS, fill_value=False)
    train[CHANNEL_COLUMNS] = train_channels.to_numpy(dtype=int)
    test[CHANNEL_COLUMNS] = test_channels.to_numpy(dtype=int)

    # The words of the subject alone are for the form on the web site.
    quick = make_model(config["strength"], text="subject")
    quick.fit(train, train["team"])
    joblib.dump(quick, "quick.joblib")
    model = make_model(config["strength"], text="text")
    model.fit(train, train["team"])
    joblib.dump(model, "model.joblib")

    model = joblib.load("model.joblib")
    teams = model.predict(test)
    print("accuracy", accuracy_score(test["team"], teams))
    return float(f1_score(test["team"], teams, average="macro"))


if __name__ == "__main__":
    main()
