"""Fit the weights by which attribution weighs its signs, on the development part of the corpus.

Run it with: python paper/attribution_weights.py --corpus FOLDER [--check] [--out weights.json]

The model is a conditional logit over the operations upstream of the metric and "none of them",
fitted by maximum likelihood with a quadratic penalty; no sign of a change may speak against an
operation. Harmful runs are told which operations are at fault; healthy runs and harmless changes,
whatever their metric, that none is. Every run is seen as a user sees it: with the 40 healthy runs
before its block of ten days, and a second time, at less weight, with code, parameters and files
hidden. Simulated runs are in it as well.
--check leaves each pipeline out in turn, and says how often the true operation is first.
"""

from __future__ import annotations

import argparse
import json
import os
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from provenance import single_threaded, versions

os.environ.update(single_threaded())  # before NumPy is loaded

import numpy as np
import numpy.typing as npt
from rich.progress import track
from scipy.optimize import minimize
from scoreboard.labelled import CASE, HARMLESS, Bench, from_corpus, pipelines_of, recent, simulated

import lineage_stats.attribution
from lineage_stats.attribution import MechanismBaseline
from lineage_stats.attribution._case import open_case
from lineage_stats.exceptions import LineageStatsError
from lineage_stats.trace import Trace

Floats = npt.NDArray[np.float64]

HIDDEN = " hidden"
OUT = Path(lineage_stats.attribution.__file__).parent / "_weights.json"
# Of 1e-3 to 1e-5 these serve the validation part best, together with the simulated faults of the
# tests, which ask for less certainty where a trace cannot tell.
PENALTY = 0.000185
# What may speak for or against an operation. All other signs tell of a change, which is no
# evidence that it did nothing: their weights are not negative.
EITHER_WAY = frozenset(
    {"inert", "parents", "only_edit", "held", "untouched", "untold", "source_alone",
     "source_besides", "held_compared", "below_edit", "above_edit"}
)  # fmt: skip
CLASS_WEIGHT = {
    "C1": 3.0,
    "C2": 1.0,
    "C3": 1.5,
    "C4": 1.0,
    "C5": 1.5,
    "C6": 1.0,
    "healthy": 2.0,
    HARMLESS: 2.0,
}
HIDDEN_WEIGHT = 0.3


@dataclass(frozen=True)
class Example:
    """The signs of one run, and which operations are at fault; none: nothing is."""

    pipeline: str
    cls: str
    weight: float
    names: tuple[str, ...]
    signs: Floats
    truth: npt.NDArray[np.bool_]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", type=Path, required=True, help="folder of the corpus")
    parser.add_argument("--pipelines", nargs="+", default=[], help="only these")
    parser.add_argument("--check", action="store_true", help="leave each pipeline out in turn")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    names = options.pipelines or pipelines_of(options.corpus)
    examples: list[Example] = []
    for name in track(names, "signs"):  # one pipeline in memory at a time
        for bench in from_corpus(options.corpus, ["development"], [name]):
            examples += examples_of(bench)
    known = sorted({e.pipeline for e in examples if not e.pipeline.endswith(HIDDEN)})
    for bench in simulated(n_pipelines=4):
        examples += examples_of(bench)
    if options.check:
        check(examples)
    nothing, weights = fit(examples)
    kept = {name: round(w, 4) for name, w in weights.items() if abs(w) >= 1e-3}
    made_with = {"pipelines": known, **versions()}
    record = {"made_with": made_with, "nothing": round(nothing, 4), "signs": kept}
    options.out.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def examples_of(bench: Bench) -> Iterator[Example]:
    """Yield the runs of a pipeline, as they are and with facts hidden."""
    for hidden in (False, True):
        for block in recent(bench):
            see = without_facts if hidden else lambda trace: trace
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                baseline = MechanismBaseline.from_traces([see(t) for t in block.history])
                for run in block.runs:
                    faulty = run.role == CASE and run.cls != HARMLESS
                    if faulty and not (run.harmful and run.truth):
                        continue
                    try:
                        trace = see(run.trace)
                        key = trace.metric_operation(block.metric).key
                        signs = open_case(baseline, trace, key).signs
                    except LineageStatsError:
                        continue  # a broken run has no metric
                    known = signs.evident
                    truth = np.array([faulty and key in run.truth for key in signs.keys])[known]
                    if (faulty and not truth.any()) or not known.any():
                        continue
                    weight = HIDDEN_WEIGHT if hidden else 1.0
                    yield Example(
                        f"{block.pipeline}{HIDDEN if hidden else ''}",
                        run.cls, weight, signs.names, signs.values[known], truth,
                    )  # fmt: skip


