"""Which nodes of a plan the operations of the user have made, and which run code of the user's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

_NUMBER = re.compile(r"\d+")


class Marks(NamedTuple):
    """Tells which operations of the user a node of a plan stands for.

    Parameters
    ----------
    tag : JavaObject
        The tag of nodes that has the numbers of frames.
    numbers : mapping of int to int
        Numbers of operations by those of the frames that they made.
    patterns : tuple of (str, JavaObject), default=()
        Patterns by which Spark finds functions in a plan that are not of its own language, by name.
    """

    tag: Any
    numbers: Mapping[int, int]
    patterns: tuple[tuple[str, Any], ...] = ()

    def of(self, node: Any) -> tuple[int, ...]:
        """Return the numbers of the operations that made a node, first ones first.

        There are several where an operation left the plan as it was.
        """
        frames = map(int, _NUMBER.findall(node.getTagValue(self.tag).toString()))
        return tuple(sorted(self.numbers[frame] for frame in frames if frame in self.numbers))

    def within(self, tree: Any) -> Marks:
        """Return the same for a plan, with the patterns alone that are found in it."""
        found = tuple(pattern for pattern in self.patterns if tree.containsPattern(pattern[1]))
        return self._replace(patterns=found)

    def runs_own_code(self, tree: Any, *names: str) -> bool:
        """Return whether a plan or an expression holds a function of the user's (a UDF).

        Without names, one by any pattern.
        """
        wanted = [found for name, found in self.patterns if not names or name in names]
        return any(tree.containsPattern(pattern) for pattern in wanted)
