"""How a source table of a day is damaged; each function returns one for the folder of a day."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

Damage = Callable[[Path, np.random.Generator], None]
Change = Callable[[pd.DataFrame, np.random.Generator], pd.DataFrame]
WriteDay = Callable[[Path, int, np.random.Generator], None]


def read(path: Path) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    if path.suffix == ".jsonl":
        return pd.read_json(path, lines=True, convert_dates=False)
    if path.suffix == ".json":
        return pd.read_json(path, orient="records", convert_dates=False)
    return pd.read_csv(path)


def write(table: pd.DataFrame, path: Path) -> None:
    if path.suffix == ".parquet":
        table.to_parquet(path, index=False)
    elif path.suffix == ".jsonl":
        table.to_json(path, orient="records", lines=True)
    elif path.suffix == ".json":
        table.to_json(path, orient="records")
    else:
        table.to_csv(path, index=False)


def change(file: str, how: Change) -> Damage:
    """Put what ``how`` makes of a table in its place."""

    def damage(folder: Path, rng: np.random.Generator) -> None:
        write(how(read(folder / file), rng).reset_index(drop=True), folder / file)

    return damage


def both(*damages: Damage) -> Damage:
    """Do one damage after the other."""

    def damage(folder: Path, rng: np.random.Generator) -> None:
        for one in damages:
            one(folder, rng)

    return damage


def truncate(file: str, share: float) -> Damage:
    """Keep the first ``share`` of the rows."""
    return change(file, lambda table, rng: table.head(max(1, int(share * len(table)))))


def repeat(file: str, times: int) -> Damage:
    """Send all rows several times."""
    return change(file, lambda table, rng: pd.concat([table] * times))


def send_again(file: str, share: float, times: int = 1) -> Damage:
    """Send a share of the rows again."""

    def how(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        again = table[_some(table, share, rng)]
        return pd.concat([table, *[again] * times])

    return change(file, how)


def lose(file: str, column: str, values: Sequence[Any], share: float = 1.0) -> Damage:
    """Lose a share of the rows whose column has one of the values."""

    def how(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        return table[~(table[column].isin(values) & _some(table, share, rng))]

    return change(file, how)


def lose_above(file: str, column: str, quantile: float) -> Damage:
    """Lose the rows whose column is above a quantile."""
    return change(file, lambda table, rng: table[table[column] <= table[column].quantile(quantile)])


def blank(file: str, columns: Sequence[str], share: float) -> Damage:
    """Lose a share of the values of some columns."""

    def how(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        for column in columns:
            table[column] = table[column].mask(_some(table, share, rng))
        return table

    return change(file, how)


def scale(file: str, columns: Sequence[str], factor: float, share: float = 1.0) -> Damage:
    """Multiply a share of the values of some columns; -1 flips the sign."""
    return recompute(file, columns, lambda values: values * factor, share)


def recompute(
    file: str,
    columns: Sequence[str],
    how: Callable[[pd.Series], pd.Series],
    share: float = 1.0,
) -> Damage:
    """Compute a share of the values of some columns anew, in the same rows."""

    def changed(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        rows = _some(table, share, rng)
        for column in columns:
            table[column] = table[column].astype(float).mask(rows, how(table[column]))
        return table

    return change(file, changed)


def freeze(file: str, columns: Sequence[str], share: float = 1.0) -> Damage:
    """Repeat the first value of each column from some row on, which lies at ``1 - share``."""

    def how(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        start = int((1 - share) * len(table))
        for column in columns:
            known = table[column].dropna()
            table[column] = table[column].mask(np.arange(len(table)) >= start, known.iloc[0])
        return table

    return change(file, how)


def misalign(file: str, columns: Sequence[str], share: float = 1.0) -> Damage:
    """Shuffle some columns together against the others, in a share of the rows."""

    def how(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        rows = np.flatnonzero(_some(table, share, rng))
        order = np.arange(len(table))
        order[rows] = rng.permutation(rows)
        for column in columns:
            table[column] = table[column].array[order]
        return table

    return change(file, how)


def exchange(file: str, one: str, other: str, share: float = 1.0) -> Damage:
    """Exchange the values of two columns in a share of the rows."""

    def how(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        rows = _some(table, share, rng)
        a, b = table[one].copy(), table[other].copy()
        table[one], table[other] = a.where(~rows, b), b.where(~rows, a)
        return table

    return change(file, how)


def rename(file: str, column: str, names: Mapping[Any, Any], share: float = 1.0) -> Damage:
    """Give values of a column other names in a share of the rows."""

    def how(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        new = table[column].map(lambda value: names.get(value, value))
        table[column] = table[column].mask(_some(table, share, rng), new)
        return table

    return change(file, how)


def respell(
    file: str, columns: Sequence[str], how: Callable[[str], str], share: float = 1.0
) -> Damage:
    """Spell a share of the values of some columns in another way."""

    def changed(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        rows = _some(table, share, rng)
        for column in columns:
            new = table[column].map(lambda value: how(str(value)), na_action="ignore")
            table[column] = table[column].astype(object).mask(rows, new)
        return table

    return change(file, changed)


def decimal_comma(file: str, columns: Sequence[str], share: float = 1.0) -> Damage:
    """Write a share of the numbers of some columns with a decimal comma."""
    return respell(file, columns, lambda text: text.replace(".", ","), share)


def add_category(file: str, column: str, name: Any, share: float) -> Damage:
    """Give a share of the rows a category that was not there before."""

    def how(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        table[column] = table[column].mask(_some(table, share, rng), name)
        return table

    return change(file, how)


def relabel(file: str, column: str, share: float) -> Damage:
    """Exchange a share of the labels among their rows, so that their counts stay."""
    return misalign(file, [column], share)


def stale(file: str, write_day: WriteDay, days: int) -> Damage:
    """Deliver the table of some days ago; ``config.json`` has the number of the ``day``."""

    def damage(folder: Path, rng: np.random.Generator) -> None:
        day = json.loads((folder / "config.json").read_text())["day"]
        with tempfile.TemporaryDirectory() as old:
            write_day(Path(old), max(0, day - days), rng)
            (folder / file).write_bytes((Path(old) / file).read_bytes())

    return damage


def _some(table: pd.DataFrame, share: float, rng: np.random.Generator) -> np.ndarray:
    """Choose a share of the rows, at least one."""
    if share >= 1:
        return np.ones(len(table), dtype=bool)
    rows = rng.random(len(table)) < share
    rows[rng.integers(len(table))] = True
    return rows
