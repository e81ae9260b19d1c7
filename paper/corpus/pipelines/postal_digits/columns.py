"""Columns derived from the 64 pixels of a digit, hundreds of them."""

import pandas as pd

PIXELS = [f"p{row}{column}" for row in range(8) for column in range(8)]


def to_ink(table: pd.DataFrame) -> pd.DataFrame:
    """Turn what the scanner saw into ink between 0 and 1, and return it with the letters."""
    table["width"] = table["black"] - table["white"]
    ink = table[PIXELS].sub(table["white"], axis=0).div(table["width"], axis=0)
    ink = ink.clip(lower=0, upper=1)
    ink = ink.fillna(ink.median())
    return table.drop(columns=PIXELS).join(ink)


def shifted(ink: pd.DataFrame) -> pd.DataFrame:
    """Differences of each pixel from its neighbours to the right and below."""
    across = ink.T.diff().T.fillna(0).add_prefix("across_")
    down = ink.T.diff(8).T.fillna(0).add_prefix("down_")
    return pd.concat([across, down], axis=1)


def blocks(ink: pd.DataFrame) -> pd.DataFrame:
    """Means of the rows, of the columns, and of squares of two by two pixels."""
    lines = ink.T.groupby(lambda name: f"row_{name[1]}").mean().T
    columns = ink.T.groupby(lambda name: f"column_{name[2]}").mean().T
    squares = ink.T.groupby(lambda name: f"square_{int(name[1]) // 2}{int(name[2]) // 2}").mean().T
    return pd.concat([lines, columns, squares], axis=1)


def derive(table: pd.DataFrame) -> pd.DataFrame:
    ink = table[PIXELS]
    thick = (ink > 0.5).astype(float).add_prefix("thick_")
    light = (ink**0.5).add_prefix("light_")
    total = ink.sum(axis=1).div(16).rename("total")
    scanner = pd.get_dummies(table["scanner"], dtype=float)
    return pd.concat([ink, thick, light, shifted(ink), blocks(ink), total, scanner], axis=1)
