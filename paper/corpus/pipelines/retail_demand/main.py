"""Forecast the units that each shop sells of each item in the coming weeks.

Run it in the folder of a day: sales.csv, promotions.csv, holidays.csv, shops.json, config.json.
"""

import json
from pathlib import Path

import calendar_features
import history
import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_percentage_error, r2_score
from sklearn.preprocessing import MinMaxScaler

NUMBERS = ["log_lag_7", "log_lag_14", "log_level", "log_spread", "discount", "area", "trend"]


def read_sales(config: dict) -> pd.DataFrame:
    sales = pd.read_csv("sales.csv", parse_dates=["date"], dtype={"shop": "str", "item": "str"})
    sales = sales.drop_duplicates(subset=["shop", "item", "date"])
    sales = sales[sales["units"] >= 0]
    sales = sales[sales["price"].between(0.01, config["highest_price"])]
    sales["units"] = sales["units"].fillna(0)
    return sales.groupby(["shop", "item", "date"], as_index=False)["units"].sum()


def add_promotions(sales: pd.DataFrame) -> pd.DataFrame:
    promotions = pd.read_csv("promotions.csv", parse_dates=["date"], dtype={"item": "str"})
    promotions["discount"] = promotions["percent"] / 100
    promotions = promotions.groupby(["item", "date"], as_index=False)["discount"].max()
    sales = sales.merge(promotions, on=["item", "date"], how="left")
    sales["discount"] = sales["discount"].fillna(0)
    return sales


def add_shops(sales: pd.DataFrame) -> pd.DataFrame:
    shops = pd.read_json("shops.json", dtype={"shop": "str"})
    shops["area"] = np.log(shops["square_metres"])
    return sales.merge(shops[["shop", "area", "region"]], on="shop", how="inner")


def encode(table: pd.DataFrame) -> pd.DataFrame:
    names = pd.get_dummies(table[["item", "weekday", "region"]].astype(str), dtype=float)
    columns = [*NUMBERS, "holiday", "payday"]
    return pd.concat([table[["date", "units", *columns]], names], axis=1)


def split(table: pd.DataFrame, config: dict) -> tuple[pd.DataFrame, pd.DataFrame]:
    last = table["date"].max()
    first_tested = last - pd.Timedelta(days=config["horizon"])
    train = table[table["date"] <= first_tested]
    test = table[table["date"] > first_tested]
    return train, test


def main() -> float:
    config = json.loads(Path("config.json").read_text())
    sales = read_sales(config)
    sales = add_promotions(sales)
    sales = add_shops(sales)
    sales = calendar_features.add(sales)
    sales = history.add(sales)
    table = encode(sales)
    train, test = split(table, config)
    target = np.log1p(train["units"])
    train, test_features = (
        train.drop(columns=["date", "units"]),
        test.drop(columns=["date", "units"]),
    )
    scaler = MinMaxScaler()
    train[NUMBERS] = scaler.fit_transform(train[NUMBERS])
    test_features[NUMBERS] = scaler.transform(test_features[NUMBERS])
    model = Ridge(alpha=config["penalty"])
    model.fit(train, target)
    forecast = pd.Series(model.predict(test_features), index=test.index)
    forecast = np.expm1(forecast).clip(lower=0, upper=config["most_units"])
    r2_score(test["units"], forecast)
    return float(mean_absolute_percentage_error(test["units"].clip(lower=1), forecast))


if __name__ == "__main__":
    main()
