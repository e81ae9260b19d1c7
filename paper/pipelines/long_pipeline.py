"""Thirty-five operations on one table: what the cost of recording is measured on."""

import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler


def run(df: pd.DataFrame) -> float:
    df = df.reset_index(drop=True)
    df = df.rename(columns={"a": "age", "b": "balance"})
    df = df.drop_duplicates(subset="key")
    df = df.dropna()
    df = df.fillna(0)
    df = df.assign(ratio=df["age"] / (df["balance"].abs() + 1))
    df = df.assign(total=df["age"] + df["balance"])
    df = df[df["age"] > -5]
    df = df[df["balance"] < 5]
    df = df.sort_values("key")
    by_text = df.groupby("i", as_index=False).agg(usual_age=("age", "mean"))
    df = df.merge(by_text, on="i", how="left")
    df = df.assign(relative_age=df["age"] - df["usual_age"])
    totals = df.groupby("i", as_index=False).agg(usual_total=("total", "sum"))
    df = df.merge(totals, on="i", how="left")
    df = df.replace({"i": {"z": "y"}})
    df = df.drop(columns=["usual_total"])
    df = df.astype({"key": "float64"})
    df = pd.get_dummies(df, columns=["i"], dtype=float)
    df = pd.concat([df, df])
    df = df.reset_index(drop=True)
    df = df.assign(label=(df["age"] + df["c"] > 0).astype(int).to_numpy())
    df.loc[df.index[:2], "label"] = [0, 1]
    y = df["label"]
    x = df.drop(columns=["label", "key"])
    x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.3, random_state=0)
    scaler = StandardScaler()
    x_train = scaler.fit_transform(x_train)
    x_test = scaler.transform(x_test)
    model = LogisticRegression(max_iter=30, tol=1e-2)
    model.fit(x_train, y_train)
    predicted = model.predict(x_test)
    model.predict_proba(x_test)
    accuracy_score(y_test, predicted)
    precision_score(y_test, predicted, zero_division=0)
    recall_score(y_test, predicted, zero_division=0)
    return float(f1_score(y_test, predicted, zero_division=0))
