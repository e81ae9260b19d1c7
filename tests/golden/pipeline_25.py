"""A pipeline of the kind that people run daily: tables in, a model and its metrics out."""

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler


def write_inputs(folder: Path) -> None:
    """Write the tables that the pipeline reads: 300 customers, 900 orders."""
    rng = np.random.default_rng(0)
    ids = np.arange(300)
    age = rng.integers(16, 90, 300)
    score = np.where(rng.random(300) < 0.1, np.nan, rng.normal(50, 10, 300).round(2))
    columns = ["id", "age", "score", "plan", "target"]
    plans = rng.choice(["free", "basic", "pro"], 300)
    target = (age + rng.normal(0, 20, 300) > 50).astype(int)
    rows = zip(ids, age, score, plans, target, strict=True)
    lines = [",".join(columns), *(",".join(map(str, row)) for row in rows)]
    (folder / "customers.csv").write_text("\n".join(lines).replace("nan", "") + "\n")
    owner, amount = rng.integers(0, 300, 900), rng.gamma(2.0, 30.0, 900).round(2)
    lines = ["id,amount,kind"]
    kinds = rng.choice(["web", "shop"], 900)
    lines += [f"{o},{a},{k}" for o, a, k in zip(owner, amount, kinds, strict=True)]
    (folder / "orders.csv").write_text("\n".join(lines) + "\n")


def load(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    customers = pd.read_csv(folder / "customers.csv")
    orders = pd.read_csv(folder / "orders.csv")
    return customers, orders


def clean(customers: pd.DataFrame, orders: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    customers = customers.dropna(subset=["age"])
    customers = customers.fillna({"score": 50.0})
    customers = customers.astype({"age": "float64"})
    customers = customers[customers["age"] >= 18]
    orders = orders.loc[orders["amount"] > 5.0, ["id", "amount", "kind"]]
    orders = orders.assign(large=orders["amount"] > 100.0)
    return customers, orders


def features(customers: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    totals = orders.groupby("id").agg(total=("amount", "sum"), n=("amount", "count"))
    totals = totals.reset_index()
    table = customers.merge(totals, on="id", how="left")
    wide = orders.pivot_table(index="id", columns="kind", values="amount", aggfunc="sum")
    wide = wide.fillna(0.0)
    table = table.merge(wide, left_on="id", right_index=True, how="left")
    table = table.fillna({"total": 0.0, "n": 0.0, "web": 0.0, "shop": 0.0})
    table["per_year"] = table["total"] / customers["age"].to_numpy()
    minors = table.sample(n=20, random_state=0)
    table = pd.concat([table, minors], ignore_index=True)
    table = table.sort_values(["id", "age"])
    table = table.drop_duplicates(subset="id")
    return pd.get_dummies(table, columns=["plan"])


def main(folder: Path) -> dict[str, float]:
    customers, orders = load(folder)
    customers, orders = clean(customers, orders)
    table = features(customers, orders)
    X = table.drop(columns=["target", "id"])
    y = table["target"]
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=0)
    scaler = StandardScaler()
    X_train = scaler.fit_transform(X_train)
    X_test = scaler.transform(X_test)
    model = LogisticRegression().fit(X_train, y_train)
    predicted = model.predict(X_test)
    probability = model.predict_proba(X_test)[:, 1]
    return {
        "f1": f1_score(y_test, predicted),
        "auc": roc_auc_score(y_test, probability),
        "accuracy": accuracy_score(y_test, predicted),
    }
