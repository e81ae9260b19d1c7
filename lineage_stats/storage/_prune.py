"""Which runs a store keeps, and removing the others."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from lineage_stats.exceptions import TraceFileError
from lineage_stats.storage._baseline_log import ACCEPTED, verdicts_in
from lineage_stats.storage._compact import LOCK, read_packs, write_packs
from lineage_stats.storage._layout import (
    RunFile,
    is_run_stem,
    quoted,
    run_stem,
    runs_in,
    stem_at,
)
from lineage_stats.storage._lock import alone
from lineage_stats.storage._packs import Pack, find_packs
from lineage_stats.storage._recovery import is_left, read_journal


class _Stored(NamedTuple):
    """A run of a folder, in a file of its own or in a pack."""

    stem: str
    file: RunFile | None
    pack: Pack | None


def prune_folder(
    folder: Path, *, keep_runs: int, keep_since_ns: int | None, dry_run: bool
) -> list[str]:
    """Remove runs of a pipeline's folder.

    Parameters
    ----------
    folder : Path
        Folder of a pipeline.
    keep_runs : int
        How many of the latest runs stay.
    keep_since_ns : int or None
        Runs that started then or later stay, nanoseconds since the epoch; None keeps none for
        that reason.
    dry_run : bool
        Whether only to say what would be removed.

    Returns
    -------
    list of str
        Names of the files of the removed runs without ending, oldest first. Runs that go on, and
        those that were accepted into the baseline, stay.

    Raises
    ------
    OSError
        If a file cannot be removed or written.
    """
    if dry_run:
        return [run.stem for run in _to_remove(folder, keep_runs, keep_since_ns)]
    with alone(folder / LOCK) as is_alone:
        gone = _to_remove(folder, keep_runs, keep_since_ns) if is_alone else []
        _remove_packed(folder, [run for run in gone if run.pack is not None])
        for run in gone:
            if run.file is not None:
                _remove_file(run.file)
    return [run.stem for run in gone]


def _to_remove(folder: Path, keep_runs: int, keep_since_ns: int | None) -> list[_Stored]:
    accepted = {quoted(i) for i, v in verdicts_in(folder).items() if v == ACCEPTED}
    runs = sorted(_stored(folder), key=lambda run: run.stem)
    old = runs[: max(len(runs) - keep_runs, 0)]
    if keep_since_ns is not None:
        first = stem_at(keep_since_ns)
        old = [run for run in old if run.stem < first]
    return [
        run for run in old if run.stem.partition("-")[2] not in accepted and not _goes_on(run.file)
    ]


def _stored(folder: Path) -> list[_Stored]:
    """Return the runs of a folder; a Parquet file that no store named may be anybody's data."""
    found = {
        file.path.stem: _Stored(file.path.stem, file, None)
        for file in runs_in(folder)
        if is_run_stem(file.path.stem)
    }
    for pack in find_packs(folder)[0]:
        for stem in pack.stems:
            one = found.get(stem)
            found[stem] = _Stored(stem, one.file if one else None, pack)
    return list(found.values())


def _goes_on(file: RunFile | None) -> bool:
    if file is None or not file.is_journal:
        return False
    try:
        return read_journal(file.path).status == "running" and not is_left(file.path)
    except (TraceFileError, OSError):
        return True  # nobody knows: it stays


def _remove_file(file: RunFile) -> None:
    for path in (file.path, *file.parts):
        path.unlink(missing_ok=True)


def _remove_packed(folder: Path, gone: list[_Stored]) -> None:
    by_pack: dict[Path, set[str]] = {}
    packs = {run.pack.path: run.pack for run in gone if run.pack is not None}
    for run in gone:
        if run.pack is not None:
            by_pack.setdefault(run.pack.path, set()).add(run.stem)
    for path, stems in by_pack.items():
        runs = read_packs([packs[path]])
        left = [run for run in runs if run_stem(run.start_ns, run.run_id) not in stems]
        if left:
            write_packs(folder, left, [packs[path]], len(left))
        else:
            path.unlink(missing_ok=True)
