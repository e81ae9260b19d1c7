"""A memory with a bound, safe to share between threads."""

from __future__ import annotations

from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class BoundedCache(dict[K, V], Generic[K, V]):
    """A dictionary that forgets everything rather than hold more than ``most``.

    Reading is a plain dictionary look-up, and each change is one atomic step: two threads that
    meet compute a value twice at worst.
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most
        self._held = 0

    def keep(self, key: K, value: V, weight: int = 1) -> V:
        """Store a value that counts for ``weight``, and return it."""
        if self._held + weight > self._most:
            self.clear()
            self._held = 0
        self._held += weight
        self[key] = value
        return value
