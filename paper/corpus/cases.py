"""Which runs the corpus has: healthy days, one fault at a time, and compositions of changes.

Days of a pipeline are counted from 0. The *history* are healthy runs to learn from, the *present*
are the days after it: each of them runs healthy once, and faulty cases take their days from there.
A faulty run and the healthy run of its day thus differ in nothing but the fault.
"""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from corpus.catalogue import Entry
from corpus.interface import KINDS, Fault
from corpus.planting import can_be_combined

HISTORY, PRESENT, CASE = "history", "present", "case"
SLOWER = "machine_slower-clear"


@dataclass(frozen=True)
class Size:
    """How many runs."""

    n_history: int = 160
    n_present: int = 40
    n_seeds: int = 10
    n_composed: int = 6

    @property
    def present(self) -> range:
        """Days of the present."""
        return range(self.n_history, self.n_history + self.n_present)


FULL = Size()
QUICK = Size(n_history=24, n_present=4, n_seeds=2, n_composed=1)


@dataclass(frozen=True)
class Case:
    """What is wrong with a run: names of changes, the one to be blamed first, and their class."""

    pipeline: str
    cls: str
    changes: tuple[str, ...]
    machine_slower: bool = False

    @property
    def name(self) -> str:
        """Name of the case, unique within its pipeline."""
        extra = (SLOWER,) if self.machine_slower else ()
        return ".".join((self.cls, *self.changes, *extra))


@dataclass(frozen=True)
class Job:
    """One run to be recorded, and the unrecorded runs that its truth of shares needs."""

    pipeline: str
    day: int
    role: str
    seed: int = 0
    case: Case | None = None

    @property
    def run_id(self) -> str:
        """Name of the run, unique in the corpus."""
        day = f"{self.pipeline}-d{self.day:04d}"
        return day if self.case is None else f"{day}-{self.case.name}"


def seed_of(*words: object) -> list[int]:
    """Return a seed for a generator of random numbers, from words."""
    return [zlib.crc32(str(word).encode()) for word in words]


def healthy_jobs(pipeline: str, size: Size) -> list[Job]:
    """Return the healthy runs of a pipeline."""
    return [
        Job(pipeline, day, HISTORY if day < size.n_history else PRESENT)
        for day in range(size.n_history + size.n_present)
    ]


def single_cases(entry: Entry) -> list[Case]:
    """Return the cases of one change each, as the pipeline lists them, and a busy machine."""
    single = [Case(entry.name, fault.cls, (fault.name,)) for fault in entry.faults]
    return [*single, Case(entry.name, "none", (), machine_slower=True)]


def jobs_of(case: Case, size: Size) -> list[Job]:
    """Return the runs of a case: as many days as there are seeds, those of its first change."""
    rng = np.random.default_rng(seed_of("days", case.pipeline, *case.changes[:1]))
    days = rng.permutation(size.n_present)[: size.n_seeds] + size.n_history
    return [Job(case.pipeline, int(day), CASE, seed, case) for seed, day in enumerate(sorted(days))]


@dataclass(frozen=True)
class Effect:
    """What a single change does to the metric over its runs, in standard deviations of days."""

    median: float
    largest: float

    @property
    def is_harmful(self) -> bool:
        """Whether most of the runs are clearly worse."""
        return self.median >= HARMFUL

    @property
    def is_harmless(self) -> bool:
        """Whether none of the runs is better or worse by what anybody would see."""
        return self.largest < HARMLESS


HARMFUL = 3.0
HARMLESS = 0.5
RECORDED_ONLY = ("verbosity_changed", "column_unused")
REWRITINGS = (
    "operation_inserted", "operation_renamed", "operation_reordered", "operation_rewritten"
)  # fmt: skip


def composed_cases(entry: Entry, effects: Mapping[str, Effect], size: Size) -> list[Case]:
    """Compose C2, C3, C4 and C6 of changes whose effect on the metric has been measured.

    Kinds of the test part are left out where the pipeline is not of that part itself.
    """
    rng = np.random.default_rng(seed_of("composed", entry.name))
    usable = [
        fault
        for fault in entry.faults
        if fault.name in effects
        and (entry.pipeline.part == "test" or not KINDS[fault.kind].is_test_only)
    ]
    harmful = [f for f in usable if f.cls == "C1" and effects[f.name].is_harmful]
    harmful = [harmful[i] for i in rng.permutation(len(harmful))]
    quiet = [f for f in usable if f.cls == "none" and effects[f.name].is_harmless]
    decoys = [f for f in quiet if f.kind == "harmless_change"]
    recorded = [f for f in quiet if f.kind in RECORDED_ONLY]
    rewritten = [f for f in quiet if f.kind in REWRITINGS]

    def fits(*faults: Fault) -> bool:
        return all(
            can_be_combined(entry.sources, *two) for two in itertools.combinations(faults, 2)
        )

    def case(cls: str, *faults: Fault, machine_slower: bool = False) -> Case:
        return Case(entry.name, cls, tuple(f.name for f in faults), machine_slower)

    slower = [case("C2", f, machine_slower=True) for f in harmful[::3][: size.n_composed]]
    pairs = list(_pairs(harmful, fits))
    threes = [(a, b, c) for (a, b), c in _deal(pairs, decoys, lambda ab, c: fits(*ab, c))]
    return [
        *slower[: max(1, size.n_composed // 2)],
        *(case("C2", *two) for two in _deal(harmful, recorded, fits)[: size.n_composed]),
        *(case("C3", *two) for two in _deal(harmful, decoys, fits)[: size.n_composed]),
        *(case("C4", *two) for two in pairs[: size.n_composed]),
        *(case("C4", *three) for three in threes[-1:]),
        *(case("C6", *two) for two in _deal(harmful, rewritten, fits)[: size.n_composed]),
    ]


def _pairs(
    faults: Sequence[Fault], fits: Callable[[Fault, Fault], bool]
) -> Iterator[tuple[Fault, Fault]]:
    """Pair faults of different kinds, each as rarely as can be."""
    used: dict[str, int] = dict.fromkeys((f.name for f in faults), 0)
    pairs = [
        two
        for two in itertools.combinations(faults, 2)
        if two[0].kind != two[1].kind and fits(*two)
    ]
    while pairs:
        two = min(pairs, key=lambda two: used[two[0].name] + used[two[1].name])
        pairs.remove(two)
        for fault in two:
            used[fault.name] += 1
        yield two


def _deal(
    mains: Sequence[Any], others: Sequence[Fault], fits: Callable[[Any, Fault], bool]
) -> list[tuple[Any, Fault]]:
    """Give each of the first ones the next of the others that it can be combined with."""
    found = []
    for i, main in enumerate(mains):
        turned = [*others[i % len(others) :], *others[: i % len(others)]] if others else []
        other = next((other for other in turned if fits(main, other)), None)
        if other is not None:
            found.append((main, other))
    return found
