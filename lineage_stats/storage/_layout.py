"""Where a run lies in the store: ``<store>/<pipeline>/<UTC start>-<run id>.parquet``."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from lineage_stats._digest import text_digest

RUN_SUFFIX = ".parquet"
JOURNAL_SUFFIX = ".journal"
PART_SUFFIX = ".part"
PACK_SUFFIX = ".pack"

_LONGEST_NAME = 100
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_STAMP = r"\d{8}T\d{6}\.\d{6}Z"
_RUN_STEM = re.compile(rf"{_STAMP}-.")
_PACK_NAME = re.compile(rf"({_STAMP})-({_STAMP})-[0-9a-f]+{re.escape(PACK_SUFFIX)}")


class RunFile(NamedTuple):
    """One run on disk.

    Attributes
    ----------
    path : Path
        The finished file, or the journal where there is none.
    is_journal : bool
        Which of the two it is.
    parts : tuple of Path
        What the run's child processes wrote and is not in the finished file.
    """

    path: Path
    is_journal: bool
    parts: tuple[Path, ...] = ()


def quoted(name: str) -> str:
    """Return a name of a file or folder that stands for any text, without reserved characters.

    Letters, digits and ``_-.`` stay, others are percent-quoted; a long name is cut and its
    digest appended after a ``~``.
    """
    if len(name) <= _LONGEST_NAME and name.isascii() and name.isalnum():
        return name
    text = quote(name, safe="", errors="surrogatepass").replace("~", "%7E")
    if not text or text.startswith("."):
        text = f"%2E{text[1:]}" if text else "%00"
    if len(text) > _LONGEST_NAME:
        digest = text_digest(text)
        text = f"{text[:_LONGEST_NAME]}~{digest}"
    return text


@lru_cache(maxsize=64)  # who reads a run asks more than once
def run_stem(start_ns: int, run_id: str) -> str:
    """Return the name of a run's files without their ending; sorts by time."""
    return f"{stem_at(start_ns)}-{quoted(run_id)}"


def stem_at(start_ns: int) -> str:
    """Return how the names of the files of a run begin that started then."""
    seconds, rest = divmod(start_ns, 1_000_000_000)
    start = dt.datetime.fromtimestamp(seconds, dt.UTC)
    date = f"{start.year:04d}{start.month:02d}{start.day:02d}"  # faster than strftime
    return f"{date}T{start.hour:02d}{start.minute:02d}{start.second:02d}.{rest // 1000:06d}Z"


def is_run_stem(stem: str) -> bool:
    """Return whether a file without its ending is named as a store names the files of runs."""
    return _RUN_STEM.match(stem) is not None


def pack_name(first_ns: int, last_ns: int, token: str) -> str:
    """Return the name of a file of runs, of which the first and the last started then."""
    return f"{stem_at(first_ns)}-{stem_at(last_ns)}-{token}{PACK_SUFFIX}"


def time_of_stamp(stamp: str) -> int:
    """Return the earliest start of a run whose files' names begin with that."""
    when = dt.datetime.strptime(stamp, "%Y%m%dT%H%M%S.%f%z")
    return (when - _EPOCH) // dt.timedelta(microseconds=1) * 1000


def pack_stamps(pack: Path) -> tuple[str, str] | None:
    """Return how the names of the first and the last run in a pack begin.

    None if the pack's own name does not say.
    """
    found = _PACK_NAME.fullmatch(pack.name)
    return (found[1], found[2]) if found else None


def last_stamp(pack: Path) -> str | None:
    """Return how the name of the last run in a pack begins; None if the pack's own does not say."""
    stamps = pack_stamps(pack)
    return stamps[1] if stamps else None


