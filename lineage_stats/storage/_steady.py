"""A look at folders in which others write, pack and remove at the same time."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from lineage_stats.storage._layout import folders_in

T = TypeVar("T")

ATTEMPTS = 20  # to see, or read, what others merge at the same time


def steady(look: Callable[[], T], path: Path, pipeline: str | None = None) -> T:
    """Return what is seen in the folders of runs while none of their files comes or goes.

    A file that was renamed during a listing may be in it under neither name, and a pack may be
    gone before it is opened: who looks once may miss a run that was there all the time.

    Parameters
    ----------
    look : callable
        Looks at the files, and may be called again.
    path : Path
        Folder of a store, or of a pipeline in it.
    pipeline : str, default=None
        Only what may belong to this pipeline matters.

    Returns
    -------
    object
        What `look` returned; the last of `ATTEMPTS` results where the files never rest.
    """
    before = _names(path, pipeline)
    for attempt in range(ATTEMPTS):
        seen = look()
        after = _names(path, pipeline)
        if before == after or attempt == ATTEMPTS - 1:
            break
        before = after
    return seen


def _names(path: Path, pipeline: str | None) -> dict[Path, set[str]]:
    return {folder: _names_in(folder) for folder in folders_in(path, pipeline)}


def _names_in(folder: Path) -> set[str]:
    with os.scandir(folder) as entries:
        return {entry.name for entry in entries if not entry.name.startswith(".")}
