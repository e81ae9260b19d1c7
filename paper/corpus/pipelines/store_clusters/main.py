"""Group stores by what, when and how they sell, and compare the groups with the known formats.

Run it in the folder of a day: sales.csv, visits.csv, stores.csv, config.json.
"""

import json
from pathlib import Path

import pandas as pd
from profiles import baskets, department_profile, hour_profile, week_profile
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score, silhouette_score
from sklearn.preprocessing import StandardScaler


def load_sales(config: dict) -> pd.DataFrame:
    sales = pd.read_csv("sales.csv", parse_dates=["date"])
    sales = sales.drop_duplicates(subset=["date", "store", "department", "kind"])
    sales = sales[sales["kind"] == "sale"]
    last = sales["date"].max()
    sales = sales[sales["date"] > last - pd.Timedelta(days=config["days"])]
    return sales[sales["revenue"] > 0]


def load_visits(config: dict) -> pd.DataFrame:
    visits = pd.read_csv("visits.csv", parse_dates=["utc"])
    visits["time"] = visits["utc"] + pd.Timedelta(hours=config["utc_offset"])
    visits["visitors"] = visits["visitors"].fillna(0)
    return visits


def load_stores() -> pd.DataFrame:
    stores = pd.read_csv("stores.csv", parse_dates=["opened"])
    stores["store"] = "S" + stores["store"].astype(str).str.zfill(4)
    stores["area"] = pd.to_numeric(stores["area"], errors="coerce")
    stores["area"] = stores["area"].fillna(stores.groupby("region")["area"].transform("median"))
    return stores.dropna(subset=["format"])


def join_profiles(stores: pd.DataFrame, sales: pd.DataFrame, visits: pd.DataFrame) -> pd.DataFrame:
    table = stores.merge(baskets(sales, visits), on="store", how="inner")
    table = table.merge(department_profile(sales), on="store", how="left")
    table = table.merge(week_profile(sales), on="store", how="left")
    table = table.merge(hour_profile(visits), on="store", how="left")
    table["per_metre"] = table["revenue"] / table["area"]
    return table


def main() -> float:
    config = json.loads(Path("config.json").read_text())
    sales = load_sales(config)
    visits = load_visits(config)
    stores = load_stores()
    table = join_profiles(stores, sales, visits)

    features = table.drop(columns=["store", "format", "region", "opened", "revenue"])
    features = features.fillna(features.median())
    settled = table["opened"] < table["opened"].max() - pd.Timedelta(days=config["settled_days"])
    scaler = StandardScaler().set_output(transform="pandas")
    scaler.fit(features[settled])
    scaled = scaler.transform(features).clip(-4, 4)
    pca = PCA(n_components=config["components"], random_state=0)
    pca.fit(scaled[settled])
    reduced = pca.transform(scaled)
    model = KMeans(n_clusters=config["clusters"], n_init=5, random_state=0)
    model.fit(reduced[settled])
    groups = model.predict(reduced)
    print("silhouette", silhouette_score(reduced, groups))
    return float(adjusted_rand_score(table["format"], groups))


if __name__ == "__main__":
    main()
