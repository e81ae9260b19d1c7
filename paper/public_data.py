"""Who names the service at fault in public root-cause data, which have to be got elsewhere.

Run it with: python paper/public_data.py [--petshop FOLDER] [--rcd FOLDER] [--out FILE]

``--petshop`` takes the folder that holds ``low_traffic`` and ``high_traffic``, ``--rcd`` the one
that holds ``<service>-<fault>/<repetition>``; see `load_petshop` and `load_rcd`. The methods were
made for, and the weights of attribution fitted on, other data; nothing is tuned on these.

Protocol. *PetShop*: the reference is the windows without an issue, the run to explain the first
window of the issue that began after it was noticed, the third of five. Everything is done twice:
with that window as it is, and less what was odd before (``subtracted``): from every measurement
its deviation from the healthy median in the windows before is taken away, as far as all of them
deviate to the same side. For the healthy windows are of another month, when traffic was another.
Attribution takes the windows before as they are (``before=``), and does that itself.
*RCD*: the reference is the normal rows, the run to explain the median of the anomalous ones;
nothing was measured right before. DoWhy cannot be used there, as the alarm is always 0 in normal
rows. All methods see the same runs, with their defaults.

Candidates are the services upstream of the metric. Those that a method does not name, or names
alike, are tied: a hit counts by its probability if ties are broken by chance. Intervals (95 %) are
of the bootstrap over services at fault, since issues with one culprit are alike; there are five in
either data set, so they are rough.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from csv_file import write_csv
from provenance import HERE, single_threaded, versions

os.environ.update(single_threaded())  # before NumPy is loaded

import numpy as np
from peers.dowhy_peer import DoWhy
from peers.ours import OurAttribution
from peers.rankers import Baro, Chance, FirstAnomalous, NSigma
from peers.study import Peer, Study
from rich.progress import track

from lineage_stats.datasets import load_petshop, load_rcd
from lineage_stats.evaluation import Place, cluster_bootstrap, place_of_truth
from lineage_stats.trace import Trace

TRAFFIC = ("low_traffic", "high_traffic")
ALL = "all"
Row = dict[str, object]


@dataclass(frozen=True)
class Case:
    """One issue: the run to explain and what is known about it."""

    data: str
    traffic: str
    kind: str
    name: str
    target: str
    run: Trace
    before: Sequence[Trace]
    study: Study


@dataclass(frozen=True)
class Verdict:
    """Where one method puts the service at fault."""

    method: str
    subtracted: bool
    case: Case
    place: Place


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--petshop", type=Path, help="folder with low_traffic and high_traffic")
    parser.add_argument("--rcd", type=Path, help="folder with <service>-<fault>/<repetition>")
    parser.add_argument("--out", type=Path, default=HERE / "public_data.csv")
    parser.add_argument("--dowhy", action="store_true", help="also DoWhy, seconds for each case")
    parser.add_argument("--quick", action="store_true", help="a few cases, for a test")
    options = parser.parse_args()
    if options.petshop is None and options.rcd is None:
        parser.error("give a folder with --petshop, --rcd or both")
    if options.dowhy and not find_spec("dowhy"):
        parser.error("--dowhy needs DoWhy: pip install dowhy")
    cases = [*petshop_cases(options.petshop), *rcd_cases(options.rcd)]
    if options.quick:
        cases = a_few(cases)
    rows = list(figures(list(judge(cases, methods(dowhy=options.dowhy)))))
    for row in rows:
        print(shown(row))
    write_csv(rows, options.out, versions(), floats=".4f")


def petshop_cases(folder: Path | None) -> Iterator[Case]:
    for traffic in TRAFFIC if folder else ():
        studies: dict[str, Study] = {}
        for case in load_petshop(folder / traffic).cases:
            if case.metric not in studies:
                studies[case.metric] = study_of(case)
            kind = "availability" if case.greater_is_better else "latency"
            yield Case(
                "PetShop", traffic.removesuffix("_traffic"), kind, case.name, case.target,
                case.faulty[0], case.before, studies[case.metric],
            )  # fmt: skip


def rcd_cases(folder: Path | None) -> Iterator[Case]:
    for case in load_rcd(folder).cases if folder else ():
        run = median_run(case.faulty)
        yield Case("RCD", "", case.kind, case.name, case.target, run, (), study_of(case))


def study_of(case: dict) -> Study:
    return Study(case.healthy[0].pipeline, case.healthy, case.metric, case.greater_is_better)


def a_few(cases: Sequence[Case]) -> list[Case]:
    """Return one case of each culprit in each group."""
    found: dict[tuple[str, ...], Case] = {}
    for case in cases:
        found.setdefault((case.data, case.traffic, case.kind, case.target), case)
    return list(found.values())


def median_run(runs: Sequence[Trace]) -> Trace:
    """Return the middle run with the median of every feature over all runs."""
    values: dict[tuple[str, str], list[float]] = {}
    for op in (op for run in runs for op in run):
        for name, value in op.features.items():
            values.setdefault((op.key, name), []).append(value)
    middle = runs[len(runs) // 2]
    return _mapped(middle, lambda key, name, value: float(np.median(values[key, name])))


def less_before(run: Trace, before: Sequence[Trace], study: Study) -> Trace:
    """Return a run less what was odd in all runs before, so far as they agree on the side.

    The metric stays: its drop is what is to be explained.
    """
    usual = dict(zip(study.cells, np.median(study.table, axis=0).tolist(), strict=True))
    center = {(cell.operation, cell.feature): value for cell, value in usual.items()}
    earlier = [{(op.key, n): v for op in b for n, v in op.features.items()} for b in before]

    def moved(key: str, name: str, value: float) -> float:
        cell = (key, name)
        if name == "metric_value" or cell not in center:
            return value
        odd = [values[cell] - center[cell] for values in earlier if cell in values]
        if not odd or min(odd) <= 0 <= max(odd):
            return value
        return value - min(odd, key=abs)

    return _mapped(run, moved)


def _mapped(run: Trace, new: Callable[[str, str, float], float]) -> Trace:
    operations = [
        replace(op, features={n: new(op.key, n, v) for n, v in op.features.items()}) for op in run
    ]
    return replace(run, operations=tuple(operations))


def methods(*, dowhy: bool) -> list[Callable[[], Peer]]:
    """Return makers of methods, since each is prepared for one reference."""
    found = [OurAttribution, NSigma, Baro, lambda: Baro(signed=False), FirstAnomalous, Chance]
    return [*found, DoWhy] if dowhy else found


def judge(cases: Sequence[Case], makers: Sequence[Callable[[], Peer]]) -> Iterator[Verdict]:
    prepared: dict[int, list[Peer]] = {}
    runs = [(case, False, case.run) for case in cases]
    runs += [
        (case, True, less_before(case.run, case.before, case.study))
        for case in cases
        if case.before
    ]  # all at once: a study knows its runs by their identity
    for case, subtracted, run in track(runs, "Judging", transient=True):
        study = case.study
        if id(study) not in prepared:
            prepared[id(study)] = [peer for make in makers if suits(peer := make(), study)]
            for peer in prepared[id(study)]:
                peer.prepare(study)
        # The last one is the operation that computes the metric.
        candidates = set(study.upstream[:-1])
        for peer in prepared[id(study)]:
            if subtracted and isinstance(peer, OurAttribution):
                found = peer.judge(case.run, before=case.before)
            else:
                found = peer.judge(run)
            ranking = found.ranking or {}
            named = {key: score for key, score in ranking.items() if key in candidates}
            place = place_of_truth(named, case.target, candidates=candidates)
            yield Verdict(peer.name, subtracted, case, place)


def suits(peer: Peer, study: Study) -> bool:
    """Return whether a method can be used: DoWhy wants a metric that varies in healthy runs."""
    return not isinstance(peer, DoWhy) or bool(np.ptp(study.metric_values) > 0)


def figures(verdicts: Sequence[Verdict]) -> Iterator[Row]:
    """Yield hit rates and ranks by group, and pooled for each data set."""
    groups: dict[tuple[object, ...], list[Verdict]] = {}
    for verdict in verdicts:
        case = verdict.case
        for traffic, kind in {(case.traffic, case.kind), (ALL, ALL)}:
            key = (case.data, traffic, kind, verdict.subtracted, verdict.method)
            groups.setdefault(key, []).append(verdict)
    for key, members in sorted(groups.items(), key=lambda item: item[0][:4]):
        names = ("data", "traffic", "kind", "subtracted", "method")
        places = [verdict.place for verdict in members]
        row: Row = dict(zip(names, key, strict=True)) | {"n": len(members)}
        culprits = [verdict.case.target for verdict in members]
        for name, values in (
            ("hit@1", [place.hit_probability(1) for place in places]),
            ("hit@3", [place.hit_probability(3) for place in places]),
            ("mean rank", [place.expected_rank for place in places]),
        ):
            row |= _interval(name, values, culprits)
        yield row


def _interval(name: str, values: list[float], culprits: list[str]) -> Row:
    low = high = float("nan")  # one culprit has no interval
    if len(set(culprits)) > 1:
        estimate = cluster_bootstrap(np.mean, values, clusters=culprits)
        low, high = estimate.low, estimate.high
    return {name: float(np.mean(values)), f"{name} low": low, f"{name} high": high}


def shown(row: Row) -> str:
    group = f"{row['data']} {row['traffic']} {row['kind']}"
    group += ", less what was odd before" if row["subtracted"] else ""
    cells = "".join(
        f"{name:>11} {row[name]:6.3f} [{row[f'{name} low']:.2f}, {row[f'{name} high']:.2f}]"
        for name in ("hit@1", "hit@3", "mean rank")
    )
    return f"{group:56}{row['method']:32}{row['n']:>4}{cells}"


if __name__ == "__main__":
    main()