def without_facts(trace: Trace) -> Trace:
    return replace(trace, operations=tuple(replace(op, facts={}) for op in trace))


def fit(examples: Sequence[Example]) -> tuple[float, dict[str, float]]:
    """Return the constant of "none of them", and the weight of each sign."""
    x = np.concatenate([e.signs for e in examples])
    truth = np.concatenate([e.truth for e in examples])
    sizes = np.array([len(e.truth) for e in examples])
    starts, of = np.r_[0, np.cumsum(sizes)[:-1]], np.repeat(np.arange(len(sizes)), sizes)
    none = np.array([not e.truth.any() for e in examples])
    weight = example_weights(examples)

    def loss(p: Floats) -> tuple[float, Floats]:
        utility = x @ p[1:]
        top = np.maximum(np.maximum.reduceat(utility, starts), p[0])
        odds, odds_none = np.exp(utility - top[of]), np.exp(p[0] - top)
        total = np.add.reduceat(odds, starts) + odds_none
        right = np.where(none, odds_none, np.add.reduceat(odds * truth, starts))
        right = np.maximum(right, 1e-300)
        value = -(weight * np.log(right / total)).mean() + PENALTY * float(p[1:] @ p[1:]) / 2
        told = np.where(none[of], 0.0, odds * truth / right[of])
        slope = np.empty_like(p)
        slope[0] = (weight * (odds_none / total - none)).mean()
        slope[1:] = x.T @ ((odds / total[of] - told) * weight[of]) / len(examples)
        slope[1:] += PENALTY * p[1:]
        return float(value), slope

    names = examples[0].names
    free = [name in EITHER_WAY or name.startswith("is_") for name in names]
    bounds = [(None, None), *((None if either else 0.0, None) for either in free)]
    start, options = np.zeros(x.shape[1] + 1), {"maxiter": 3000}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x
    return float(found[0]), dict(zip(names, found[1:].tolist(), strict=True))


def example_weights(examples: Iterable[Example]) -> Floats:
    """Each class of each pipeline counts as much as another pipeline's."""
    examples = list(examples)
    counts = Counter((e.pipeline, e.cls) for e in examples)
    found = np.array(
        [e.weight * CLASS_WEIGHT.get(e.cls, 1.0) / counts[e.pipeline, e.cls] for e in examples]
    )
    return found / found.mean()


def check(examples: Sequence[Example]) -> None:
    """Print how often the truth is first (and among three) in a pipeline that was left out."""
    for pipeline in sorted({e.pipeline.removesuffix(HIDDEN) for e in examples}):
        own = [e for e in examples if e.pipeline == pipeline]
        others = [e for e in examples if e.pipeline.removesuffix(HIDDEN) != pipeline]
        nothing, weights = fit(others)
        beta = np.array([weights[name] for name in own[0].names])
        cells = []
        for cls in sorted({e.cls for e in own}):
            utility = [(e, e.signs @ beta) for e in own if e.cls == cls]
            if cls.startswith("C"):
                places = [np.argsort(-u, kind="stable") for _, u in utility]
                first = np.mean([e.truth[o[0]] for (e, _), o in zip(utility, places, strict=True)])
                third = np.mean(
                    [e.truth[o[:3]].any() for (e, _), o in zip(utility, places, strict=True)]
                )
                cells.append(f"{cls} {first:.2f}/{third:.2f}")
            else:
                odds = [np.exp(u - nothing).sum() for _, u in utility]
                cells.append(f"{cls} {np.mean([1 / (1 + o) for o in odds]):.2f} none")
        print(f"{pipeline:20}" + "  ".join(cells))


if __name__ == "__main__":
    main()
