"""Which runs count as healthy, as people and gates decided: events that are only ever appended."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from lineage_stats.storage._layout import quoted

LOG_NAME = "baseline.jsonl"
ACCEPTED, QUARANTINED, FLAGGED = "accepted", "quarantined", "flagged"
VERDICTS = (ACCEPTED, QUARANTINED, FLAGGED)
BASELINE_TAG = "baseline"


@dataclass(frozen=True, slots=True)
class BaselineEvent:
    """One decision on whether a run may be learned from.

    Attributes
    ----------
    run_id : str
        The run.
    verdict : {"accepted", "quarantined", "flagged"}
        Whether it counts as healthy, or not; a gate flags what it finds anomalous.
    reason : str
        Why.
    by : str
        Who decided, as far as the environment tells; ``"check"`` for a gate.
    time_ns : int
        When, nanoseconds since the epoch.
    """

    run_id: str
    verdict: str
    reason: str = ""
    by: str = ""
    time_ns: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return the event as plain data that JSON can hold."""
        return asdict(self)


class BaselineLog:
    """The decisions on the runs of one pipeline.

    Parameters
    ----------
    folder : Path
        Folder of the pipeline in a store.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / LOG_NAME

    def append(self, run_id: str, verdict: str, reason: str, by: str) -> BaselineEvent:
        """Add a decision; any number of processes may do so at once.

        Raises
        ------
        ValueError
            If there is no such verdict.
        OSError
            If the file cannot be written.
        """
        if verdict not in VERDICTS:
            raise ValueError(f"A verdict must be one of {set(VERDICTS)}. Got {verdict!r} instead.")
        event = BaselineEvent(run_id, verdict, reason, by, time.time_ns())
        line = json.dumps(event.to_dict(), separators=(",", ":")).encode() + b"\n"
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
        fd = os.open(self.path, flags, 0o666)
        try:
            size = os.fstat(fd).st_size
            if size and _last_byte(fd, size) != b"\n":  # whoever wrote it was killed
                line = b"\n" + line
            os.write(fd, line)
            os.fsync(fd)
        finally:
            os.close(fd)
        return event

    def events(self) -> tuple[BaselineEvent, ...]:
        """Return all decisions, oldest first; a line that cannot be read is passed over."""
        try:
            content = self.path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return ()
        return tuple(event for line in content.split(b"\n") if (event := _parsed(line)))

    def verdicts(self) -> dict[str, str]:
        """Return what counts for each run that was decided on."""
        return verdicts_of(self.events())


def log_of(store: Path, pipeline: str) -> BaselineLog:
    """Return the decisions on the runs of a pipeline, in a store or the pipeline's own folder."""
    name = quoted(pipeline)
    inside = store / name
    is_own = store.absolute().name == name and not inside.is_dir()
    return BaselineLog(store if is_own else inside)


def verdicts_in(folder: Path) -> Mapping[str, str]:
    """Return what counts for each run of a folder that was decided on; light if asked again."""
    log = BaselineLog(folder)
    try:
        state = log.path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return {}
    return _verdicts_at(log.path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=32)
def _verdicts_at(path: Path, modified_ns: int, size: int) -> Mapping[str, str]:
    return BaselineLog(path.parent).verdicts()


def verdicts_of(events: Iterable[BaselineEvent]) -> dict[str, str]:
    """Return what counts for each run: the last word of a person, else that of a gate."""
    found: dict[str, str] = {}
    for event in events:
        if event.verdict != FLAGGED or event.run_id not in found:
            found[event.run_id] = event.verdict
    return found


def with_verdict(
    run_id: str, tags: Mapping[str, str], verdicts: Mapping[str, str]
) -> Mapping[str, str]:
    """Return the tags of a run, with what was decided on it as one of them."""
    verdict = verdicts.get(run_id)
    return tags if verdict is None else {**tags, BASELINE_TAG: verdict}


def whoever() -> str:
    """Return who runs this process, as far as the environment tells."""
    names = (os.environ.get(name) for name in ("GITHUB_ACTOR", "USER", "USERNAME"))
    return next((name for name in names if name), "")


_FIELDS = frozenset(f.name for f in fields(BaselineEvent))


def _parsed(line: bytes) -> BaselineEvent | None:
    try:
        record = json.loads(line)
        event = BaselineEvent(**{k: v for k, v in record.items() if k in _FIELDS})
    except (ValueError, TypeError, AttributeError):
        return None
    return event if event.verdict in VERDICTS else None


def _last_byte(fd: int, size: int) -> bytes:
    os.lseek(fd, size - 1, os.SEEK_SET)
    return os.read(fd, 1)
