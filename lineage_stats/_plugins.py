"""What other installed packages offer through their entry points.

Loading `importlib.metadata` takes longer than all else that recording needs at its start, and most
programs have no plug-in of ours. So the files that it would read are looked through first.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

_PREFIX = b"[lineage_stats."


def entry_points_of(group: str) -> Iterable[EntryPoint]:
    """Return the entry points of a group.

    Parameters
    ----------
    group : str
        Begins with ``lineage_stats.``.
    """
    if "importlib.metadata" not in sys.modules and group not in _groups(tuple(sys.path)):
        return ()
    import importlib.metadata

    return importlib.metadata.entry_points(group=group)


@lru_cache(maxsize=1)
def _groups(path: tuple[str, ...]) -> _Groups:
    """Return the groups of ours that packages on a search path have entry points in."""
    found: set[str] = set()
    for folder in dict.fromkeys(path):
        if os.path.isfile(folder):  # noqa: PTH113  # light
            return _Groups(found, complete=False)  # an archive, which is not looked into
        try:
            with os.scandir(folder or os.curdir) as entries:
                names = [e.path for e in entries if e.name.endswith((".dist-info", ".egg-info"))]
        except OSError:
            continue
        for name in names:
            found.update(_groups_in(name))
    return _Groups(found, complete=True)


class _Groups:
    """Names of groups; where not everything was looked through, any name may be among them."""

    def __init__(self, names: set[str], *, complete: bool) -> None:
        self._names = names
        self._complete = complete

    def __contains__(self, group: str) -> bool:
        return group in self._names or not self._complete


def _groups_in(folder: str) -> Iterable[str]:
    try:
        with open(f"{folder}/entry_points.txt", "rb") as file:  # noqa: PTH123  # light
            content = file.read()
    except OSError:
        return
    if _PREFIX in content:
        for line in content.splitlines():
            if line.strip().startswith(_PREFIX):
                yield line.strip().strip(b"[]").decode("utf-8", "replace").strip()
