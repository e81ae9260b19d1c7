"""Arguments of a call: kept while the program waits, described when there is time.

What cannot change is kept as it is; of lists and dicts of such values, a copy. Anything else is
described at once. Data is not kept.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import CellType, FunctionType, NoneType
from typing import Any

from lineage_stats.features._families import family_of
from lineage_stats.hooks._data import Inputs
from lineage_stats.hooks._params import (
    MAX_DEPTH,
    MAX_ITEMS,
    Told,
    ToldLater,
    describe_params,
    describe_value,
    is_column,
)
from lineage_stats.hooks._provider import Watched

_ATOMS = frozenset({NoneType, bool, int, float, complex, str, bytes})
_TABLES = frozenset({"frame", "series", "index"})
_DATA = object()

Names = Callable[[], frozenset[str]]


# By position and by name, as `keep` returned them.
Arguments = tuple[tuple[Any, ...], dict[str, Any]]


def keep_arguments(
    watched: Watched,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    inputs: Inputs,
    names: Callable[[Inputs], frozenset[str]],
) -> Arguments:
    """Return the arguments of a call, as `facts_of` needs them.

    Parameters
    ----------
    watched : Watched
        What was called.
    args, kwargs : tuple, dict
        Its arguments.
    inputs : Inputs
        What of them is data.
    names : callable
        Given these inputs, returns the names of their columns.
    """
    given = args[1:] if watched.skips else args
    if not (_ATOMS.issuperset(map(type, given)) and _ATOMS.issuperset(map(type, kwargs.values()))):
        data = [key for key, _ in inputs]
        columns = partial(names, inputs)
        given = tuple([_DATA if id(v) in data else keep(v, columns) for v in given])
        kwargs = {k: _DATA if id(v) in data else keep(v, columns) for k, v in kwargs.items()}
    return (_DATA, *given) if watched.skips else given, kwargs


def keep(value: Any, names: Names, depth: int = 0) -> Any:
    """Return what will be described later as the value is now."""
    kind = type(value)
    if kind in _ATOMS:
        return value
    if kind is list or kind is tuple or kind is dict:
        if len(value) <= MAX_ITEMS and depth < MAX_DEPTH:
            return _keep_items(value, names, depth + 1)
    elif kind is slice:
        if _ATOMS.issuperset(map(type, (value.start, value.stop, value.step))):
            return value
    elif kind is FunctionType:
        if not (value.__defaults__ or value.__kwdefaults__ or value.__dict__):
            return _bare(value)
    elif family_of(kind) in _TABLES:
        return Told(f"<{kind.__qualname__}>")
    elif is_column(value):
        return ToldLater(value)
    return Told(describe_value(value, names(), depth))


def _keep_items(value: Any, names: Names, depth: int) -> Any:
    """Return a list, tuple or dict with every item kept."""
    if type(value) is dict:
        if _ATOMS.issuperset(map(type, (*value, *value.values()))):
            return dict(value)
        items = [(keep(k, names, depth), keep(v, names, depth)) for k, v in value.items()]
        return dict(items)
    if _ATOMS.issuperset(map(type, value)):
        return type(value)(value)
    return type(value)([keep(item, names, depth) for item in value])


def facts_of(watched: Watched, arguments: Arguments, names: Names) -> dict[str, str]:
    """Return the parameters of a call as facts ``param[name]``."""
    return describe_params(watched.bind(*arguments), names, (id(_DATA),))


def _bare(function: FunctionType) -> FunctionType:
    """Return a function of the same code that holds nothing of the program's."""
    cells = tuple([CellType() for _ in function.__code__.co_freevars])
    return FunctionType(function.__code__, {}, closure=cells)
