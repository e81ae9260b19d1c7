"""Reading objects of the Java side in few, short trips.

Every call over the bridge is a trip of some 50 microseconds, and an answer of more than 8 KB takes
40 ms: long lists are read in pages.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

SEPARATOR = "\x1e"
_PAGE = 60


def items(sequence: Any) -> Iterator[Any]:
    """Yield the items of a Scala sequence."""
    for i in range(sequence.size()):
        yield sequence.apply(i)


def texts(sequence: Any) -> list[str]:
    """Return the items of a Scala sequence as text."""
    n = sequence.size()
    found: list[str] = []
    for begin in range(0, n, _PAGE):
        page = sequence if n <= _PAGE else sequence.slice(begin, begin + _PAGE)
        found += page.mkString(SEPARATOR).split(SEPARATOR)
    return found


def option_text(option: Any) -> str | None:
    """Return what is in a Scala option as text."""
    text: str = option.toString()
    return text[5:-1] if text.startswith("Some(") else None


def metric(node: Any, name: str = "numOutputRows") -> int | None:
    """Return a metric of a physical node, if it has that metric."""
    found = node.metrics().get(name)
    return None if found.isEmpty() else int(found.get().value())


def class_name(obj: Any) -> str:
    """Return the name of an object's class, without the package."""
    return str(obj.getClass().getSimpleName()).rstrip("$")
