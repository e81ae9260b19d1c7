"""Has the runs of pipelines recorded by worker processes, and remembers which are done."""

from __future__ import annotations

import json
import multiprocessing
import os
import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from corpus.cases import (
    HISTORY,
    PRESENT,
    Job,
    Size,
    composed_cases,
    healthy_jobs,
    jobs_of,
    single_cases,
)
from corpus.catalogue import PIPELINES, Entry
from corpus.labels import Measured, missing_versions
from corpus.recording import Batch, run_batch

RUNS_PER_TASK = 25

Record = dict[str, Any]


def key_of(record: Record) -> str:
    """Return the name of a record: the run, or day and changes of a replay."""
    if record["type"] == "run":
        return str(record["run_id"])
    return replay_key(record["day"], record["changes"])


def replay_key(day: int, changes: Iterable[str]) -> str:
    """Return the name of a replay."""
    return f"replay d{day:04d} {' '.join(changes)}"


class Book:
    """The records of one pipeline, one line each in a file, that survive the process."""

    def __init__(self, out: Path, entry: Entry) -> None:
        self._out = out
        self._digests = entry.digests
        self._path = out / "state" / f"{entry.name}.jsonl"
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self.records: dict[str, Record] = {}
        if self._path.exists():
            self._read()

    def _read(self) -> None:
        for line in self._path.read_text(encoding="utf-8").splitlines():
            try:
                record = json.loads(line)
            except ValueError:
                continue  # the process was killed while it wrote this line
            is_there = record["type"] == "replay" or (self._out / record["file"]).exists()
            if record["made_of"] == self._made_of(record) and is_there:
                self.records[key_of(record)] = record

    def _made_of(self, record: Record) -> str:
        """Return the digest of the files that a record depends on."""
        healthy, faulty = self._digests
        return healthy if record.get("role") in (HISTORY, PRESENT) else faulty

    def add(self, records: Iterable[Record]) -> None:
        """Take records, and write them down."""
        with self._path.open("a", encoding="utf-8") as file:
            # A line that was cut short must not swallow the next.
            file.write("\n" if file.tell() else "")
            for record in records:
                record = {**record, "made_of": self._made_of(record)}
                self.records[key_of(record)] = record
                file.write(json.dumps(record) + "\n")


@dataclass
class Work:
    """What is to be done on one day."""

    jobs: list[Job] = field(default_factory=list)
    replays: list[tuple[str, ...]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.jobs) + len(self.replays)


class Recorder:
    """Records pipelines into a folder.

    Use it in a ``with`` block, which shows the progress.
    """

    def __init__(self, out: Path, size: Size, n_jobs: int = 2, pipelines: Path = PIPELINES) -> None:
        self.out, self.size, self.n_jobs, self.pipelines = out.absolute(), size, n_jobs, pipelines
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )

    def __enter__(self) -> Recorder:
        self.progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self.progress.stop()

    def record(self, entry: Entry, days: Sequence[int] | None = None) -> Measured:
        """Record what is not there yet of a pipeline; returns all that was measured.

        With days, these are recorded as healthy ones, and nothing else.
        """
        # New processes that nobody forked, with the libraries imported once for all their runs.
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(self.n_jobs, context, end_with_parent) as self._pool:
            try:
                return self._record_days(entry, days) if days is not None else self._record(entry)
            except BaseException:
                self._pool.shutdown(cancel_futures=True)
                raise

    def _record(self, entry: Entry) -> Measured:
        book = Book(self.out, entry)
        healthy = healthy_jobs(entry.name, self.size)
        self._do(entry, book, "healthy", self._work(book, healthy))
        jobs = [*healthy, *self._jobs(single_cases(entry))]
        self._do(entry, book, "single faults", self._work(book, jobs))
        measured = Measured(entry, jobs, book.records)
        jobs += self._jobs(composed_cases(entry, measured.effects(), self.size))
        work = self._work(book, jobs)
        for job in jobs:
            for version in missing_versions(measured, job):
                if replay_key(job.day, version) not in book.records:
                    replays = work[job.day].replays
                    replays += [version] if version not in replays else []
        self._do(entry, book, "composed", work)
        return Measured(entry, jobs, book.records)

    def _record_days(self, entry: Entry, days: Sequence[int]) -> Measured:
        book = Book(self.out, entry)
        jobs = [Job(entry.name, day, HISTORY) for day in days]
        self._do(entry, book, "healthy", self._work(book, jobs))
        return Measured(entry, jobs, book.records)

    def _jobs(self, cases: Sequence[Any]) -> list[Job]:
        return [job for case in cases for job in jobs_of(case, self.size)]

    def _work(self, book: Book, jobs: Iterable[Job]) -> dict[int, Work]:
        """Return what is not done yet, by day."""
        work: dict[int, Work] = defaultdict(Work)
        for job in jobs:
            if job.run_id not in book.records:
                work[job.day].jobs.append(job)
        return work

    def _do(self, entry: Entry, book: Book, what: str, work: dict[int, Work]) -> None:
        n_runs = sum(map(len, work.values()))
        if not n_runs:
            return
        task = self.progress.add_task(f"{entry.name}: {what}", total=n_runs)
        waiting = [
            self._pool.submit(run_batches, batches) for batches in self._batches(entry, work)
        ]
        for done in as_completed(waiting):
            records = done.result()
            book.add(records)
            self.progress.advance(task, len(records))

    def _batches(self, entry: Entry, work: dict[int, Work]) -> list[list[Batch]]:
        """Put days together, so that each task of a worker has about as many runs."""
        tasks: list[list[Batch]] = []
        room = 0
        for day, wanted in sorted(work.items()):
            if not wanted:
                continue
            if room < len(wanted):
                tasks.append([])
                room = RUNS_PER_TASK
            room -= len(wanted)
            jobs, replays = tuple(wanted.jobs), tuple(wanted.replays)
            folders = str(self.out), str(self.pipelines)
            tasks[-1].append(Batch(entry.name, day, jobs, replays, *folders))
        return tasks


def run_batches(batches: Sequence[Batch]) -> list[Record]:
    """Run several batches; this is what a worker process is told to do."""
    return [record for batch in batches for record in run_batch(batch)]


def end_with_parent() -> None:
    """End this process as soon as the one that started it is gone, however that ended."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_wait_and_end, args=(parent,), daemon=True).start()


def _wait_and_end(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os._exit(1)
