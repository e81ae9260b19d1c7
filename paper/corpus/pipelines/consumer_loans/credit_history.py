"""What the credit bureau knows of an applicant."""

import pandas as pd


def summarise_bureau() -> pd.DataFrame:
    debts = pd.read_csv("bureau.csv", dtype={"applicant_id": "int64"})
    debts = debts[~debts["closed"]]
    debts = debts[debts["credit_limit"] > 0]
    debts["days_overdue"] = debts["days_overdue"].fillna(0)
    by_applicant = debts.groupby("applicant_id")
    history = by_applicant.agg(
        balance=("balance", "sum"),
        credit_limit=("credit_limit", "sum"),
        open_credits=("balance", "size"),
        worst_delay=("days_overdue", "max"),
    )
    history["utilization"] = (history["balance"] / history["credit_limit"]).clip(upper=1.5)
    return history[["utilization", "open_credits", "worst_delay"]].reset_index()
