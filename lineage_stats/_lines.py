"""The source of running code, and its place."""

from __future__ import annotations

import linecache
import os
from stat import S_ISREG
from typing import Any


def source_text(file: str) -> str:
    """Return the source in a file, ``""`` where it cannot be read, or not be read again.

    A script may come through a pipe with a name, which would be waited for for ever. `pathlib`
    would be imported only for this.
    """
    try:
        if file not in linecache.cache and not S_ISREG(os.stat(file).st_mode):  # noqa: PTH116
            return ""
    except OSError:
        pass  # it may be in an archive
    except ValueError:
        return ""
    return "".join(linecache.getlines(file))


def is_cell(file: str) -> bool:
    """Return whether the source is no file: that of a notebook's cell."""
    entry: tuple[Any, ...] = linecache.cache.get(file, ())
    return len(entry) == 4 and entry[1] is None


def known_cells() -> list[str]:
    """Return the names under which cells were compiled, in the order of their first time."""
    return [file for file in [*linecache.cache] if is_cell(file)]


def raised_at(error: BaseException) -> str:
    """Return where an exception was raised, as text; ``""`` if it never was."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    if place is None:
        return ""
    return f" ({place.tb_frame.f_code.co_filename}:{place.tb_lineno})"
