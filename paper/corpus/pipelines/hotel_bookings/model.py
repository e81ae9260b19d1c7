"""Splits, scales, fits and judges."""

import numpy as np
import pandas as pd
from features import COLUMNS
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

Parts = tuple[pd.DataFrame, pd.DataFrame, pd.Series, pd.Series]


def prepare(table: pd.DataFrame, config: dict) -> Parts:
    labels = table["canceled"]
    features = table.drop(columns="canceled")
    x_train, x_test, y_train, y_test = train_test_split(
        features, labels, test_size=config["test_share"], stratify=labels, random_state=3
    )
    scaler = StandardScaler()
    x_train[COLUMNS] = scaler.fit_transform(x_train[COLUMNS])
    x_test[COLUMNS] = scaler.transform(x_test[COLUMNS])
    return x_train, x_test, y_train, y_test


def train(parts: Parts, config: dict) -> LogisticRegression:
    x_train, _, y_train, _ = parts
    model = LogisticRegression(C=config["strength"], max_iter=200)
    return model.fit(x_train, y_train)


def predict(model: LogisticRegression, parts: Parts, config: dict) -> np.ndarray:
    probability = model.predict_proba(parts[1])[:, 1]
    roc_auc_score(parts[3], probability)
    return (probability >= config["threshold"]).astype(int)


def evaluate(parts: Parts, predicted: np.ndarray) -> float:
    return float(f1_score(parts[3], predicted))
