"""Where a call stands in the user's source, and digests of that source."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable
from types import CodeType, FrameType

from lineage_stats.hooks._columns._targets import Assignment
from lineage_stats.hooks._source import Span, source_facts

# Comprehensions are functions of their own up to Python 3.11 and are not later.
_COMPREHENSION = re.compile(r"\.<locals>\.<(listcomp|dictcomp|setcomp|genexpr)>$")


class CallSite:
    """One place in the source from which something is called.

    Attributes
    ----------
    scope : str
        Calling function, as ``module.function``; ``<module>`` for top-level code of a script.
    file, line : str, int
        Position.
    assignment : Assignment
        Which variables get the result.
    """

    __slots__ = (
        "_facts", "_instruction", "_span", "assignment", "code", "file", "line", "scope",
    )  # fmt: skip

    def __init__(self, frame: FrameType) -> None:
        self.code: CodeType = frame.f_code
        self._instruction = frame.f_lasti // 2
        self.file = frame.f_code.co_filename
        self.line = frame.f_lineno
        self.scope = scope_of(frame)
        self._span: Span | None = None
        self._facts: dict[str, str] | None = None
        self.assignment = Assignment(frame)

    def facts(self) -> dict[str, str]:
        """Return digests of the call and of its statement; empty where there is no source."""
        if self._facts is None:
            if self._span is None:
                locate([self])
            self._facts = source_facts(self.file, self._span)
        return self._facts


def locate(places: Iterable[CallSite]) -> None:
    """Find where places stand in the source.

    The positions of a function have to be read from its beginning, and are too many to keep: it
    pays to look for all places of a function at once.
    """
    by_code: dict[int, list[CallSite]] = defaultdict(list)
    for place in places:
        if place._span is None and place._facts is None:
            by_code[id(place.code)].append(place)
    for group in by_code.values():
        wanted = {place._instruction for place in group}
        found = {
            number: position
            for number, position in enumerate(group[0].code.co_positions())
            if number in wanted
        }
        for place in group:
            line, end_line, column, end_column = found.get(place._instruction, (None,) * 4)
            if not (line is None or end_line is None or column is None or end_column is None):
                place._span = line, end_line, column, end_column


def scope_of(frame: FrameType) -> str:
    """Return the calling function's name as it stays the same from run to run.

    The last part of the module's name stands before it, but for the script itself.
    """
    name = _COMPREHENSION.sub("", frame.f_code.co_qualname)
    module = str(frame.f_globals.get("__name__") or "").rpartition(".")[2]
    return name if module in ("", "__main__", "__mp_main__") else f"{module}.{name}"


def display_path(file: str, directory: str) -> str:
    """Return a path as people want to see it: relative where it lies below `directory`."""
    base = directory.rstrip(os.sep) + os.sep
    return file[len(base) :] if directory and file.startswith(base) else file


def current_folder() -> str:
    """Return the current folder, ``""`` if it was removed."""
    try:
        return os.getcwd()  # noqa: PTH109  # light
    except OSError:
        return ""
