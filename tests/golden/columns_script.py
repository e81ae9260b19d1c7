"""A pipeline whose columns come from others in most of the ways that there are."""

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


def write_inputs(folder: Path) -> None:
    """Write the tables that the pipeline reads: 200 customers, 600 orders."""
    rng = np.random.default_rng(0)
    n, m = 200, 600
    age = rng.integers(16, 80, n)
    customers = {
        "id": np.arange(n),
        "age": age,
        "income": rng.gamma(4.0, 12.0, n).round(1),
        "plan": rng.choice(["basic", "free", "pro"], n),
        "region": rng.choice(["north", "south"], n),
        "joined": rng.integers(2010, 2024, n),
        "score": rng.normal(50, 10, n).round(1),
        "target": (age + rng.normal(0, 15, n) > 45).astype(int),
    }
    orders = {
        "id": rng.integers(0, n, m),
        "amount": rng.gamma(2.0, 20.0, m).round(1),
        "discount": rng.random(m).round(2),
        "kind": rng.choice(["web", "shop"], m),
    }
    for name, table in (("customers", customers), ("orders", orders)):
        rows = zip(*table.values(), strict=True)
        lines = [",".join(table), *(",".join(map(str, row)) for row in rows)]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")


def load_orders(folder: Path) -> pd.DataFrame:
    orders = pd.read_csv(folder / "orders.csv")
    paid = orders.query("amount > 5")
    paid = paid.assign(net=paid["amount"] - paid["discount"])
    totals = paid.groupby("id").agg(
        total=("net", "sum"), largest=("amount", "max"), n_orders=("kind", "count")
    )
    return totals.reset_index()


def make_table(folder: Path) -> pd.DataFrame:
    customers = pd.read_csv(folder / "customers.csv")
    adults = customers[customers["age"] >= 18]
    totals = load_orders(folder)
    table = adults.merge(totals, on="id", how="left")
    table["total"] = table["total"].fillna(0.0)
    table["per_order"] = table["total"] / table["n_orders"]
    table["age_scaled"] = (table["age"] - table["age"].mean()) / table["age"].std()
    typical = table.groupby("region")["income"].transform("median")
    table["income_gap"] = table["income"] - typical
    table["rich"] = table["income"] > 50
    table.loc[table["rich"], "score"] = 50.0
    table["where"] = table["region"].str.upper().map({"NORTH": 1, "SOUTH": 2})
    table["odd"] = table["id"].apply(lambda value: value % 2)
    table["years"] = 2024 - table["joined"]
    table["spend_rank"] = table.sort_values("income")["total"].rank()
    table["one"] = 1
    table = table.rename(columns={"joined": "since"})
    return pd.get_dummies(table, columns=["plan"])


def main(folder: Path) -> float:
    model_input = make_table(folder)
    X = model_input.drop(columns=["target", "id", "odd", "one"])
    y = model_input["target"]
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0, stratify=y)
    numbers = ["age_scaled", "income_gap", "per_order"]
    prepare = ColumnTransformer(
        [
            ("num", make_pipeline(SimpleImputer(), StandardScaler()), numbers),
            ("cat", OneHotEncoder(sparse_output=False), ["region"]),
        ]
    )
    features = prepare.fit_transform(X_train)
    assert features.shape[1] == 5
    model = Pipeline([("prepare", prepare), ("classify", LogisticRegression())])
    model.fit(X_train, y_train)
    predicted = model.predict(X_test)
    return f1_score(y_test, predicted)
