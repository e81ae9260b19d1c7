"""Differences between two runs that an operation only hands on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass
class Root(Generic[T]):
    """A difference where it was first seen, and how many operations after it show it as well."""

    change: T
    value: object
    n_after: int = 0


@dataclass
class PassedOn(Generic[T]):
    """Tells differences that began at an operation from those that came with its data.

    Attributes
    ----------
    roots : list of Root
        Those that began somewhere, in the order in which they were added.

    Examples
    --------
    >>> found = PassedOn[str]()
    >>> found.add("fewer rows", "read", (), "rows", lambda other: other == 0.5, 0.5)
    >>> found.add("fewer rows", "filter", ["read"], "rows", lambda other: other == 0.5, 0.5)
    >>> [(root.change, root.n_after) for root in found.roots]
    [('fewer rows', 1)]
    """

    roots: list[Root[T]] = field(default_factory=list)
    _known: dict[tuple[str, str], list[tuple[Root[T], object]]] = field(default_factory=dict)

    def add(
        self,
        change: T,
        operation: str,
        parents: Iterable[str],
        what: str,
        is_alike: Callable[[object], bool],
        value: object,
    ) -> None:
        """Take up a difference of an operation whose parents were added before.

        Parameters
        ----------
        change : object
            What is told of it.
        operation : str
            Key of the operation.
        parents : iterable of str
            Keys of those whose data it was given.
        what : str
            What differs: only the same of a parent may be handed on.
        is_alike : callable
            Returns whether another difference, told by its `value`, is this one. It is asked of
            the parent's and of that where it began, so that what grows on its way is told again.
        value : object
            What the difference is, for the operations after it.
        """
        before = [one for parent in parents for one in self._known.get((parent, what), ())]
        alike = (r for r, other in before if is_alike(other) and is_alike(r.value))
        root = next(alike, None)
        if root is None:
            root = Root(change, value)
            self.roots.append(root)
        else:
            root.n_after += 1
        self._known.setdefault((operation, what), []).append((root, value))
