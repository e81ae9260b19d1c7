"""Runs of a program whose target is made of an aggregated column under another name."""

import dataclasses

import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score
from sklearn.preprocessing import StandardScaler

from tests.recording import recording


def price_run(day, *edits):
    """Record the day, with edits: "counted", "clipped", "shuffled"; or "tidied", "scaled"."""
    rng = np.random.default_rng(day)
    with recording(features="profile") as run:
        houses = pd.DataFrame({"id": range(300), "size": rng.gamma(6, 18, 300)})
        sales = pd.DataFrame({"id": rng.integers(0, 300, 900), "year": rng.integers(0, 5, 900)})
        size = houses["size"].to_numpy()[sales["id"]]
        sales["price"] = np.exp(3 + 0.01 * size + rng.normal(0, 0.1, 900))
        if "tidied" in edits:
            houses = houses.drop_duplicates()
        least = 60 if "clipped" in edits else 5
        grouped = sales.groupby("id")["price"]
        prices = (grouped.count() if "counted" in edits else grouped.mean()).reset_index()
        table = houses.merge(prices, on="id")
        if "shuffled" in edits:
            table["size"] = table["size"].sample(frac=1, random_state=1).to_numpy()
        table["log_price"] = np.log(table["price"].clip(lower=least))
        train, test = table.iloc[:150], table.iloc[150:]
        known, asked = train[["size"]], test[["size"]]
        if "scaled" in edits:
            scaler = StandardScaler().fit(known, train["log_price"])
            known, asked = scaler.transform(known), scaler.transform(asked)
        model = LinearRegression().fit(known, train["log_price"])
        r2_score(test["log_price"], model.predict(asked))
    return dataclasses.replace(run.trace, run_id=f"day{day}")
