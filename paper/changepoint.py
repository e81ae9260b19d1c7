"""Compare change-point detectors on a folder of annotated series.

Run it with: python paper/changepoint.py --data FOLDER [--out changepoint.csv] [--methods NAMES]

FOLDER has the format of the Turing Change Point Dataset (G. J. J. van den Burg and C. K. I.
Williams, An evaluation of change point detection algorithms, arXiv:2003.06222): a file
``annotations.json`` and a JSON file per series, anywhere below it. The series are not ours to
ship. Protocol of that paper: every column standardised over the whole series, one setting for all
series, a margin of 5 values, the first value counts as a change for everybody, precision
against all annotators together, recall and covering as means over annotators.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import util
from pathlib import Path

from provenance import HERE, single_threaded, versions

os.environ.update(single_threaded())  # before NumPy is loaded

import numpy as np
import pandas as pd

from lineage_stats.detectors import NormalInverseGamma, detect_changes
from lineage_stats.evaluation import covering

MARGIN = 5
PAPER_PRIOR = NormalInverseGamma(mean=0.0, kappa=1.0, alpha=1.0, beta=1.0)
Method = Callable[[np.ndarray], Sequence[int]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of series")
    parser.add_argument("--out", type=Path, default=HERE / "changepoint.csv")
    parser.add_argument("--methods", nargs="+", default=[], help="only these, by their beginning")
    options = parser.parse_args()
    series = list(read_folder(options.data))
    rows = []
    for name, method in methods(tuple(options.methods)).items():
        rows += [judged(name, method, *one) for one in series]
    table = pd.DataFrame(rows)
    stamp = {k: v for k, v in versions().items() if k != "autolineage"}
    table.assign(**stamp).to_csv(options.out, index=False)
    print(summary(table).to_string())


def read_folder(folder: Path) -> Iterator[tuple[str, np.ndarray, dict[str, list[int]]]]:
    """Yield name, values of shape (n, n_columns), and changes by annotator."""
    notes = json.loads(next(folder.rglob("annotations.json")).read_text(encoding="utf-8"))
    for file in sorted(folder.rglob("*.json")):
        record = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(record, dict) or record.get("name") not in notes:
            continue
        columns = [[np.nan if v is None else v for v in s["raw"]] for s in record["series"]]
        yield record["name"], np.array(columns, dtype=float).T, notes[record["name"]]


def methods(wanted: tuple[str, ...]) -> dict[str, Method]:
    """Return what is compared, each with one setting; those that are installed."""
    found: dict[str, Method] = {
        "lineage_stats": lambda x: detect_changes(x).positions,
        "lineage_stats, paper's model, most probable path": lambda x: (
            detect_changes(x, readout="path", expected_run_length=100, prior=PAPER_PRIOR).positions
        ),
        "lineage_stats, paper's model, backwards": lambda x: (
            detect_changes(
                x, readout="posterior", expected_run_length=100, prior=PAPER_PRIOR
            ).positions
        ),
        "no change": lambda x: (),
    }
    if util.find_spec("ruptures"):
        found |= {
            "ruptures Binseg": lambda x: _ruptures("Binseg", x),
            "ruptures Pelt": lambda x: _ruptures("Pelt", x),
        }
    return {name: method for name, method in found.items() if name.startswith(wanted or "")}


def _ruptures(name: str, x: np.ndarray) -> Sequence[int]:
    import ruptures

    algorithm = getattr(ruptures, name)(model="l2", jump=1, min_size=2)
    ends = algorithm.fit(x).predict(pen=3 * np.log(len(x)) * x.shape[1])
    return ends[:-1]


def judged(
    name: str, method: Method, series: str, x: np.ndarray, notes: dict[str, list[int]]
) -> dict[str, object]:
    """Return the figures of one method on one series."""
    known = (x - np.nanmean(x, axis=0)) / np.nanstd(x, axis=0, ddof=1)
    begin = time.process_time()
    found = [int(t) for t in method(known)]
    seconds = time.process_time() - begin
    cover = [covering(changes, found, len(x)) for changes in notes.values()]
    return {
        "method": name, "series": series, "n": len(x), "columns": x.shape[1],
        "gaps": bool(np.isnan(x).any()), "group": group(series, x),
        "covering": float(np.mean(cover)), "f1": f1(found, list(notes.values())),
        "seconds": seconds, "changes": " ".join(map(str, found)),
    }  # fmt: skip


def group(series: str, x: np.ndarray) -> str:
    """Return whether a series counts among the univariate ones without gaps."""
    if x.shape[1] > 1:
        return "several columns"
    return "with gaps" if np.isnan(x).any() else "univariate"


def f1(found: Sequence[int], notes: Sequence[Sequence[int]]) -> float:
    """Return the harmonic mean of precision and mean recall."""
    mine = {0, *found}
    everyone = {0, *(t for changes in notes for t in changes)}
    precision = _hits(everyone, mine) / len(mine)
    recall = float(np.mean([_hits({0, *c}, mine) / len({0, *c}) for c in notes]))
    return 2 * precision * recall / (precision + recall)


def _hits(true: set[int], found: set[int]) -> int:
    """Count true changes with a found one near, each of which serves one."""
    left, hits = set(found), 0
    for t in sorted(true):
        near = sorted((abs(t - x), x) for x in left if abs(t - x) <= MARGIN)
        if near:
            hits += 1
            left.remove(near[0][1])
    return hits


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return means by method and group, and the mean annotator's."""
    means = table.groupby(["group", "method"])[["covering", "f1", "seconds"]].mean()
    return means.assign(series=table.groupby(["group", "method"]).size()).round(3)


if __name__ == "__main__":
    main()
