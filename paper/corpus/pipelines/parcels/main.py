"""Which parcels arrive late? Two small tables, ten steps."""

import json
from pathlib import Path

import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

config = json.loads(Path("config.json").read_text())


def load():
    parcels = pd.read_csv("parcels.csv")
    depots = pd.read_csv("depots.csv")
    parcels = parcels.drop_duplicates(subset="parcel")
    parcels = parcels[parcels["weight"] > 0]
    return parcels.merge(depots, on="depot", how="inner")


def features(table):
    table["distance"] = table["distance"].fillna(table["distance"].median())
    table["load"] = table["parcels_today"] / table["capacity"]
    table["heavy"] = (table["weight"] > config["heavy"]).astype(int)
    return table[["distance", "weight", "load", "heavy", "stops"]]


table = load()
y = (table["hours"] > table["promised"]).astype(int)
x = features(table)
x_train, x_test, y_train, y_test = train_test_split(
    x, y, test_size=config["test_share"], stratify=y, random_state=config["seed"]
)
scaler = StandardScaler()
x_train = scaler.fit_transform(x_train)
x_test = scaler.transform(x_test)
model = LogisticRegression(C=config["C"], class_weight="balanced")
model.fit(x_train, y_train)
late = model.predict_proba(x_test)[:, 1] > config["threshold"]
print("F1", f1_score(y_test, late))
