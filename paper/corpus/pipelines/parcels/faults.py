"""What can go wrong with the parcels."""

from pathlib import Path

import numpy as np
import pandas as pd
from corpus.interface import Damage, Fault

READ = (("main.py", 'pd.read_csv("parcels.csv")'),)
FILTER = 'parcels["weight"] > 0'
MERGE = 'depots, on="depot", how="inner"'
LABEL = 'table["hours"] > table["promised"]'
FIT = (("main.py", 'LogisticRegression(C=config["C"]'), ("main.py", "model.fit("))
THRESHOLD = '> config["threshold"]'


def blank(column: str, share: float) -> Damage:
    def damage(folder: Path, rng: np.random.Generator) -> None:
        table = pd.read_csv(folder / "parcels.csv")
        table[column] = table[column].mask(rng.random(len(table)) < share)
        table.to_csv(folder / "parcels.csv", index=False)

    return damage


def truncate(share: float) -> Damage:
    def damage(folder: Path, rng: np.random.Generator) -> None:
        table = pd.read_csv(folder / "parcels.csv")
        table.head(int(len(table) * share)).to_csv(folder / "parcels.csv", index=False)

    return damage


def mix_hours(share: float) -> Damage:
    def damage(folder: Path, rng: np.random.Generator) -> None:
        table = pd.read_csv(folder / "parcels.csv")
        rows = np.flatnonzero(rng.random(len(table)) < share)
        hours = table["hours"].to_numpy().copy()
        hours[rows] = hours[rng.permutation(rows)]
        table.assign(hours=hours).to_csv(folder / "parcels.csv", index=False)

    return damage


def filtered(severity: str, condition: str) -> Fault:
    edits = (("main.py", FILTER, condition),)
    return Fault("filter_strict", severity, edits, truth=(("main.py", FILTER),))


FAULTS = [
    filtered("glaring", 'parcels["weight"] > 9'),
    filtered("clear", 'parcels["weight"] > 3'),
    filtered("subtle", 'parcels["weight"] > 1'),
    *(
        Fault("nulls_injected", severity, data=blank("distance", share), truth=READ)
        for severity, share in (("glaring", 0.9), ("clear", 0.4), ("subtle", 0.08))
    ),
    *(
        Fault("rows_truncated", severity, data=truncate(share), truth=READ)
        for severity, share in (("glaring", 0.08), ("clear", 0.4), ("subtle", 0.8))
    ),
    *(
        Fault("labels_noisy", severity, data=mix_hours(share), truth=READ, cls="C5")
        for severity, share in (("glaring", 0.8), ("clear", 0.3), ("subtle", 0.08))
    ),
    Fault(
        "label_inverted",
        "glaring",
        (("main.py", LABEL, 'table["hours"] < table["promised"]'),),
        truth=(("main.py", LABEL),),
    ),
    *(
        Fault(
            "threshold_changed", severity, config={"threshold": t}, truth=(("main.py", THRESHOLD),)
        )
        for severity, t in (("glaring", 0.97), ("clear", 0.8), ("subtle", 0.6))
    ),
    Fault("hyper_parameter_broken", "glaring", config={"C": 1e-6}, truth=FIT),
    Fault(
        "join_wrong_how",
        "subtle",
        (("main.py", MERGE, 'depots, on="depot", how="outer"'),),
        truth=(("main.py", MERGE),),
        note="Every depot sends every day: the result is the same rows in another order.",
    ),
    Fault(
        "harmless_change",
        "clear",
        (("main.py", '.fillna(table["distance"].median())', '.fillna(table["distance"].mean())'),),
        cls="none",
    ),
    Fault("harmless_change", "subtle", config={"heavy": 9}, cls="none", variant="heavy"),
    Fault(
        "verbosity_changed",
        "clear",
        (("main.py", 'class_weight="balanced")', 'class_weight="balanced", verbose=1)'),),
        cls="none",
    ),
    Fault(
        "operation_inserted",
        "clear",
        (("main.py", "table = load()\n", "table = load()\ntable = table.copy()\n"),),
        cls="none",
    ),
    Fault(
        "operation_renamed",
        "clear",
        (
            ("main.py", "def load():", "def load_tables():"),
            ("main.py", "table = load()", "table = load_tables()"),
        ),
        cls="none",
    ),
]
