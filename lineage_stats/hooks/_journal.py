"""The patch journal: the only place that changes objects of other libraries, and undoes it."""

from __future__ import annotations

import threading
import types
from collections.abc import Callable
from typing import Any

from lineage_stats.hooks._generators import can_follow, generator_code
from lineage_stats.hooks._provider import Target, Watched
from lineage_stats.hooks._swap import LateSignature, can_swap, trampoline_code, twin_of

_ABSENT = object()


class PatchJournal:
    """Remembers every change made to foreign objects, in order, and takes all of them back.

    Examples
    --------
    >>> journal = PatchJournal()
    >>> class Library:
    ...     pass
    >>> journal.set_attribute(Library, "answer", 42)
    >>> journal.restore()
    >>> hasattr(Library, "answer")
    False
    """

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []
        self._swapped: dict[int, types.FunctionType] = {}
        self._lock = threading.RLock()

    def __len__(self) -> int:
        return len(self._undo)

    def set_attribute(self, owner: Any, name: str, value: Any) -> None:
        """Set an attribute; an inherited one will be deleted again, not set."""
        old = vars(owner).get(name, _ABSENT)
        with self._lock:
            setattr(owner, name, value)
            self._undo.append(lambda: _put_back(owner, name, old, value))

    def swap(self, function: Any, target: Target, *, library: str = "", code: str = "") -> bool:
        """Make a Python function record its calls.

        Parameters
        ----------
        function : function
            What to watch; the object itself stays the same.
        target : Target
            What the recorder is told.
        library, code : str
            Package that the function belongs to, and its version as shown.

        Returns
        -------
        bool
            False where the function is not written in Python or is watched already; also where
            it is a generator and the target does not say so, or the other way round.
        """
        with self._lock:
            able = can_follow if target.iterates else can_swap
            if not able(function) or id(function) in self._swapped:
                return False
            old_code = function.__code__
            old_names = dict(function.__dict__)
            twin = twin_of(function)
            watched = Watched(target, twin, library, code)
            code_for = generator_code if target.iterates else trampoline_code
            function.__code__ = code_for(function, watched)
            ours: dict[str, Any] = {"__wrapped__": twin}
            if not old_names.keys() & {"__signature__", "__wrapped__"}:
                ours["__signature__"] = LateSignature.of(twin)
            function.__dict__.update(ours)
            self._swapped[id(function)] = function
            self._undo.append(lambda: _unswap(function, old_code, old_names, ours))
            return True

    def restore(self) -> None:
        """Take everything back, newest change first."""
        with self._lock:
            while self._undo:
                self._undo.pop()()
            self._swapped.clear()


def _put_back(owner: Any, name: str, old: Any, ours: Any) -> None:
    if vars(owner).get(name, _ABSENT) is not ours:
        return  # somebody patched after us: theirs stays
    if old is _ABSENT:
        delattr(owner, name)
    else:
        setattr(owner, name, old)


def _unswap(function: Any, code: types.CodeType, old: dict[str, Any], ours: dict[str, Any]) -> None:
    function.__code__ = code
    for name in ours:
        if name in old:
            function.__dict__[name] = old[name]
        else:
            function.__dict__.pop(name, None)
