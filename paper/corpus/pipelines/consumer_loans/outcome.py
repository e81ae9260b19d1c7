"""Whether a loan was paid back in time."""

import pandas as pd


def overdue_loans(config: dict) -> pd.DataFrame:
    installments = pd.read_parquet("installments.parquet")
    installments = installments[installments["number"] <= config["watched_installments"]]
    delay = (installments["paid"] - installments["due"]).dt.days
    installments["delay"] = delay.fillna(120)
    worst = installments.groupby("loan_id", as_index=False)["delay"].max()
    worst["default"] = (worst["delay"] > config["default_days"]).astype(int)
    return worst.drop(columns="delay")
