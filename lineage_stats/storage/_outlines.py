"""Which outlines the runs of packs have: those that were met twice are kept."""

from __future__ import annotations

from typing import Final

from lineage_stats.storage._pack_rows import PackRows, Signature
from lineage_stats.trace import Trace

# An outline takes some 0.2 MB, where a run has a thousand values.
_MOST_OUTLINES: Final = 64
_NONE: Final = Trace("", "", ())  # in place of an outline that cannot be made


class Outlines:
    """The outlines of the runs that one reader has met twice, as many as are kept."""

    def __init__(self) -> None:
        self._known: dict[Signature, Trace | None] = {}
        self._last: tuple[Signature, Trace] | None = None

    def find(self, rows: PackRows, number: int) -> Trace | None:
        """Return the outline of a run; None if this is the first run of that outline."""
        if rows.signatures is None:
            return None
        own = rows.signatures[number]
        if self._last is not None and own == self._last[0]:
            return self._last[1]
        if own not in self._known:
            if len(self._known) >= _MOST_OUTLINES:
                del self._known[next(iter(self._known))]
            self._known[own] = None
            return None
        outline = self._known.pop(own)
        if outline is None:  # met once
            outline = rows.outline(number) or _NONE
        self._known[own] = outline  # the one that was met least lately goes first
        if outline is _NONE:
            return None
        self._last = own, outline
        return outline
