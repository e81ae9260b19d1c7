"""What the shop sold of the item before; never anything of the forecast's own week."""

import numpy as np
import pandas as pd


def add(sales: pd.DataFrame) -> pd.DataFrame:
    sales = sales.sort_values(["shop", "item", "date"]).reset_index(drop=True)
    units = sales.groupby(["shop", "item"])["units"]
    sales["lag_7"] = units.shift(7)
    sales["lag_14"] = units.shift(14)
    sales["level"] = units.transform(lambda s: s.shift(7).rolling(28, min_periods=7).mean())
    sales["spread"] = units.transform(lambda s: s.shift(7).rolling(28, min_periods=7).std())
    sales = sales.dropna(subset=["lag_14", "level"])
    sales = sales.fillna({"spread": 0})
    for name in ("lag_7", "lag_14", "level", "spread"):
        sales[f"log_{name}"] = np.log1p(sales[name])
    return sales
