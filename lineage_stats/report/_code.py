"""What changed in the code between two runs, as git tells it."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

from lineage_stats.trace import Trace

_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_TIMEOUT = 5.0
MAX_FILES = 20
MAX_PLACES = 4


def code_record(
    before: Trace | None,
    after: Trace,
    *,
    directory: str | os.PathLike[str] | None = None,
) -> dict[str, Any] | None:
    """Return the commits of two runs and the size of the change between them.

    Parameters
    ----------
    before : Trace or None
        The last healthy run.
    after : Trace
        The run.
    directory : path-like, default=None
        A folder of the repository that has the commits. Where it has not, the current one is
        asked, and those of the recorded files.

    Returns
    -------
    dict or None
        The ``code`` of a report's evidence; None where either commit is not known. ``files`` is
        None where git could not say.
    """
    old = "" if before is None else before.environment.get("git_commit", "")
    new = after.environment.get("git_commit", "")
    if not (_COMMIT.fullmatch(old) and _COMMIT.fullmatch(new)):
        return None
    files: list[dict[str, Any]] | None = []
    if old != new:
        answers = (_numstat(old, new, place) for place in _places(after, directory))
        files = next((answer for answer in answers if answer is not None), None)
    return {
        "before": old,
        "after": new,
        "dirty": after.environment.get("git_dirty") == "true",
        "n_files": None if files is None else len(files),
        "added": None if files is None else sum(file["added"] or 0 for file in files),
        "removed": None if files is None else sum(file["removed"] or 0 for file in files),
        "files": None if files is None else files[:MAX_FILES],
    }


def _places(run: Trace, directory: str | os.PathLike[str] | None) -> Iterator[Path]:
    """Yield folders in which git may know a run: the name of a commit is the same everywhere."""
    given = [] if directory is None else [Path(directory)]
    recorded = (Path(op.file).parent for op in run if op.file and Path(op.file).is_absolute())
    folders = dict.fromkeys(folder.absolute() for folder in chain(given, [Path.cwd()], recorded))
    yield from islice(folders, MAX_PLACES)


def _numstat(old: str, new: str, directory: Path) -> list[dict[str, Any]] | None:
    """Ask git which files differ. Nothing that a repository may configure is run."""
    command = ["git", "diff", "--numstat", "-z", "--no-renames", "--no-ext-diff", "--no-textconv"]
    try:
        found = subprocess.run(
            [*command, old, new, "--"],
            cwd=directory,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT,
            check=True,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1"},
        )
    except (OSError, subprocess.SubprocessError):  # no git, another repository, a shallow clone
        return None
    rows = found.stdout.decode("utf-8", "replace").split("\0")
    return sorted(
        (_file(row) for row in rows if row.count("\t") >= 2),
        key=lambda file: (-(file["added"] or 0) - (file["removed"] or 0), file["path"]),
    )


def _file(row: str) -> dict[str, Any]:
    added, removed, path = row.split("\t", 2)
    return {
        "path": path,
        "added": int(added) if added.isdigit() else None,  # of a binary file git counts no lines
        "removed": int(removed) if removed.isdigit() else None,
    }
