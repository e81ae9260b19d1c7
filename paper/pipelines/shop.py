"""Returned orders of a web shop, five tables: classification by probability.

Run it with: python shop.py FOLDER
"""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

NUMBERS = ["habit", "log_amount", "pieces", "relative_amount", "age", "hour", "weekday"]
CATEGORIES = ["category", "payment", "channel", "country"]


def load_orders(day: Path) -> pd.DataFrame:
    orders = pd.read_csv(day / "orders.csv")
    orders = orders.drop_duplicates(subset="order_id", keep="last")
    orders = orders[orders["status"].isin(["paid", "shipped"])]
    orders = orders.assign(payment=orders["payment"].fillna("unknown"))
    orders["ordered_at"] = pd.to_datetime(orders["ordered_at"], format="%d.%m.%Y %H:%M")
    at = orders["ordered_at"].dt
    return orders.assign(hour=at.hour, weekday=at.day_of_week)


def load_items(day: Path, config: dict) -> pd.DataFrame:
    items = pd.read_csv(day / "items.csv")
    products = pd.read_csv(day / "products.csv")
    cents = items["sender"] == "marketplace"
    items.loc[cents, "price"] = items.loc[cents, "price"] / 100
    items = items.fillna({"quantity": 1})
    items = items.merge(products, on="product_id", how="left")
    items["price"] = items["price"].fillna(items["list_price"])
    amount = items["price"] * items["quantity"]
    items["amount"] = amount.clip(upper=config["most_amount"])
    return items


def load_customers(day: Path) -> pd.DataFrame:
    customers = pd.read_csv(day / "customers.csv")
    customers["habit"] = (customers["past_returns"] + 1) / (customers["past_orders"] + 3)
    customers["age"] = 2025 - customers["birth_year"]
    return customers.drop(columns=["joined", "birth_year", "past_orders", "past_returns"])


def describe(orders: pd.DataFrame, items: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    baskets = items.groupby("order_id", as_index=False).agg(
        amount=("amount", "sum"), pieces=("quantity", "sum")
    )
    dearest = items.sort_values("amount", ascending=False).drop_duplicates(subset="order_id")
    baskets = baskets.merge(dearest[["order_id", "category"]], on="order_id", how="left")
    table = orders.merge(baskets, on="order_id", how="inner")
    table = table.merge(customers, on="customer_id", how="left")
    usual = table.groupby("country", as_index=False).agg(usual_amount=("amount", "median"))
    table = table.merge(usual, on="country", how="left")
    relative = table["amount"] / table["usual_amount"]
    return table.assign(relative_amount=relative, log_amount=np.log1p(table["amount"]))


def label(table: pd.DataFrame, day: Path) -> pd.DataFrame:
    returns = pd.read_csv(day / "returns.csv")
    returns = returns.drop_duplicates(subset="order_id").assign(returned=1)
    table = table.merge(returns, on="order_id", how="left")
    table["returned"] = table["returned"].fillna(0)
    return table


def main(day: Path) -> float:
    config = json.loads((day / "config.json").read_text())
    table = describe(load_orders(day), load_items(day, config), load_customers(day))
    table = label(table, day).sort_values("ordered_at")

    x_train, x_test, y_train, y_test = train_test_split(
        table[[*NUMBERS, *CATEGORIES]],
        table["returned"],
        test_size=config["test_share"],
        random_state=config["seed"],
    )
    scaled = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    encoded = OneHotEncoder(handle_unknown="ignore", min_frequency=config["rare"])
    prepare = ColumnTransformer([("numbers", scaled, NUMBERS), ("names", encoded, CATEGORIES)])
    x_train = prepare.fit_transform(x_train)
    x_test = prepare.transform(x_test)
    model = LogisticRegression(C=config["penalty"], max_iter=500)
    model.fit(x_train, y_train)
    probability = model.predict_proba(x_test)[:, 1]
    roc_auc_score(y_test, probability)
    brier_score_loss(y_test, probability)
    return float(average_precision_score(y_test, probability))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
