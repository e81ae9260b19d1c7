"""What happened before a view: in its session and, over all users, to its item."""

import pandas as pd


def add_history(views: pd.DataFrame, config: dict) -> pd.DataFrame:
    views = views.sort_values(["session", "time"]).reset_index(drop=True)
    sessions = views.groupby("session")
    views["position"] = sessions.cumcount() + 1
    pause = sessions["time"].diff()
    views["pause"] = pause.dt.total_seconds().fillna(60).clip(upper=300)
    before = sessions["clicked"].shift(1).fillna(0)
    views["clicks_before"] = before.groupby(views["session"]).cumsum()
    recent = before.rolling(8, min_periods=1).mean()
    views["recent_rate"] = recent.where(views["position"] > 8, views["clicks_before"] / 8)
    return views[views["position"] <= config["longest"]]


def add_item_rate(train: pd.DataFrame, test: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Share of clicks of an item in the hours to learn from, drawn towards the mean."""
    usual = train["clicked"].mean()
    items = train.groupby("item")["clicked"].agg(["sum", "count"])
    items["item_rate"] = (items["sum"] + 20 * usual) / (items["count"] + 20)
    train = train.merge(items[["item_rate"]], on="item", how="left")
    test = test.merge(items[["item_rate"]], on="item", how="left")
    test["item_rate"] = test["item_rate"].fillna(usual)
    return train, test
