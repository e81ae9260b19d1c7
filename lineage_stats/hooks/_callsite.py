"""Where a call stands in the user's source, and digests of that source."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable
from types import CodeType

from lineage_stats.hooks._columns._targets import Chain, variables_of
from lineage_stats.hooks._source import source_facts
from lineage_stats.hooks._syntax import Span

# Comprehensions are functions of their own up to Python 3.11 and are not later.
_COMPREHENSION = re.compile(r"\.<locals>\.<(listcomp|dictcomp|setcomp|genexpr)>$")


class CallSite:
    """One place in the source from which something is called.

    What is to be known of it is worked out when somebody asks.

    Parameters
    ----------
    chain : tuple of (code, int)
        The call, and those above it that return what it returns, as `calls_above` finds them.
    module : object
        Name of the module that calls.

    Attributes
    ----------
    code : CodeType
        What calls.
    """

    __slots__ = ("_chain", "_facts", "_line", "_module", "_position", "_scope", "_span", "code")

    def __init__(self, chain: Chain, module: object) -> None:
        self._chain = chain
        self.code, self._position = chain[0]
        self._module = module
        self._line: int | None = None
        self._scope: str | None = None
        self._span: Span | None = None
        self._facts: dict[str, str] | None = None

    @property
    def file(self) -> str:
        """File name under which the code was compiled."""
        return self.code.co_filename

    @property
    def line(self) -> int:
        """Line that calls."""
        if self._line is None:
            locate([self])
        return self._line or self.code.co_firstlineno

    @property
    def scope(self) -> str:
        """Calling function, as ``module.function``; ``<module>`` for top-level code of a script."""
        if self._scope is None:
            self._scope = scope_of(self.code, self._module)
        return self._scope

    def variables(self) -> tuple[str | None, ...]:
        """Return the names of the variables that get the result."""
        return variables_of(self._chain)

    def facts(self) -> dict[str, str]:
        """Return digests of the call and of its statement; empty where there is no source."""
        if self._facts is None:
            if self._line is None:
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
        if place._line is None:
            by_code[id(place.code)].append(place)
    for group in by_code.values():
        code = group[0].code
        wanted = {place._position // 2 for place in group}
        found = {
            number: position
            for number, position in enumerate(code.co_positions())
            if number in wanted
        }
        for place in group:
            line, end_line, column, end_column = found.get(place._position // 2, (None,) * 4)
            place._line = code.co_firstlineno if line is None else line
            if not (line is None or end_line is None or column is None or end_column is None):
                place._span = line, end_line, column, end_column


def scope_of(code: CodeType, module_name: object) -> str:
    """Return the name of a function of a module as it stays the same from run to run.

    The last part of the module's name stands before it, but for the script itself.
    """
    name = _COMPREHENSION.sub("", code.co_qualname)
    module = str(module_name or "").rpartition(".")[2]
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
