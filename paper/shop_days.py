"""Source tables of the web shop: generated, since nobody publishes such tables with their faults.

The schema is the usual one: customers, products, orders, the items of an order, returns. A batch
holds the orders of three days in a row, drawn from one year. Customers and products are the same
in every batch, apart from new customers; orders are new. What varies: how many orders there are
(by weekday, and a little more towards the end of the year), who orders what, what is missing, what
is sent twice. Few products sell often, amounts have a heavy tail, some categories are rare.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

N_CUSTOMERS, N_PRODUCTS, PER_DAY = 2_400, 320, 320
SEASON = np.array([1.06, 0.97, 0.95, 0.98, 0.94, 0.98, 1.12])  # Monday to Sunday
COUNTRIES = {"DE": 0.55, "FR": 0.17, "NL": 0.12, "AT": 0.09, "PL": 0.05, "CH": 0.02}
PAYMENTS = {"card": 0.42, "invoice": 0.3, "paypal": 0.24, "debit": 0.035, "voucher": 0.005}
CHANNELS = {"web": 0.5, "app": 0.33, "marketplace": 0.15, "phone": 0.02}
STATES = {"shipped": 0.72, "paid": 0.245, "cancelled": 0.03, "test": 0.005}
REASONS = {"too small": 0.4, "too large": 0.3, "not liked": 0.26, "damaged": 0.04}
# Category: share of products, typical price, how much it is returned.
CATEGORIES = {
    "shirts": (0.31, 28.0, -0.4),
    "trousers": (0.22, 55.0, 0.6),
    "shoes": (0.18, 80.0, 1.3),
    "dresses": (0.14, 70.0, 1.7),
    "socks": (0.08, 9.0, -2.4),
    "bags": (0.05, 95.0, -1.2),
    "jewellery": (0.02, 140.0, -1.8),
}


def shop(rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    """Return the tables of one batch."""
    products = _products()
    first = pd.Timestamp("2025-01-01") + pd.Timedelta(days=int(rng.integers(0, 362)))
    customers = _with_new_customers(first, rng)
    orders = _orders(first, customers, rng)
    items = _items(orders, products, rng)
    returns = _returns(orders, items, customers, products, rng)
    # Who did not order of late is not in the export.
    seen = customers["customer_id"].isin(orders["customer_id"])
    customers = customers[seen | (rng.random(len(customers)) < 0.4)].drop(columns="habit")
    return {
        "customers": _with_gaps(customers, rng, birth_year=0.06),
        "products": products[["product_id", "category", "list_price"]],
        "orders": _sent_twice(_as_sent(orders, rng), rng),
        "items": _with_gaps(items, rng, quantity=0.006, price=0.008),
        "returns": returns,
    }


@cache
def _products() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    shares, prices, _ = (np.array(part) for part in zip(*CATEGORIES.values(), strict=True))
    kinds = rng.choice(len(CATEGORIES), N_PRODUCTS, p=shares)
    return pd.DataFrame(
        {
            "product_id": rng.permutation(N_PRODUCTS) + 1000,
            "category": np.array(list(CATEGORIES))[kinds],
            "list_price": (prices[kinds] * rng.lognormal(0, 0.45, N_PRODUCTS)).round() + 0.95,
            "fame": 1 / (rng.permutation(N_PRODUCTS) + 12.0),
        }
    )


@cache
def _customers() -> pd.DataFrame:
    rng = np.random.default_rng(6)
    table = _people(N_CUSTOMERS, rng)
    joined = pd.Timestamp("2025-01-01") - pd.to_timedelta(rng.integers(30, 2000, N_CUSTOMERS), "D")
    orders = 1 + rng.poisson(rng.gamma(1.2, 8.0, N_CUSTOMERS))
    return table.assign(
        customer_id=rng.permutation(N_CUSTOMERS) + 1,
        card=rng.permutation(N_CUSTOMERS) + 1,
        joined=joined.strftime("%Y-%m-%d"),
        past_orders=orders,
        past_returns=rng.binomial(orders, table["habit"]),
    )


def _people(n: int, rng: np.random.Generator) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "country": _choice(COUNTRIES, n, rng),
            "birth_year": rng.normal(1984, 12, n).clip(1935, 2006).round(),
            "newsletter": (rng.random(n) < 0.35).astype(int),
            "habit": rng.beta(0.8, 1.9, n),
        }
    )


def _with_new_customers(first: pd.Timestamp, rng: np.random.Generator) -> pd.DataFrame:
    n = int(rng.poisson(30))
    number = np.arange(N_CUSTOMERS + 1, N_CUSTOMERS + 1 + n)
    new = _people(n, rng).assign(
        customer_id=number,
        card=rng.permutation(number),
        joined=first.strftime("%Y-%m-%d"),
        past_orders=0,
        past_returns=0,
    )
    names = ["customer_id", "card", "country", "joined", "birth_year", "newsletter"]
    table = pd.concat([_customers(), new], ignore_index=True)
    return table[[*names, "past_orders", "past_returns", "habit"]]


def _orders(first: pd.Timestamp, customers: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    dates = first + pd.to_timedelta(np.arange(3), "D")
    growth = 1 + 0.04 * first.day_of_year / 365
    numbers = rng.poisson(PER_DAY * growth * SEASON[dates.day_of_week])
    n = int(numbers.sum())
    # Two peaks: the lunch break and the evening.
    hours = np.where(rng.random(n) < 0.3, rng.normal(12.5, 2, n), rng.normal(19.5, 2.6, n)) % 24
    at = np.repeat(dates, numbers) + pd.to_timedelta((hours * 60).astype(int), "min")
    activity = customers["past_orders"].to_numpy() + 4.0
    buyers = rng.choice(len(customers), n, p=activity / activity.sum())
    return pd.DataFrame(
        {
            "order_id": int(first.day_of_year) * 10_000 + rng.permutation(n),
            "customer_id": customers["customer_id"].to_numpy()[buyers].astype(float),
            "ordered_at": at,
            "channel": _choice(CHANNELS, n, rng),
            "payment": _choice(PAYMENTS, n, rng),
            "status": _choice(STATES, n, rng),
        }
    ).sort_values("ordered_at", ignore_index=True)


def _items(orders: pd.DataFrame, products: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    lines = 1 + rng.poisson(0.9, len(orders))
    n = int(lines.sum())
    fame = products["fame"].to_numpy()
    bought = products.iloc[rng.choice(len(products), n, p=fame / fame.sum())]
    sender = np.where(orders["channel"] == "marketplace", "marketplace", "shop").repeat(lines)
    paid = bought["list_price"].to_numpy() * rng.choice([1.0, 0.9, 0.7], n, p=[0.7, 0.2, 0.1])
    return pd.DataFrame(
        {
            "order_id": orders["order_id"].to_numpy().repeat(lines),
            "line": np.concatenate([np.arange(1, k + 1) for k in lines]),
            "product_id": bought["product_id"].to_numpy(),
            "quantity": rng.choice([1.0, 2.0, 3.0], n, p=[0.86, 0.11, 0.03]),
            # The marketplace counts in cents.
            "price": (paid * np.where(sender == "marketplace", 100, 1)).round(2),
            "sender": sender,
        }
    )


def _returns(
    orders: pd.DataFrame,
    items: pd.DataFrame,
    customers: pd.DataFrame,
    products: pd.DataFrame,
    rng: np.random.Generator,
) -> pd.DataFrame:
    pull = {name: returned for name, (_, _, returned) in CATEGORIES.items()}
    wares = items.merge(products, on="product_id")
    baskets = wares.assign(pull=wares["category"].map(pull)).groupby("order_id")
    table = orders.merge(customers[["customer_id", "habit"]], on="customer_id")
    table = table.join(baskets["pull"].mean(), on="order_id")
    table = table.join(baskets.size().rename("pieces"), on="order_id")
    table = table.join(baskets["list_price"].sum().rename("worth"), on="order_id")
    logit = (
        -4.2
        + 1.5 * table["pull"]
        + 6.5 * table["habit"]
        + 1.6 * (table["payment"] == "invoice")
        + 0.3 * (table["pieces"] - 2)
        + 1.0 * np.log(table["worth"] / 90)
        + 0.6 * (table["ordered_at"].dt.hour >= 21)
    )
    back = table.loc[rng.random(len(table)) < 1 / (1 + np.exp(-1.9 * logit)), "order_id"]
    # Some orders come back in two parcels, and some are of older batches.
    again = back[rng.random(len(back)) < 0.06]
    older = pd.Series(rng.integers(1, 9_000, int(rng.poisson(60))))
    number = pd.concat([back, again, older], ignore_index=True)
    returns = pd.DataFrame({"order_id": number, "reason": _choice(REASONS, len(number), rng)})
    return returns.sample(frac=1, random_state=rng).reset_index(drop=True)


def _as_sent(orders: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return orders as the shop writes them: dates as text, guests without a number."""
    orders = orders.assign(ordered_at=orders["ordered_at"].dt.strftime("%d.%m.%Y %H:%M"))
    return _with_gaps(orders, rng, customer_id=0.03, payment=0.01)


def _with_gaps(table: pd.DataFrame, rng: np.random.Generator, **shares: float) -> pd.DataFrame:
    for column, share in shares.items():
        table = table.assign(**{column: table[column].mask(rng.random(len(table)) < share)})
    return table.reset_index(drop=True)


def _sent_twice(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    again = table.sample(n=int(rng.poisson(9)), random_state=rng)
    return pd.concat([table, again], ignore_index=True)


def _choice(shares: dict[str, float], n: int, rng: np.random.Generator) -> np.ndarray:
    return rng.choice(np.array(list(shares), dtype=object), n, p=list(shares.values()))
