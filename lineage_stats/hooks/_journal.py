"""The patch journal: the only place that changes objects of other libraries, and undoes it."""

from __future__ import annotations

import threading
import types
from typing import Any

from lineage_stats.hooks._generators import can_follow, generator_code
from lineage_stats.hooks._provider import Target, Watched
from lineage_stats.hooks._swap import LateSignature, can_swap, trampoline_code, twin_of

_ABSENT = object()
# Names that are set on a function; where it has a signature of its own, or wraps another function
# that has, the second is not.
_SIGNED = ("__wrapped__", "__signature__")
_WRAPPED = ("__wrapped__",)


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
        # What to call with which arguments: a closure for each would be many objects more, which
        # the garbage collector of the program has to look at.
        self._undo: list[tuple[Any, ...]] = []
        self._swapped: dict[int, types.FunctionType] = {}
        self._lock = threading.RLock()

    def __len__(self) -> int:
        return len(self._undo)

    def set_attribute(self, owner: Any, name: str, value: Any) -> None:
        """Set an attribute; an inherited one will be deleted again, not set."""
        old = vars(owner).get(name, _ABSENT)
        with self._lock:
            setattr(owner, name, value)
            self._undo.append((_put_back, owner, name, old, value))

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
            old_code, old_names = function.__code__, function.__dict__
            twin = twin_of(function)
            watched = Watched(target, twin, library, code)
            code_for = generator_code if target.iterates else trampoline_code
            function.__code__ = code_for(function, watched)
            has_its_own = not old_names.keys().isdisjoint(_SIGNED)
            ours = _WRAPPED if has_its_own else _SIGNED
            before = {name: old_names[name] for name in ours if name in old_names}
            function.__dict__["__wrapped__"] = twin
            if not has_its_own:
                function.__dict__["__signature__"] = LateSignature.of(twin)
            self._swapped[id(function)] = function
            self._undo.append((_unswap, function, old_code, before, ours))
            return True

    def restore(self) -> None:
        """Take everything back, newest change first."""
        with self._lock:
            while self._undo:
                undo, *given = self._undo.pop()
                undo(*given)
            self._swapped.clear()


def _put_back(owner: Any, name: str, old: Any, ours: Any) -> None:
    if vars(owner).get(name, _ABSENT) is not ours:
        return  # somebody patched after us: theirs stays
    if old is _ABSENT:
        delattr(owner, name)
    else:
        setattr(owner, name, old)


def _unswap(
    function: types.FunctionType, code: types.CodeType, old: dict[str, Any], ours: tuple[str, ...]
) -> None:
    function.__code__ = code
    for name in ours:
        if name in old:
            function.__dict__[name] = old[name]
        else:
            function.__dict__.pop(name, None)
