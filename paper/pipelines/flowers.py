"""Species of irises from several growers, five small tables: classification by neighbours.

Run it with: python flowers.py FOLDER
"""

import json
import sys
from pathlib import Path

import pandas as pd
from sklearn.metrics import accuracy_score, balanced_accuracy_score
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import MinMaxScaler

SIZES = ["sepal_length", "sepal_width", "petal_length", "petal_width"]


def read(day: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    flowers = pd.read_csv(day / "flowers.csv")
    flowers = flowers.drop_duplicates(subset="flower")
    old = flowers["caliper"] == "old"
    flowers.loc[old, "petal_length"] = flowers.loc[old, "petal_length"] * 2.5
    species = pd.read_csv(day / "species.csv")
    species = species.loc[species["certain"] == 1, ["flower", "species"]]
    return flowers, species


def place(flowers: pd.DataFrame, day: Path) -> pd.DataFrame:
    growers = pd.read_csv(day / "growers.csv")
    houses = pd.read_csv(day / "greenhouses.csv")
    weather = pd.read_csv(day / "weather.csv")
    flowers = flowers.merge(growers, on="grower", how="left")
    flowers = flowers.merge(houses, on="greenhouse", how="left")
    flowers = flowers.merge(weather, on="weekday", how="left")
    # A flower under glass has the heating on cold days.
    flowers["warmth"] = flowers[["temperature", "least_temperature"]].max(axis=1)
    return flowers


def complete(table: pd.DataFrame, config: dict) -> pd.DataFrame:
    table = table.query("sepal_length < 9 and sepal_width < 6")
    table = table[table["warmth"] <= config["most_warmth"]]
    usual = table.groupby("grower")["petal_width"].transform("median")
    table = table.assign(petal_width=table["petal_width"].fillna(usual))
    table["sepal_width"] = table["sepal_width"].fillna(table["sepal_width"].mean())
    table["petal_area"] = table["petal_length"] * table["petal_width"]
    return table.dropna(subset=[*SIZES, "warmth"])


def main(day: Path) -> float:
    config = json.loads((day / "config.json").read_text())
    flowers, species = read(day)
    flowers = flowers.merge(species, on="flower", how="inner")
    flowers = complete(place(flowers, day), config)

    x_train, x_test, y_train, y_test = train_test_split(
        flowers[[*SIZES, "petal_area", "warmth"]],
        flowers["species"],
        test_size=config["test_share"],
        random_state=config["seed"],
    )
    scaler = MinMaxScaler()
    x_train = scaler.fit_transform(x_train)
    x_test = scaler.transform(x_test)
    model = KNeighborsClassifier(n_neighbors=config["neighbors"], weights="distance")
    cross_val_score(model, x_train, y_train, cv=3)
    model.fit(x_train, y_train)
    predicted = model.predict(x_test)
    accuracy_score(y_test, predicted)
    return float(balanced_accuracy_score(y_test, predicted))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
