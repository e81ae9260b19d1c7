"""Telling the user's program from the installed packages that it uses.

What an installed package computes with pandas on the user's behalf is no step of the user's
pipeline. Its calls carry lineage on, but are not listed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import PurePath
from types import FrameType

from lineage_stats.features._cache import BoundedCache

_FOLDERS = frozenset({"site-packages", "dist-packages"})
_SCRIPTS = frozenset({"bin", "Scripts"})

# Packages that only call what the user hands them.
_CARRIERS = frozenset({"IPython", "cytoolz", "decorator", "joblib", "toolz", "tqdm", "wrapt"})


class ForeignCode:
    """Says whose code a frame runs.

    Parameters
    ----------
    user_packages : iterable of str
        Installed packages that are the user's; ``"*"`` for all.

    Notes
    -----
    A program that is installed itself, as one started by ``python -m`` or by a command, may have
    all its steps in installed packages: then none is foreign.
    """

    def __init__(self, user_packages: Iterable[str] = ()) -> None:
        self._own = _CARRIERS.union(user_packages)
        self._none = "*" in self._own or program_is_installed()
        self._known: BoundedCache[str, bool] = BoundedCache(4096)

    def __contains__(self, frame: FrameType) -> bool:
        if self._none:
            return False
        file = frame.f_code.co_filename
        known = self._known.get(file)
        if known is None:
            package = str(frame.f_globals.get("__name__")).partition(".")[0]
            known = self._known.keep(file, package not in self._own and is_installed(file))
        return known


def is_installed(file: str) -> bool:
    """Return whether a file lies where packages are installed."""
    return not _FOLDERS.isdisjoint(PurePath(file).parts)


def program_is_installed() -> bool:
    """Return whether the program that runs was installed, and not written where it is run."""
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    if not file:
        return False
    in_scripts = PurePath(file).parent.name in _SCRIPTS and str(file).startswith(sys.prefix)
    return in_scripts or is_installed(str(file))
