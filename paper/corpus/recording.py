"""Records the runs of one day of one pipeline; works in a process of its own."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from corpus.cases import Job, seed_of
from corpus.catalogue import PIPELINES, Entry, load
from corpus.interface import KINDS, Fault
from corpus.planting import Lines, edits_of
from corpus.running import busy_machine, run_for_metric, run_script
from lineage_stats import Trace, TraceStore, load_traces, record
from lineage_stats.features import feature_kind
from lineage_stats.trace import align

FIRST_DAY = dt.datetime(2023, 1, 2, 5, tzinfo=dt.UTC)  # a Monday: the weekday is day % 7
KEPT = ("python", "platform", "untracked_inputs")
LEFT = ("file[modified]",)  # when the day was written here


@dataclass(frozen=True)
class Batch:
    """What one process does without a break: recorded runs and replays of one day."""

    pipeline: str
    day: int
    jobs: tuple[Job, ...]
    replays: tuple[tuple[str, ...], ...]
    out: str
    pipelines: str = str(PIPELINES)


def run_batch(batch: Batch) -> list[dict[str, Any]]:
    """Run a batch; returns one record for each job and each replay."""
    entry = load(batch.pipeline, Path(batch.pipelines))
    with tempfile.TemporaryDirectory(prefix="corpus_") as temporary:
        place = Workplace(entry, batch.day, Path(temporary), Path(batch.out))
        recorded = [_timed(_record_job, place, job) for job in batch.jobs]
        replayed = [_timed(_replay, place, names) for names in batch.replays]
    return [*recorded, *replayed]


def _timed(work: Callable[[Workplace, Any], dict[str, Any]], place: Workplace, what: Any) -> Any:
    """Do some work and note the seconds of computing that it took."""
    before = time.process_time()
    return {**work(place, what), "cpu": round(time.process_time() - before, 3)}


class Workplace:
    """The folders that the runs of one day need."""

    def __init__(self, entry: Entry, day: int, root: Path, out: Path) -> None:
        self.entry, self.day, self.root, self.out = entry, day, root, out
        self._healthy = root / "day"
        self._healthy.mkdir()
        entry.write_day(self._healthy, day, np.random.default_rng(seed_of(entry.name, day)))

    def part(self, changes: Sequence[Fault]) -> str:
        """Return the part of the corpus that a run with these changes belongs to."""
        if any(KINDS[change.kind].is_test_only for change in changes):
            return "test"
        return self.entry.pipeline.part

    def sources(self, changes: Sequence[Fault]) -> Path:
        """Write the sources with some changes; returns their folder."""
        return self.entry.sources.with_edits(edits_of(changes)).write(self.root / "sources")

    @contextlib.contextmanager
    def folder(self, changes: Sequence[Fault]) -> Iterator[Path]:
        """Make a folder of the day with some changes; it is gone afterwards."""
        folder = self.root / "today"
        shutil.copytree(self._healthy, folder)
        try:
            for change in changes:
                if change.data is not None:
                    seed = seed_of(self.entry.name, self.day, change.name)
                    change.data(folder, np.random.default_rng(seed))
            settings = {key: value for change in changes for key, value in change.config.items()}
            if settings:
                path = folder / "config.json"
                known = json.loads(path.read_text(encoding="utf-8"))
                path.write_text(json.dumps({**known, **settings}), encoding="utf-8")
            yield folder
        finally:
            shutil.rmtree(folder)


def _replay(place: Workplace, names: tuple[str, ...]) -> dict[str, Any]:
    changes = [place.entry.fault(name) for name in names]
    with place.folder(changes) as folder:
        try:
            metric = run_for_metric(place.sources(changes), folder, place.entry.pipeline.metric)
        except Exception as error:  # noqa: BLE001  # a broken version has no metric, and says why
            return {**_replay_key(place, names), "metric": None, "error": repr(error)}
    return {**_replay_key(place, names), "metric": metric, "error": ""}


def _replay_key(place: Workplace, names: tuple[str, ...]) -> dict[str, Any]:
    return {"type": "replay", "day": place.day, "changes": list(names)}


def _record_job(place: Workplace, job: Job) -> dict[str, Any]:
    changes = [place.entry.fault(name) for name in (job.case.changes if job.case else ())]
    sources = place.sources(changes)
    slower = job.case is not None and job.case.machine_slower
    error = ""
    with place.folder(changes) as folder, contextlib.ExitStack() as stack:
        if slower:
            stack.enter_context(busy_machine())
        session = stack.enter_context(
            record(job.pipeline, directory=place.root / "recorded", features="full")
        )
        try:
            run_script(sources, folder)
        except Exception as problem:  # noqa: BLE001  # a fault may break the run; the label says so
            error = repr(problem)
            session.finish("failed")
    trace = placed(session.trace(), job, sources, tags_of(place, job, changes))
    path = TraceStore(place.out / place.part(changes)).write(trace)
    healthy = trace if job.case is None else healthy_of(place, job)
    return {
        "type": "run",
        "run_id": job.run_id,
        "role": job.role,
        "day": job.day,
        "file": path.relative_to(place.out).as_posix(),
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "content": content_digest(trace),
        "metric": metric_of(trace, place.entry.pipeline.metric),
        "status": trace.status,
        "complete": trace.complete,
        "error": error,
        "n_operations": len(trace),
        "seconds": (trace.end_ns - trace.start_ns) / 1e9,
        "truths": [truth_of(place.entry, healthy, trace, changes, change) for change in changes],
    }


def placed(trace: Trace, job: Job, sources: Path, tags: dict[str, str]) -> Trace:
    """Return the trace as it stands in the corpus: on its day, with names instead of paths."""
    start_ns = int((FIRST_DAY + dt.timedelta(days=job.day)).timestamp()) * 10**9
    moved = start_ns - trace.start_ns
    environment = {
        key: value
        for key, value in trace.environment.items()
        if key in KEPT or key.startswith("package:")
    }
    operations = tuple(
        replace(
            op,
            file=op.file.rpartition(f"{sources.name}/")[2] if op.file else op.file,
            facts={key: _here(key, value) for key, value in op.facts.items() if key not in LEFT},
            start_ns=op.start_ns + moved,
        )
        for op in trace.operations
    )
    return replace(
        trace,
        run_id=job.run_id,
        operations=operations,
        start_ns=start_ns,
        end_ns=trace.end_ns + moved,
        tags=tags,
        environment=environment,
        problems=tuple(problem.replace(f"{sources}/", "") for problem in trace.problems),
        history=None,
    )


def _here(key: str, value: str) -> str:
    """Return a fact without the folder that the run happened to have."""
    return value.rpartition("/")[2] if key == "file[path]" else value


def tags_of(place: Workplace, job: Job, changes: Sequence[Fault]) -> dict[str, str]:
    """Return the tags of a run."""
    tags = {
        "pipeline": job.pipeline,
        "part": place.part(changes),
        "role": job.role,
        "day": str(job.day),
        "status": "healthy" if job.case is None or job.case.cls == "none" else "faulty",
    }
    if job.case is None:
        return tags
    kinds = [change.kind for change in changes] or ["machine_slower"]
    severity = changes[0].severity if changes else "clear"
    return {
        **tags,
        "case": job.case.name,
        "class": job.case.cls,
        "kind": kinds[0],
        "severity": severity,
        "seed": str(job.seed),
    }


def healthy_of(place: Workplace, job: Job) -> Trace:
    """Return the healthy run of the same day; it has been recorded before."""
    run_id = replace(job, case=None).run_id
    return _stored(str(place.out / place.entry.pipeline.part), job.pipeline, run_id)


@cache
def _stored(folder: str, pipeline: str, run_id: str) -> Trace:
    path = next((Path(folder) / pipeline).glob(f"*-{run_id}.parquet"), None)
    if path is None:
        raise RuntimeError(f"The healthy run {run_id} of {pipeline} has not been recorded.")
    return load_traces(path)[0]


def truth_of(
    entry: Entry, healthy: Trace, trace: Trace, changes: Sequence[Fault], change: Fault
) -> dict[str, Any]:
    """Return where a change sits: keys of operations as in healthy runs, and lines."""
    before = entry.sources.statements(change.truth)
    after = entry.sources.with_edits(edits_of(changes)).coming_from(before)
    mapping = align([healthy, trace], reference=0).mappings[1]
    keys = [*_keys_at(healthy, before), *(mapping[key] for key in _keys_at(trace, after))]
    return {
        "change": change.name,
        "keys": list(dict.fromkeys(keys)),
        "lines": [f"{file}:{line}" for file, line in sorted(after)],
    }


def _keys_at(trace: Trace, lines: Lines) -> list[str]:
    return [op.key for op in trace if (op.file, op.line) in lines]


def metric_of(trace: Trace, metric: str) -> float | None:
    """Return the last value of the headline metric; None where the run did not get there."""
    values = [op.metric_value for op in trace if op.metric == metric]
    return values[-1] if values else None


def content_digest(trace: Trace) -> str:
    """Digest of everything in a trace that is the same in every recording: all but durations.

    And but for bytes of pickled models: a `CountVectorizer` keeps the address of its stop words.
    """
    whole = trace.to_dict()
    for op in whole["operations"]:
        if op["name"].startswith("joblib."):
            op["facts"].pop("file[digest]", None)
        for name in ("start_ns", "duration_ns", "steps"):
            op.pop(name)
        op["features"] = {
            name: repr(value)
            for name, value in sorted(op["features"].items())
            if feature_kind(name) != "duration"
        }
    kept = {name: whole[name] for name in ("operations", "schemas", "status", "tags", "problems")}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()
