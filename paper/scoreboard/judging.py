"""Lets every method judge every run; one row per method and run."""

from __future__ import annotations

import math
import sys
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from peers.catalogue import all_peers
from peers.study import Judgement, Peer, Study

from lineage_stats.evaluation import mean_share_error, place_of_truth, relative_share_error
from lineage_stats.exceptions import FewRunsWarning
from scoreboard.labelled import Bench, Labelled

Row = dict[str, Any]


@dataclass(frozen=True)
class Limits:
    """How much is judged: names of methods (none: all), and cases of a bench for the slow ones."""

    methods: tuple[str, ...] = ()
    slow_cases: int = 200
    rate: float = 0.01


def judge(bench: Bench, limits: Limits) -> Iterator[Row]:
    """Judge all runs of one pipeline by all methods."""
    study = Study(bench.pipeline, bench.history, bench.metric, bench.greater_is_better, limits.rate)
    for peer in all_peers():
        if limits.methods and not any(peer.name.startswith(name) for name in limits.methods):
            continue
        reason = peer.gives_up_on(study)
        note(f"{bench.pipeline}: {peer.name}" + (f" left out: {reason}" if reason else ""))
        if reason:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FewRunsWarning)
            warnings.filterwarnings("ignore", module=r"(dowhy|pyod|sklearn|statsmodels)")
            start = time.process_time()
            peer.prepare(study)
            prepared = time.process_time() - start
            for run in _chosen(peer, bench.runs, limits):
                start = time.process_time()
                found = peer.judge(run.trace)
                seconds = time.process_time() - start
                yield {
                    **_about(bench, run), "method": peer.name, "prepare": prepared,
                    "judge": seconds, "bytes": bench.bytes_per_run,
                    **_said(found), **_against(found, run, study),
                }  # fmt: skip


def _chosen(peer: Peer, runs: Sequence[Labelled], limits: Limits) -> Iterable[Labelled]:
    """Return all runs, or for slow methods, which only rank, evenly spread harmful cases."""
    if not peer.name.startswith("DoWhy"):
        return runs
    cases = [run for run in runs if run.harmful and run.truth]
    step = max(1, math.ceil(len(cases) / limits.slow_cases))
    return cases[::step]


def _about(bench: Bench, run: Labelled) -> Row:
    return {
        "pipeline": bench.pipeline, "run": run.trace.run_id, "role": run.role, "class": run.cls,
        "kind": run.kind, "family": run.family, "severity": run.severity, "harmful": run.harmful,
    }  # fmt: skip


def _said(found: Judgement) -> Row:
    flagged = None if found.flagged is None else bool(found.flagged)  # NumPy's is not JSON's
    return {"score": found.score, "flagged": flagged, "p_value": found.p_value}


def _against(found: Judgement, run: Labelled, study: Study) -> Row:
    """Return how the judgement compares with the truth."""
    if not run.truth:
        return {}
    candidates = study.candidates(run.trace)
    row: Row = {"candidates": len(candidates)}
    if found.ranking is not None:
        place = place_of_truth(found.ranking, run.truth, candidates=candidates)
        row |= {"rank": place.expected_rank}
        row |= {f"hit@{k}": place.hit_probability(k) for k in (1, 3)}
    if found.shares is not None and run.changes and None not in [c.share for c in run.changes]:
        row |= _share_errors(found, run, candidates)
    if found.probabilities:
        top = max(found.probabilities, key=lambda key: found.probabilities[key])
        row |= {"top": found.probabilities[top], "top_true": top in run.truth}
    return row


def _share_errors(found: Judgement, run: Labelled, candidates: Sequence[str]) -> Row:
    """Compare shares with the true ones; equally right operations of a change count as one."""
    group = {key: change.truth[0] for change in run.changes for key in change.truth}
    truth: dict[str, float] = {}
    for change in run.changes:
        if change.truth:
            name = group[change.truth[0]]
            truth[name] = truth.get(name, 0.0) + float(change.share or 0.0)
    shares = _merged(found.shares or {}, group, lambda values: sum(values))
    row: Row = {"share_error": mean_share_error(
        shares, truth, operations=[group.get(key, key) for key in candidates]
    )}  # fmt: skip
    if abs(sum(truth.values())) > 0:
        row["relative_error"] = relative_share_error(shares, truth)
    if found.errors:
        errors = _merged(found.errors, group, lambda values: math.hypot(*values))
        stated = [key for key in truth if key in errors]
        row["stated"] = [(truth[key], shares[key], errors[key]) for key in stated]
    return row


def _merged(values: Mapping[str, float], group: Mapping[str, str], add: Any) -> dict[str, float]:
    found: dict[str, list[float]] = {}
    for key, value in values.items():
        found.setdefault(group.get(key, key), []).append(value)
    return {key: float(add(several)) for key, several in found.items()}


def note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
