"""Read the digits of post codes.

Run it in the folder of a day: letters.csv, scans.parquet, scanners.csv, config.json.
"""

import json
from pathlib import Path

import joblib
import pandas as pd
from columns import derive, to_ink
from sklearn.decomposition import PCA
from sklearn.metrics import accuracy_score, balanced_accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid
from sklearn.preprocessing import StandardScaler


def load(config: dict) -> pd.DataFrame:
    letters = pd.read_csv("letters.csv", parse_dates=["time"])
    letters = letters.drop_duplicates(subset="letter")
    letters["legible"] = pd.to_numeric(letters["legible"], errors="coerce")
    letters = letters[letters["legible"] >= config["legible"]]
    letters = letters.dropna(subset=["digit"])
    letters["digit"] = letters["digit"].astype(int)
    scans = pd.read_parquet("scans.parquet")
    table = letters.merge(scans, on="letter", how="inner")
    scanners = pd.read_csv("scanners.csv")
    table = table.merge(scanners, on="scanner", how="left")
    return table.sort_values("time").reset_index(drop=True)


def main() -> float:
    config = json.loads(Path("config.json").read_text())
    table = load(config)
    table = to_ink(table)
    x = derive(table)
    y = table["digit"]
    x_train, x_test, y_train, y_test = train_test_split(
        x, y, test_size=config["test_share"], stratify=y, random_state=0
    )
    scaler = StandardScaler()
    x_train = scaler.fit_transform(x_train)
    x_test = scaler.transform(x_test)
    pca = PCA(n_components=config["components"], svd_solver="covariance_eigh")
    x_train = pca.fit_transform(x_train)
    x_test = pca.transform(x_test)
    simple = NearestCentroid().fit(x_train, y_train)
    joblib.dump(simple, "simple.joblib")
    model = KNeighborsClassifier(n_neighbors=config["neighbours"], weights="distance")
    model.fit(x_train, y_train)
    joblib.dump(model, "model.joblib")
    model = joblib.load("model.joblib")
    read = pd.Series(model.predict(x_test), index=y_test.index)
    accuracy_score(y_test, read)
    return float(balanced_accuracy_score(y_test, read))


if __name__ == "__main__":
    main()
