"""How a fault is planted, and the line that a person would name as its cause.

Three families. A *code* fault edits one line of the script. A *config* fault leaves the script
alone and changes a value that it reads; the cause is the line that uses it. A *data* fault
leaves script and configuration alone and damages a source table; the cause is the line that
reads it. ``old`` is the text of the true line (it must occur once); where two lines are equally
right (an estimator's constructor and its fit), ``also`` names the other.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

Tables = dict[str, pd.DataFrame]
Corrupt = Callable[[Tables, np.random.Generator], None]


@dataclass(frozen=True)
class Fault:
    """One way of breaking one pipeline."""

    pipeline: str
    kind: str
    family: str
    old: str
    new: str | None = None
    config: dict[str, float] = field(default_factory=dict)
    corrupt: Corrupt | None = None
    also: str | None = None

    def apply(self, source: str) -> str:
        """Return the script with the fault in it."""
        for text in filter(None, (self.old, self.also)):
            if source.count(text) != 1:
                raise ValueError(f"{self.pipeline}/{self.kind}: must occur once: {text}")
        return source if self.new is None else source.replace(self.old, self.new)

    def lines(self, source: str) -> set[int]:
        """Return the numbers of all lines of the statements that hold the cause."""
        found = set()
        statements = [
            node
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Assign | ast.Expr | ast.Return)
        ]
        for text in filter(None, (self.old, self.also)):
            line = source[: source.index(text)].count("\n") + 1
            for node in statements:
                if node.lineno <= line <= (node.end_lineno or node.lineno):
                    found.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        return found


def truncate(table: str, share: float) -> Corrupt:
    def corrupt(tables: Tables, rng: np.random.Generator) -> None:
        tables[table] = tables[table].head(int(share * len(tables[table])))

    return corrupt


def blank(table: str, columns: list[str], share: float) -> Corrupt:
    def corrupt(tables: Tables, rng: np.random.Generator) -> None:
        rows = rng.random(len(tables[table])) < share
        tables[table].loc[rows, columns] = np.nan

    return corrupt


def rescale(table: str, columns: list[str], factor: float, share: float) -> Corrupt:
    def corrupt(tables: Tables, rng: np.random.Generator) -> None:
        rows = rng.random(len(tables[table])) < share
        values = tables[table][columns].astype(float)
        tables[table][columns] = values.mask(pd.Series(rows), values * factor)

    return corrupt


def mix(table: str, column: str, share: float) -> Corrupt:
    def corrupt(tables: Tables, rng: np.random.Generator) -> None:
        rows = np.flatnonzero(rng.random(len(tables[table])) < share)
        values = tables[table][column].to_numpy().copy()
        values[rows] = values[rng.permutation(rows)]
        tables[table][column] = values

    return corrupt


def swap(table: str, one: str, other: str) -> Corrupt:
    def corrupt(tables: Tables, rng: np.random.Generator) -> None:
        # A tenth of the rows is as before.
        rows = rng.random(len(tables[table])) < 0.9
        pair = tables[table].loc[rows, [one, other]].to_numpy()
        tables[table].loc[rows, [one, other]] = pair[:, ::-1]

    return corrupt


def freeze(table: str, column: str) -> Corrupt:
    def corrupt(tables: Tables, rng: np.random.Generator) -> None:
        tables[table][column] = tables[table][column].iloc[0]

    return corrupt


def shift(table: str, column: str, n_classes: int) -> Corrupt:
    def corrupt(tables: Tables, rng: np.random.Generator) -> None:
        tables[table][column] = (tables[table][column] + 1) % n_classes

    return corrupt


def lose(table: str, share: float) -> Corrupt:
    def corrupt(tables: Tables, rng: np.random.Generator) -> None:
        kept = rng.random(len(tables[table])) >= share
        tables[table] = tables[table][kept].reset_index(drop=True)

    return corrupt


def rename(table: str, column: str, names: dict[str, str]) -> Corrupt:
    def corrupt(tables: Tables, rng: np.random.Generator) -> None:
        tables[table][column] = tables[table][column].replace(names)

    return corrupt


def send_again(table: str, times: int) -> Corrupt:
    def corrupt(tables: Tables, rng: np.random.Generator) -> None:
        tables[table] = pd.concat([tables[table]] * times, ignore_index=True)

    return corrupt


def code(pipeline: str, *edits: tuple[str, str, str] | tuple[str, str, str, str]) -> list[Fault]:
    return [
        Fault(pipeline, e[0], "code", e[1], e[2], also=e[3] if len(e) > 3 else None) for e in edits
    ]


def config(
    pipeline: str, *edits: tuple[str, str, dict[str, float]] | tuple[str, str, dict, str]
) -> list[Fault]:
    return [
        Fault(pipeline, e[0], "config", e[1], config=e[2], also=e[3] if len(e) > 3 else None)
        for e in edits
    ]


def data(pipeline: str, *edits: tuple[str, str, Corrupt]) -> list[Fault]:
    return [Fault(pipeline, kind, "data", old, corrupt=c) for kind, old, c in edits]
