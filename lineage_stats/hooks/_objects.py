"""Which data is which: from live objects to references, by identity and weak reference."""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

from lineage_stats.hooks._refs import Ref
from lineage_stats.hooks._resizing import may_be_resized

HOLDERS = frozenset({list, tuple, dict})  # types that `parts_of` looks into
MAX_PARTS = 64  # elements looked at in a list, tuple or dict of data
MAX_SOURCES = 16  # references that one linked object can stand for


class _Tracked(weakref.ref):  # type: ignore[type-arg]  # of anything
    __slots__ = ("again", "key", "refs")

    again: bool  # whether it stood for something else before
    key: int
    refs: tuple[Ref, ...]


class ObjectTable:
    """Knows for each living object the reference of its newest version.

    An entry holds only as long as its object lives: an ``id`` that is used again finds nothing.
    The objects are neither kept alive nor marked.
    """

    def __init__(self) -> None:
        self._entries: dict[int, _Tracked] = {}
        # No code of ours runs when an object dies: where a handler of a signal raised in it, the
        # interpreter would swallow that.
        self._dead: deque[_Tracked] = deque()

    def __len__(self) -> int:
        forget_dead(self._entries, self._dead)
        return len(self._entries)

    def get(self, obj: Any) -> tuple[Ref, ...]:
        """Return the references that an object stands for; none if it is not known."""
        entry = self._entries.get(id(obj))
        return entry.refs if entry is not None and entry() is obj else ()

    def set(self, obj: Any, refs: tuple[Ref, ...]) -> None:
        """Let an object stand for references; one that cannot be referred to is passed over."""
        if may_be_resized(obj):
            return
        try:
            entry = _Tracked(obj, self._dead.append)
        except TypeError:
            return
        if self._dead:
            forget_dead(self._entries, self._dead)
        entry.key = key = id(obj)
        entry.refs = refs[:MAX_SOURCES]
        entry.again = key in self._entries
        self._entries[key] = entry

    def was_changed(self, obj: Any) -> bool:
        """Return whether an object stood for something else before."""
        entry = self._entries.get(id(obj))
        return entry is not None and entry() is obj and entry.again

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()


def forget_dead(entries: dict[int, Any], dead: deque[Any]) -> None:
    """Take out entries whose objects died, which stand in a queue since."""
    while dead:
        try:
            entry = dead.popleft()
        except IndexError:  # another thread took it
            return
        key = entry.key
        if entries.get(key) is entry:  # and not of another object, which has the identity now
            entries.pop(key, None)


def parts_of(value: Any) -> Iterator[Any]:
    """Yield a value, or the elements of a list, tuple or dict; bounded."""
    kind = type(value)
    if kind is dict:
        for i, part in enumerate(value.values()):
            if i >= MAX_PARTS:
                return
            yield part
    elif kind is list or kind is tuple:
        yield from value[:MAX_PARTS]
    else:
        yield value


def each_index(args: Iterable[Any]) -> Iterator[Any]:
    """Yield what is between the brackets of ``df.loc[rows, columns]``, and what is put there."""
    for arg in args:
        if isinstance(arg, tuple):
            yield from arg
        else:
            yield arg
