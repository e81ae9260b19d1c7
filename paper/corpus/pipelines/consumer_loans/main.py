"""Estimate which consumer loans will fall into default.

Run it in the folder of a day: applications.csv, bureau.csv, installments.parquet, regions.json,
config.json.
"""

import json
from pathlib import Path

import pandas as pd
from credit_history import summarise_bureau
from outcome import overdue_loans
from sklearn.metrics import balanced_accuracy_score, roc_auc_score
from sklearn.model_selection import GridSearchCV, StratifiedKFold, train_test_split
from sklearn.preprocessing import OrdinalEncoder
from sklearn.tree import DecisionTreeClassifier

NUMBERS = [
    "amount",
    "term_months",
    "yearly_income",
    "burden",
    "years_employed",
    "utilization",
    "open_credits",
    "worst_delay",
    "unemployment",
]
NAMES = ["purpose", "home", "channel"]


def read_applications(config: dict) -> pd.DataFrame:
    loans = pd.read_csv("applications.csv", parse_dates=["granted"])
    loans = loans.drop_duplicates(subset="loan_id", keep="first")
    loans = loans[loans["decision"] == "granted"]
    loans = loans.query("amount >= @config['least_amount']")
    loans["purpose"] = loans["purpose"].str.lower().str.strip()
    loans["home"] = loans["home"].fillna("unknown")
    return loans.set_index("loan_id")


def add_income(loans: pd.DataFrame) -> pd.DataFrame:
    per_year = loans["income_period"].map({"month": 12, "year": 1})
    loans["yearly_income"] = loans["income"] * per_year
    median = loans.groupby("region")["yearly_income"].transform("median")
    loans["yearly_income"] = loans["yearly_income"].fillna(median).clip(upper=400_000)
    years = loans["employment"].str.extract(r"(\d+)", expand=False)
    loans["years_employed"] = pd.to_numeric(years).where(loans["employment"] != "< 1 year", 0)
    loans["years_employed"] = loans["years_employed"].fillna(0)
    rate = loans["interest_percent"] / 1200
    loans["payment"] = loans["amount"] * rate / (1 - (1 + rate) ** -loans["term_months"])
    loans["burden"] = loans["payment"] / (loans["yearly_income"] / 12)
    return loans


def build_table(config: dict) -> pd.DataFrame:
    loans = add_income(read_applications(config))
    regions = pd.read_json("regions.json").rename(columns={"code": "region"})
    loans = loans.reset_index().merge(regions, on="region", how="left", validate="many_to_one")
    loans = loans.merge(summarise_bureau(), on="applicant_id", how="left")
    loans = loans.fillna({"utilization": 0.3, "open_credits": 0, "worst_delay": 0})
    loans = loans.merge(overdue_loans(config), on="loan_id", how="inner")
    return loans.set_index("loan_id")


def search(config: dict) -> GridSearchCV:
    model = DecisionTreeClassifier(
        min_samples_leaf=config["smallest_leaf"], class_weight="balanced", random_state=0
    )
    grid = {"max_depth": [4, 6, 9], "ccp_alpha": [0.0, 0.001]}
    folds = StratifiedKFold(n_splits=3, shuffle=True, random_state=1)
    return GridSearchCV(model, grid, scoring="roc_auc", cv=folds)


def main() -> float:
    config = json.loads(Path("config.json").read_text())
    loans = build_table(config)
    train, test = train_test_split(
        loans, test_size=config["test_share"], stratify=loans["default"], random_state=8
    )
    encoder = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=-1, min_frequency=config["least_names"]
    )
    train_names = encoder.fit_transform(train[NAMES])
    test_names = encoder.transform(test[NAMES])
    x_train = train[NUMBERS].assign(**dict(zip(NAMES, train_names.T, strict=True)))
    x_test = test[NUMBERS].assign(**dict(zip(NAMES, test_names.T, strict=True)))
    searched = search(config)
    searched.fit(x_train, train["default"])
    risk = pd.Series(searched.predict_proba(x_test)[:, 1], index=test.index)
    roc_auc_score(test["default"], risk)
    refused = risk.gt(config["highest_risk"]).astype(int)
    return float(balanced_accuracy_score(test["default"], refused))


if __name__ == "__main__":
    main()
