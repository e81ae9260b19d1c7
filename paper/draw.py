"""Draw the figures of the paper from the CSV files beside it.

Run it with: python paper/draw.py [--csv corpus_test.csv] [--out FOLDER]

`who_did_it.png`: the share of harmful runs whose true operation is named first, by class, with
bootstrap intervals over pipelines. `alarms.png`: healthy and harmful runs flagged by each method.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from provenance import HERE

CLASSES = {
    "C1": "one fault", "C2": "beside a\nharmless record", "C3": "beside a\nharmless step",
    "C4": "two faults", "C5": "silent",
}  # fmt: skip
RANKERS = {
    "attribution": "attribute_root_cause",
    "ZScoreDetector": "ZScoreDetector",
    "AutoLineage 0.7.1": "AutoLineage 0.7.1",
    "n-sigma": "n-sigma",
    "DoWhy attribute_anomalies": "DoWhy",
}
ALARMS = {
    "RobustMADDetector": "RobustMADDetector",
    "ZScoreDetector": "ZScoreDetector",
    "BayesianChangePointDetector": "BayesianChangePointDetector",
    "AutoLineage 0.7.1, critical only, metric named": "AutoLineage 0.7.1, critical only",
    "AutoLineage 0.7.1": "AutoLineage 0.7.1",
    "scikit-learn IsolationForest": "IsolationForest",
    "PyOD ECOD": "PyOD ECOD",
    "PyOD LOF": "PyOD LOF",
}
STYLE = {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}
# Okabe and Ito's colours, which the colour-blind tell apart.
COLORS = ("#0072B2", "#56B4E9", "#E69F00", "#009E73", "#999999")
HEALTHY, HARMFUL = "#D55E00", "#0072B2"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--csv", type=Path, default=HERE / "corpus_test.csv")
    parser.add_argument("--out", type=Path, default=HERE)
    options = parser.parse_args()
    data = pd.read_csv(options.csv, low_memory=False)
    for name, draw in (("who_did_it", draw_rankers), ("alarms", draw_alarms)):
        with mpl.rc_context(STYLE):
            figure = Figure(figsize=(7.5, 3.4), layout="constrained")
            draw(figure.subplots(), data)
            figure.savefig(options.out / f"{name}.png", dpi=144, metadata={"Software": None})


def draw_rankers(ax: Axes, data: pd.DataFrame) -> None:
    """Draw bars by class and method."""
    part = data[data["measure"] == "hit@1, harmful"]
    known = {m: label for m, label in RANKERS.items() if m in set(part["method"])}
    width = 0.8 / len(known)
    for i, (method, label) in enumerate(known.items()):
        places = np.arange(len(CLASSES)) + (i - (len(known) - 1) / 2) * width
        bars(ax, places, part[part["method"] == method], CLASSES, width, COLORS[i], label)
    ax.set_xticks(range(len(CLASSES)), list(CLASSES.values()))
    ax.set_ylabel("true operation named first, %")
    ax.set_ylim(0, 100)
    ax.figure.legend(loc="outside upper center", ncols=len(known), frameon=False)


def draw_alarms(ax: Axes, data: pd.DataFrame) -> None:
    """Draw how many healthy and harmful runs each method flags."""
    known = {m: label for m, label in ALARMS.items() if m in set(data["method"])}
    whole = data[(data["by"] == "all") & (data["table"] == "detection")]
    for k, (measure, label, color) in enumerate(
        (
            ("recall, harmful", "harmful runs", HARMFUL),
            ("false alarms", "healthy runs (asked: 1 %)", HEALTHY),
        )
    ):
        part = whole[whole["measure"] == measure].assign(group=lambda d: d["method"])
        places = np.arange(len(known)) + (k - 0.5) * 0.38
        bars(ax, places, part, known, 0.38, color, label)
    ax.set_xticks(range(len(known)), list(known.values()), rotation=25, ha="right")
    ax.set_ylabel("flagged, %")
    ax.set_ylim(0, 100)
    ax.figure.legend(loc="outside upper center", ncols=2, frameon=False)


def bars(
    ax: Axes,
    places: np.ndarray,
    part: pd.DataFrame,
    groups: Mapping[str, str],
    width: float,
    color: str,
    label: str,
) -> None:
    """Draw one bar for each group, with its interval."""
    value, low, high = (
        100 * part.set_index("group")[name].reindex(list(groups)).to_numpy(dtype=float)
        for name in ("value", "low", "high")
    )
    errors = np.maximum([value - low, high - value], 0.0)
    ax.bar(places, value, width, yerr=errors, color=color, label=label, error_kw={"lw": 0.8})


if __name__ == "__main__":
    main()
