"""Which runs there are, and the folders that they run in."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from days import CONFIG, PRIMARY_METRIC, write_day
from faults import FAULTS, Fault

HERE = Path(__file__).parent
PIPELINES = tuple(CONFIG)
FIT, HEALTHY, FAULTY = "fit", "healthy", "faulty"


@dataclass(frozen=True)
class Job:
    """One run of one pipeline: its script, its day, and what is wrong with it."""

    run: str
    pipeline: str
    role: str
    seed: int
    script: str
    day: str
    metric: str
    kind: str = ""
    family: str = ""
    lines: tuple[int, ...] = field(default=())


@dataclass(frozen=True)
class Size:
    """How many runs."""

    n_fit: int
    n_healthy: int
    n_seeds: int
    kinds: frozenset[str] | None = None
    pipelines: tuple[str, ...] = PIPELINES

    def wants(self, fault: Fault) -> bool:
        """Return whether the fault belongs to this selection."""
        return self.kinds is None or fault.kind in self.kinds


FULL = Size(n_fit=40, n_healthy=200, n_seeds=10)
QUICK = Size(
    n_fit=20,
    n_healthy=4,
    n_seeds=1,
    kinds=frozenset({"join_key", "label_shuffled", "truncated"}),
    # None that is held out: what is tried often is developed on.
    pipelines=("digits", "diabetes", "tumours"),
)


def prepare(root: Path, pipeline: str, size: Size, start: int = 0) -> list[Job]:
    """Write scripts and days of all runs of a pipeline; return the runs, fit runs first.

    Every run has its own seed, so no run shares a day with another: fit runs count from 0,
    held-out healthy runs from 10,000, faulty runs from 20,000, all of them after `start`.
    """
    source = (HERE / "pipelines" / f"{pipeline}.py").read_text(encoding="utf-8")
    jobs = [_healthy(root, pipeline, source, FIT, start + i) for i in range(size.n_fit)]
    held_out = range(start + 10_000, start + 10_000 + size.n_healthy)
    jobs += [_healthy(root, pipeline, source, HEALTHY, seed) for seed in held_out]
    faults = [fault for fault in FAULTS if fault.pipeline == pipeline]
    for number, fault in enumerate(faults):
        if size.wants(fault):
            first = start + 20_000 + 100 * number
            jobs += [_faulty(root, fault, source, first + i) for i in range(size.n_seeds)]
    return jobs


def save(jobs: list[Job], path: Path) -> None:
    path.write_text(json.dumps([asdict(job) for job in jobs]), encoding="utf-8")


def load(path: Path) -> list[Job]:
    return [Job(**record) for record in json.loads(path.read_text(encoding="utf-8"))]


def _healthy(root: Path, pipeline: str, source: str, role: str, seed: int) -> Job:
    day = root / "days" / pipeline / f"{seed}"
    write_day(pipeline, day, seed=seed)
    script = _script(root / "scripts" / "healthy", pipeline, source)
    metric = PRIMARY_METRIC[pipeline]
    return Job(f"{pipeline}-{seed}", pipeline, role, seed, str(script), str(day), metric)


def _faulty(root: Path, fault: Fault, source: str, seed: int) -> Job:
    day = root / "days" / fault.pipeline / f"{seed}"
    write_day(fault.pipeline, day, seed=seed, corrupt=fault.corrupt, config=fault.config)
    folder = root / "scripts" / f"{fault.family}-{fault.kind}"
    return Job(
        f"{fault.pipeline}-{seed}",
        fault.pipeline,
        FAULTY,
        seed,
        str(_script(folder, fault.pipeline, fault.apply(source))),
        str(day),
        PRIMARY_METRIC[fault.pipeline],
        fault.kind,
        fault.family,
        tuple(sorted(fault.lines(source))),
    )


def _script(folder: Path, pipeline: str, source: str) -> Path:
    path = folder / f"{pipeline}.py"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    return path
