"""Few files in the place of many: runs that have ended are packed, others stay as they are.

Runs may be written and read at the same time, and the process may die at any moment:

1. New packs are written whole under hidden names and then appear at once. Until the last of them
   is there, the old files count; it says which older packs it replaces.
2. Only then the files of the packed runs go. One that was written anew in the meantime, because
   a process outlived its run, stays, and counts more than what is packed.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lineage_stats.exceptions import TraceFileError
from lineage_stats.storage._layout import (
    JOURNAL_SUFFIX,
    PACK_SUFFIX,
    RUN_SUFFIX,
    RunFile,
    pack_name,
    run_stem,
    runs_in,
)
from lineage_stats.storage._lock import alone
from lineage_stats.storage._packs import Pack, about_runs, find_packs
from lineage_stats.trace import Trace

LOCK = ".pack.lock"
_GOING = ".going"


@dataclass(frozen=True, slots=True)
class Compaction:
    """What packing did.

    Attributes
    ----------
    n_runs : int
        Runs that had files of their own and were packed.
    n_files_before, n_files_after : int
        Files of runs in the folders that were looked at.
    n_bytes_before, n_bytes_after : int
        Their size.
    """

    n_runs: int = 0
    n_files_before: int = 0
    n_files_after: int = 0
    n_bytes_before: int = 0
    n_bytes_after: int = 0

    def __add__(self, other: Compaction) -> Compaction:
        return Compaction(*(a + b for a, b in zip(self._values(), other._values(), strict=True)))

    def _values(self) -> tuple[int, ...]:
        return (
            self.n_runs,
            self.n_files_before,
            self.n_files_after,
            self.n_bytes_before,
            self.n_bytes_after,
        )


def compact_folder(folder: Path, runs_per_file: int) -> Compaction:
    """Pack the runs of a pipeline's folder that have ended.

    Parameters
    ----------
    folder : Path
        Folder of a pipeline.
    runs_per_file : int
        Most runs in a file.

    Returns
    -------
    Compaction
        What was done; nothing where another process does the same.

    Raises
    ------
    OSError
        If a file cannot be written; nothing is lost then.
    """
    before = _sizes(folder)
    n_runs = 0
    with alone(folder / LOCK) as is_alone:
        if is_alone:
            _sweep(folder)
            n_runs = _pack(folder, runs_per_file)
    after = _sizes(folder)
    return Compaction(n_runs, len(before), len(after), sum(before), sum(after))


def _sizes(folder: Path) -> list[int]:
    sizes = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith((RUN_SUFFIX, PACK_SUFFIX)) and not entry.name.startswith("."):
                with suppress(FileNotFoundError):
                    sizes.append(entry.stat().st_size)
    return sizes


def _sweep(folder: Path) -> None:
    """Remove what one left behind who died: drafts, and files on their way out."""
    for path in list(folder.iterdir()):
        if path.name.startswith(".") and path.name.endswith((f"{PACK_SUFFIX}.tmp", _GOING)):
            _put_back_or_remove(path)


def _put_back_or_remove(left: Path) -> None:
    if left.name.endswith(_GOING):
        name = left.name.removeprefix(".").removesuffix(_GOING)
        packed = any(name.removesuffix(RUN_SUFFIX) in p.stems for p in find_packs(left.parent)[0])
        if not packed and not (left.parent / name).exists():
            left.rename(left.parent / name)
            return
    left.unlink(missing_ok=True)


def _pack(folder: Path, runs_per_file: int) -> int:
    own = _read_own(folder)
    new_stems = {file.path.stem for file, _, _ in own}
    packs, _ = find_packs(folder)
    old = [p for p in packs if len(p.stems) < runs_per_file or new_stems & set(p.stems)]
    if not own or (len(own) == 1 and not old):
        return 0
    runs = {run_stem(t.start_ns, t.run_id): t for t in read_packs(old)}
    runs.update((run_stem(trace.start_ns, trace.run_id), trace) for _, trace, _ in own)
    write_packs(folder, [runs[stem] for stem in sorted(runs)], old, runs_per_file)
    for file, _, state in own:
        remove_unchanged(file.path, state)
    return len(own)


State = tuple[int, int, int]


def _read_own(folder: Path) -> list[tuple[RunFile, Trace, State]]:
    """Read the runs that have ended, with the state of their files."""
    from lineage_stats.storage._parquet import read_parquet

    found = []
    for file in runs_in(folder):
        ending = file.path.with_suffix(JOURNAL_SUFFIX)
        if file.is_journal or file.parts or ending.exists():
            continue
        with suppress(TraceFileError, OSError):
            state = state_of(file.path)
            trace = read_parquet(file.path)
            if trace is not None and trace.operations:
                found.append((file, trace, state))
    return found


def read_packs(packs: Iterable[Pack]) -> list[Trace]:
    """Read the runs of packs as they are stored."""
    from lineage_stats.storage._pack import read_pack

    return [trace for pack in packs for trace in read_pack(pack.path)]


def write_packs(
    folder: Path, runs: Sequence[Trace], old: Sequence[Pack], runs_per_file: int
) -> None:
    """Write runs to new packs, and remove those that they replace."""
    groups = [runs[i : i + runs_per_file] for i in range(0, len(runs), runs_per_file)]
    for group in groups:
        is_last = group is groups[-1]
        _write_one(folder, group, [pack.path.name for pack in old] if is_last else [])
    for pack in old:
        pack.path.unlink(missing_ok=True)


def _write_one(folder: Path, runs: Sequence[Trace], replaces: Sequence[str]) -> None:
    from lineage_stats.storage._pack import write_pack

    first, last = (f(run.start_ns for run in runs) for f in (min, max))
    path = folder / pack_name(first, last, secrets.token_hex(6))
    draft = folder / f".{path.name}.tmp"
    try:
        write_pack(runs, draft, about_runs(runs, replaces))
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.rename(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def state_of(path: Path) -> State:
    """Return what changes when a file is written anew."""
    status = path.stat()
    return status.st_ino, status.st_mtime_ns, status.st_size


def remove_unchanged(path: Path, state: State) -> bool:
    """Remove a file unless it was written anew since its state was taken."""
    aside = path.with_name(f".{path.name}{_GOING}")
    try:
        path.rename(aside)
    except FileNotFoundError:
        return False
    if state_of(aside) != state:
        if path.exists():  # written a third time
            aside.unlink(missing_ok=True)
        else:
            aside.rename(path)
        return False
    aside.unlink(missing_ok=True)
    return True
