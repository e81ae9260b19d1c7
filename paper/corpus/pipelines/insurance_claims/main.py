"""Estimate what motor claims will cost, from the claim, the policy, the vehicle and the workshop.

Run it in the folder of a day: claims.csv, policies.csv, vehicles.csv, workshops.csv, earlier.csv,
config.json.
"""

import json
from pathlib import Path

import pandas as pd
from features import add_ages, add_prices, fill_gaps
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.preprocessing import OrdinalEncoder
from tables import add_history, add_policies, add_vehicles, add_workshops, load_claims

CATEGORIES = ["damage", "brand", "fuel", "region"]
FEATURES = [
    *CATEGORIES,
    "value_now",
    "power",
    "mileage",
    "airbags",
    "vehicle_age",
    "holder_age",
    "delay",
    "hourly_rate",
    "rate_beside_region",
    "n_earlier",
    "cost_earlier",
]


def merge_rare(claims: pd.DataFrame, fewest: int) -> pd.DataFrame:
    """Let brands with few claims be one."""
    n = claims["brand"].value_counts()
    rare = n.index[n < fewest]
    claims["brand"] = claims["brand"].where(~claims["brand"].isin(rare), "other")
    return claims


def split(claims: pd.DataFrame, share: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Keep the latest accidents to test."""
    claims = claims.sort_values(["accident", "claim_id"])
    n_train = int(len(claims) * (1 - share))
    return claims.head(n_train), claims.tail(-n_train)


def main() -> float:
    config = json.loads(Path("config.json").read_text())
    claims = load_claims(config["largest_cost"])
    claims = add_policies(claims)
    claims = add_vehicles(claims)
    claims = add_workshops(claims)
    claims = add_history(claims)
    claims = fill_gaps(claims)
    claims = add_ages(claims)
    claims = add_prices(claims)
    claims = merge_rare(claims, config["fewest_claims"])
    train, test = split(claims, config["test_share"])

    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    x_train = train[FEATURES].copy()
    x_test = test[FEATURES].copy()
    x_train[CATEGORIES] = encoder.fit_transform(train[CATEGORIES])
    x_test[CATEGORIES] = encoder.transform(test[CATEGORIES])
    weights = train["status"].map({"closed": 1.0, "open": 0.3})

    search = GridSearchCV(
        HistGradientBoostingRegressor(max_iter=50, max_leaf_nodes=8, max_bins=60, random_state=0),
        {"learning_rate": [0.03, 0.12]},
        scoring="neg_mean_squared_error",
        cv=KFold(2, shuffle=True, random_state=0),
    )
    search.fit(x_train, train["log_cost"], sample_weight=weights)
    estimates = search.predict(x_test)
    print("mean error of the logarithm", mean_absolute_error(test["log_cost"], estimates))
    return float(r2_score(test["log_cost"], estimates))


if __name__ == "__main__":
    main()