def run_files(path: Path, pipeline: str | None = None) -> list[RunFile]:
    """List the runs below a store, or in the folder of one pipeline, in time order.

    Parameters
    ----------
    path : Path
        Folder. Subfolders below the first level are not looked into.
    pipeline : str, default=None
        List only what may belong to this pipeline.

    Returns
    -------
    list of RunFile
        A journal whose run has a finished file is left out, and so is an empty one: its run
        begins at this moment.
    """
    found = [file for folder in folders_in(path, pipeline) for file in runs_in(folder)]
    return sorted(found, key=lambda file: (file.path.name, file.path))


def pack_files(path: Path, pipeline: str | None = None) -> list[Path]:
    """List the files that hold many runs each, in the folders that `run_files` looks into."""
    return sorted(file for folder in folders_in(path, pipeline) for file in packs_in(folder))


def packs_in(folder: Path) -> list[Path]:
    """List the files of one folder that hold many runs each, in no order."""
    with os.scandir(folder) as entries:
        return [
            Path(e.path)
            for e in entries
            if e.name.endswith(PACK_SUFFIX) and not e.name.startswith(".") and e.is_file()
        ]


def holds_runs(folder: Path) -> bool:
    """Return whether runs lie in a folder itself, not only in the folders below it."""
    with os.scandir(folder) as entries:
        return any(
            e.name.endswith((RUN_SUFFIX, JOURNAL_SUFFIX, PACK_SUFFIX))
            and not e.name.startswith(".")
            and e.is_file()
            for e in entries
        )


def folders_in(path: Path, pipeline: str | None = None) -> Iterator[Path]:
    """Yield a folder and those below it, one level deep, that may hold runs of a pipeline."""
    yield path
    wanted = None if pipeline is None else quoted(pipeline)
    with os.scandir(path) as entries:
        for entry in entries:
            hidden = entry.name.startswith(".")
            if not hidden and wanted in (None, entry.name) and entry.is_dir():
                yield Path(entry.path)


def runs_in(folder: Path) -> Iterator[RunFile]:
    """Yield the runs of one folder that have files of their own, in no order."""
    with os.scandir(folder) as entries:
        files = {e.name: e for e in entries if not e.name.startswith(".") and e.is_file()}
    parts: dict[str, list[Path]] = defaultdict(list)
    for name in sorted(name for name in files if name.endswith(PART_SUFFIX)):
        parts[run_stem_of(name)].append(folder / name)
    for entry in files.values():
        path = Path(entry.path)
        own = tuple(parts.get(path.stem, ()))
        if path.suffix == RUN_SUFFIX:
            yield RunFile(path, False, own)
        elif path.suffix == JOURNAL_SUFFIX and path.with_suffix(RUN_SUFFIX).name not in files:
            with suppress(FileNotFoundError):  # the run has ended since the folder was listed
                if entry.stat().st_size:
                    yield RunFile(path, True, own)


def part_path(run: Path, token: str) -> Path:
    """Return where a part of a run belongs, given a file of the run."""
    return run.with_name(f"{run.stem}.{token}{PART_SUFFIX}")


def parts_in(folder: Path) -> dict[str, tuple[Path, ...]]:
    """Return the files of parts in a folder, by the name of their run's files."""
    found: dict[str, list[Path]] = defaultdict(list)
    with os.scandir(folder) as entries:
        for name in sorted(e.name for e in entries if e.name.endswith(PART_SUFFIX)):
            found[run_stem_of(name)].append(folder / name)
    return {stem: tuple(paths) for stem, paths in found.items()}


def parts_of_run(run: Path) -> tuple[Path, ...]:
    """Return the files of a run's parts, sorted, given a file of the run."""
    with os.scandir(run.parent) as entries:
        names = [e.name for e in entries if e.name.endswith(PART_SUFFIX)]
    return tuple(run.parent / name for name in sorted(names) if run_stem_of(name) == run.stem)


def run_stem_of(part: str) -> str:
    """Return the name of a run's files without their ending, given that of one of its parts."""
    return part.removesuffix(PART_SUFFIX).rpartition(".")[0]
