"""Reading attributes that pandas would keep in an object, and pickle with it.

A cached attribute of an array or dtype becomes part of its state when it is read first. An object
that was looked at would then be pickled to other bytes, and hashed to another digest, than one that
was not.
"""

from __future__ import annotations

from typing import Any

_STORE = "_cache"  # where pandas keeps cached attributes

_kept: dict[tuple[type, str], bool] = {}
_plain: set[type] = set()  # arrays that do not keep their dtype


def dtype_of(array: Any) -> Any:
    """Return the dtype of an array, which is afterwards as it was."""
    cls = type(array)
    if cls in _plain:
        return array.dtype  # nearly always
    dtype = quietly(array, "dtype")
    if not _kept[cls, "dtype"]:
        _plain.add(cls)
    return dtype


def quietly(obj: Any, name: str, *default: Any) -> Any:
    """Return an attribute of an object, which is afterwards as it was.

    Parameters
    ----------
    obj : object
        An array or a dtype.
    name : str
        Name of the attribute.
    *default : object
        Returned if there is no such attribute, as by `getattr`.
    """
    kept = _kept.get((type(obj), name))
    if kept is None:
        kept = type(getattr(type(obj), name, None)).__name__ == "CachedProperty"
        _kept[type(obj), name] = kept
    return _without_trace(obj, name) if kept else getattr(obj, name, *default)


def _without_trace(obj: Any, name: str) -> Any:
    with Untouched(obj):
        return getattr(obj, name)


def own(obj: Any, name: str, default: Any = None) -> Any:
    """Return an attribute that the class of an object has, or a default.

    A series or frame that is asked for an attribute of no class looks for it among its labels, and
    its index keeps what it found out on the way.

    Parameters
    ----------
    obj, name, default : object, str, object
        As of `getattr`.
    """
    return getattr(obj, name, default) if hasattr(type(obj), name) else default


class Untouched:
    """Context in which an object may be asked anything, and after which it keeps nothing new.

    Parameters
    ----------
    obj : object
        An array or a dtype.
    """

    __slots__ = ("_before", "_obj")

    def __init__(self, obj: Any) -> None:
        self._obj = obj

    def __enter__(self) -> None:
        store = self._store()
        self._before = None if store is None else frozenset(store)

    def __exit__(self, *error: object) -> None:
        store = self._store()
        if store is None:
            return
        if self._before is None:
            vars(self._obj).pop(_STORE, None)
        else:
            for key in store.keys() - self._before:
                store.pop(key, None)

    def _store(self) -> dict[str, Any] | None:
        """Return what pandas keeps; of others' arrays the name may mean anything."""
        store = getattr(self._obj, "__dict__", {}).get(_STORE)
        return store if type(store) is dict else None
