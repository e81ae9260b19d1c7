"""What a loader returns: a dictionary whose entries are attributes too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn


class Bunch(Mapping[str, Any]):
    """A read-only dictionary whose entries are attributes too.

    Parameters
    ----------
    **entries : object
        The entries, by name.

    Examples
    --------
    >>> from lineage_stats.datasets import Bunch
    >>> bunch = Bunch(n_runs=3, pipeline="churn")
    >>> bunch.n_runs == bunch["n_runs"] == 3
    True
    >>> bunch
    <Bunch: n_runs, pipeline>
    """

    __slots__ = ("_entries",)
    _entries: dict[str, Any]

    def __init__(self, /, **entries: Any) -> None:
        object.__setattr__(self, "_entries", entries)

    def __getitem__(self, name: str) -> Any:
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __getattr__(self, name: str) -> Any:
        # Copying and unpickling ask for names before there are entries.
        if name in Bunch.__slots__ or name not in self._entries:
            raise AttributeError(f"{self!r} has no entry '{name}'.")
        return self._entries[name]

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{self!r} is read-only. Make a dictionary of it with dict(...).")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{self!r} is read-only. Make a dictionary of it with dict(...).")

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._entries})

    def __reduce__(self) -> tuple[Any, ...]:
        return _bunch_of, (self._entries,)

    def __repr__(self) -> str:
        return f"<Bunch: {', '.join(self) or 'empty'}>"


def _bunch_of(entries: dict[str, Any]) -> Bunch:
    return Bunch(**entries)
