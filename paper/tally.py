"""From verdicts to rates with their intervals, and to a table for the eye."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from days import HELD_OUT
from jobs import FAULTY, HEALTHY, Job
from judge import Verdict

from lineage_stats.evaluation import Rate


@dataclass(frozen=True)
class Figure:
    """How often something happened, in which runs, with a 95 % interval.

    ``runs`` counts distinct runs and ``n`` judgements: AutoLineage judges each run once per
    baseline. The interval is computed for the number of distinct runs.
    """

    pipeline: str
    family: str
    kind: str
    method: str
    measure: str
    k: int
    n: int
    runs: int
    rate: float
    low: float
    high: float


@dataclass(frozen=True)
class Judged:
    """A run together with what one method says about it."""

    job: Job
    harmful: bool
    verdict: Verdict


MEASURES: dict[str, tuple[Callable[[Judged], bool], Callable[[Judged], bool]]] = {
    # measure: (which runs, what counts)
    "false alarms": (lambda j: j.job.role == HEALTHY, lambda j: bool(j.verdict.flagged)),
    "recall": (lambda j: j.job.role == FAULTY, lambda j: bool(j.verdict.flagged)),
    "recall, harmful": (lambda j: j.harmful, lambda j: bool(j.verdict.flagged)),
    "hit@1, harmful": (lambda j: j.harmful, lambda j: j.verdict.place == 1),
    "hit@3, harmful": (lambda j: j.harmful, lambda j: j.verdict.place in (1, 2, 3)),
}
ALL = "all"


def rates(judged: Iterable[Judged], *, flags: set[str], ranks: set[str]) -> Iterator[Figure]:
    """Count every measure of every method: pooled, and per pipeline, family and kind.

    ``flags`` names the methods that raise alarms, ``ranks`` those that name operations.
    """
    groups: dict[tuple[str, str, str, str, str], list[tuple[str, bool]]] = defaultdict(list)
    for one in judged:
        method = one.verdict.method
        for measure, (belongs, counts) in MEASURES.items():
            wanted = ranks if measure.startswith("hit") else flags
            if method in wanted and belongs(one):
                for pipeline, family, kind in _groups(one.job):
                    key = (pipeline, family, kind, method, measure)
                    groups[key].append((one.job.run, counts(one)))
    for key, outcomes in groups.items():
        k, n = sum(hit for _, hit in outcomes), len(outcomes)
        runs = len({run for run, _ in outcomes})
        rate = Rate(round(k * runs / n), runs)
        exact = key[-1] == "false alarms"
        interval = rate.clopper_pearson_interval() if exact else rate.wilson_interval()
        yield Figure(*key, k, n, runs, k / n, *interval)


def _groups(job: Job) -> list[tuple[str, str, str]]:
    # A held-out pipeline stands for itself: it is in no pool.
    pool = job.pipeline if job.pipeline in HELD_OUT else ALL
    groups = [(pool, ALL, ALL), (job.pipeline, ALL, ALL)]
    if job.role == FAULTY:
        groups += [(pool, job.family, ALL), (pool, job.family, job.kind)]
        groups += [(job.pipeline, job.family, job.kind)]
    return list(dict.fromkeys(groups))


def show(found: Iterable[Figure]) -> str:
    """Return the tables as text: pooled, then hit@1 per pipeline, family and kind."""
    table = {(r.pipeline, r.family, r.kind, r.method, r.measure): r for r in found}
    methods = list(dict.fromkeys(key[3] for key in table))
    lines = []
    held_out = [name for name in HELD_OUT if any(key[0] == name for key in table)]
    for pool, title in [(ALL, "pooled"), *((name, f"held out: {name}") for name in held_out)]:
        lines.append(f"{title:30}" + "".join(f"{name:>23}" for name in MEASURES))
        for method in methods:
            cells = (table.get((pool, ALL, ALL, method, measure)) for measure in MEASURES)
            lines.append(f"{method:30}" + "".join(f"{_cell(rate):>23}" for rate in cells))
        lines.append("")
    for measure in ("false alarms", "recall, harmful", "hit@1, harmful", "hit@3, harmful"):
        lines.append(f"{measure}, in parts")
        groups = [k[:3] for k in table if k[4] == measure and k[:3] != (ALL, ALL, ALL)]
        groups = [g for g in dict.fromkeys(groups) if g[0] in (ALL, *HELD_OUT) or g[2] == ALL]
        shown = [m for m in methods if any((*g, m, measure) in table for g in groups)]
        numbers = {m: f"[{i}]" for i, m in enumerate(shown, start=1)}
        lines += [f"  {number} {method}" for method, number in numbers.items()]
        lines.append(f"{'':32}{'runs':>6}" + "".join(f"{n:>8}" for n in numbers.values()))
        for group in sorted(groups):
            rates_here = [table.get((*group, method, measure)) for method in shown]
            name = " ".join(part for part in group if part != ALL)
            n_runs = max(rate.runs for rate in rates_here if rate)
            cells = "".join(f"{rate.rate:>8.1%}" if rate else f"{'':8}" for rate in rates_here)
            lines.append(f"{name:32}{n_runs:>6}{cells}")
        lines.append("")
    return "\n".join(lines)


def _cell(rate: Figure | None) -> str:
    return f"{rate.rate:.1%} [{rate.low:.1%}, {rate.high:.1%}]" if rate else ""
