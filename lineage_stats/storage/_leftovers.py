"""Parts of processes that outlived their run, put into its file when a later run is written.

Reading adds such parts to their run at any time; here they come to rest.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from lineage_stats.exceptions import TraceFileError
from lineage_stats.storage._layout import (
    JOURNAL_SUFFIX,
    PART_SUFFIX,
    RUN_SUFFIX,
    parts_of_run,
    run_stem_of,
)
from lineage_stats.storage._lock import alone
from lineage_stats.storage._parts import merge_parts, read_parts

MOST_RUNS = 20  # that are taken care of at one time
_FINISHED = ("ok", "failed")


def merge_leftovers(folder: Path) -> int:
    """Put parts whose processes have ended into the files of their finished runs.

    Parameters
    ----------
    folder : Path
        Folder of a pipeline.

    Returns
    -------
    int
        Number of runs that were written anew. A run whose files cannot be read or written, or
        that another process takes care of, is passed over: its parts stay where they are.
    """
    with os.scandir(folder) as entries:
        stems = {run_stem_of(e.name) for e in entries if e.name.endswith(PART_SUFFIX)}
    merged = 0
    for stem in sorted(stems)[:MOST_RUNS]:
        with suppress(OSError, TraceFileError):
            merged += _merge(folder, stem)
    return merged


def _merge(folder: Path, stem: str) -> bool:
    run, journal = folder / f"{stem}{RUN_SUFFIX}", folder / f"{stem}{JOURNAL_SUFFIX}"
    parts = [part for part in read_parts(parts_of_run(run)) if part.is_over]
    if not parts or not (run.exists() or journal.exists()):
        return False
    from lineage_stats.storage._parquet import read_parquet, write_parquet
    from lineage_stats.storage._recovery import is_left, read_journal

    with alone(folder / f".{stem}.lock") as is_alone:
        if not is_alone:
            return False
        if run.exists():
            trace = read_parquet(run)
        else:  # its own process may be about to make the file
            trace = read_journal(journal) if is_left(journal) else None
        if trace is None or trace.status not in _FINISHED:
            return False
        write_parquet(merge_parts(trace, parts), run)
        for done in (*(part.path for part in parts), journal):
            done.unlink(missing_ok=True)
    return True
