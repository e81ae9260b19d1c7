"""Arguments of a call: kept while the program waits, described when there is time.

What cannot change is kept as it is; of lists and dicts of such values, a copy. Anything else is
described at once. Data is not kept.
"""

from __future__ import annotations

from collections.abc import Callable
from types import CellType, FunctionType, NoneType
from typing import Any, NamedTuple

from lineage_stats.hooks._params import MAX_ITEMS, describe_params, describe_value
from lineage_stats.hooks._provider import Watched

_ATOMS = frozenset({NoneType, bool, int, float, complex, str, bytes})
_DATA = object()

Names = Callable[[], frozenset[str]]


class Told(NamedTuple):
    """A value that was described at once."""

    text: str


class Arguments(NamedTuple):
    """Arguments by position and by name, as `keep` returned them."""

    args: list[Any]
    kwargs: dict[str, Any]


def keep_arguments(
    watched: Watched, args: tuple[Any, ...], kwargs: dict[str, Any], data: set[int], names: Names
) -> Arguments:
    """Return the arguments of a call, as `facts_of` needs them.

    Parameters
    ----------
    watched : Watched
        What was called.
    args, kwargs : tuple, dict
        Its arguments.
    data : set of int
        Identities of arguments that are data.
    names : callable
        Returns the names of the columns of the call's inputs.
    """
    kept = [_DATA if id(value) in data else keep(value, names) for value in args[watched.skips :]]
    if watched.skips and args:
        kept.insert(0, _DATA)
    named = {k: _DATA if id(v) in data else keep(v, names) for k, v in kwargs.items()}
    return Arguments(kept, named)


def keep(value: Any, names: Names) -> Any:
    """Return what will be described later as the value is now."""
    kind = type(value)
    if kind in _ATOMS:
        return value
    if kind is list or kind is tuple:
        if len(value) <= MAX_ITEMS and _ATOMS.issuperset(map(type, value)):
            return kind(value)
    elif kind is dict:
        if len(value) <= MAX_ITEMS and _ATOMS.issuperset(map(type, (*value, *value.values()))):
            return dict(value)
    elif kind is slice:
        if _ATOMS.issuperset(map(type, (value.start, value.stop, value.step))):
            return value
    elif kind is FunctionType and _is_plain(value):
        return _bare(value)
    return Told(describe_value(value, names()))


def facts_of(watched: Watched, arguments: Arguments, names: Names) -> dict[str, str]:
    """Return the parameters of a call as facts ``param[name]``."""
    bound = watched.bind(tuple(arguments.args), arguments.kwargs)
    told = {name: value.text for name, value in bound.items() if type(value) is Told}
    kept = {k: v for k, v in bound.items() if v is not _DATA and k not in told}
    facts = describe_params(kept, names, ())
    facts.update((f"param[{name}]", text) for name, text in told.items() if name != "self")
    return facts


def _is_plain(function: FunctionType) -> bool:
    """Return whether there is nothing to a function but its code."""
    return not (function.__defaults__ or function.__kwdefaults__ or function.__dict__)


def _bare(function: FunctionType) -> FunctionType:
    """Return a function of the same code that holds nothing of the program's."""
    cells = tuple([CellType() for _ in function.__code__.co_freevars])
    return FunctionType(function.__code__, {}, closure=cells)
