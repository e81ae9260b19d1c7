"""Values that a program puts in where data is only carried on: the limit of ``df["a"] > limit``.

Such a call is no operation, so that they are told as a parameter of the operation that takes its
result in the end. A value that pandas or NumPy computed is no setting but data, and so is a point
in time: it moves from run to run, or with the next month.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from operator import itemgetter
from types import NoneType
from typing import Any

from lineage_stats._digest import text_digest
from lineage_stats.features._families import family_of
from lineage_stats.hooks._params import MAX_TEXT, Told, describe_value, without_number

MAX_SETTINGS = 32  # of one object
FEW = 8  # up to which they may be there twice until they are told
MAX_LISTED = 16  # values in a list: a longer one is data

# What was called, and the values, by position (``""``) or by name.
Setting = tuple[str, tuple[tuple[str, Any], ...]]
Settings = tuple[Setting, ...]

_ATOMS = frozenset({bool, int, float, complex, str, bytes})
_NUMBERS = frozenset({bool, int})
_NOTHING = frozenset({NoneType, type(Ellipsis)})
_TIMES = frozenset({"datetime", "zoneinfo", "pandas", "dateutil", "pytz"})  # durations, zones
_DAY = re.compile(r"\d{4}-\d\d?(-|$)").match
# They choose data by names, which column lineage tells.
_CHOOSING = frozenset("__getitem__ __getattr__ __get__ get pop to_frame __array__ values".split())
_UNKNOWN = object()


def named_setting(path: str) -> str | None:
    """Return under which name values given to a link are told, by the path of its target.

    Examples
    --------
    >>> named_setting("Series.__gt__"), named_setting("DataFrame.__getitem__")
    ('gt', None)
    """
    owner, _, method = path.rpartition(".")
    if method in _CHOOSING and not owner.endswith("StringMethods"):
        return None
    return method.strip("_")


def setting_of(
    name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any], is_data: Callable[[Any], bool]
) -> Setting | None:
    """Return what a program put in at one call, without its first argument; None if nothing."""
    if not kwargs and len(args) < 3:  # nearly always
        if len(args) < 2 or family_of(type(args[1])) is not None:
            return None
        if type(args[1]) in _NUMBERS:
            return (name, (("", args[1]),))
    if name == "array_ufunc":
        name, args = getattr(args[1], "__name__", name), args[3:]
    else:
        args = args[1:]
    given = [("", value) for value in args]
    if kwargs:
        given += kwargs.items()
    values = [(k, kept) for k, v in given if (kept := _kept(v, is_data)) is not _UNKNOWN]
    return (name, tuple(values)) if values else None


def put_in(name: str, value: Any) -> Settings:
    """Return one value as settings; none where it is no plain one."""
    return ((name, (("", value),)),) if type(value) in _ATOMS else ()


def _kept(value: Any, is_data: Callable[[Any], bool]) -> Any:
    """Return what can be described later as a value is now; `_UNKNOWN` of data."""
    kind = type(value)
    if kind in _ATOMS:
        is_moving = (kind is float and is_data(value)) or (kind is str and _DAY(value))
        return _UNKNOWN if is_moving else value
    if kind in _NOTHING:
        return _UNKNOWN
    if kind is list or kind is tuple or kind is set or kind is frozenset:
        known = len(value) <= MAX_LISTED and _ATOMS.issuperset(map(type, value))
        return (frozenset if kind in (set, frozenset) else tuple)(value) if known else _UNKNOWN
    module = kind.__module__.partition(".")[0]
    if module == "numpy" or family_of(kind) is not None or is_data(value):
        return _UNKNOWN
    if module in _TIMES:
        text = repr(value)
        is_moving = isinstance(value, date) or kind.__name__ == "Period" or " at 0x" in text
        return _UNKNOWN if is_moving else Told(f"~{text_digest(text, 4)}")
    text = describe_value(value)
    return _UNKNOWN if text.startswith("<") else Told(text)


def merged(*parts: Iterable[Setting]) -> Settings:
    """Return settings without repetition."""
    found: dict[Setting, None] = {}
    for settings in parts:
        for setting in settings:
            found[setting] = None
    return tuple(found)[:MAX_SETTINGS]


def settings_text(settings: Settings) -> str:
    """Return settings as one text that tells equal from different, whatever their order.

    Numbers stand for cells here, and are told as digests.

    Examples
    --------
    >>> settings_text((("isin", (("", ("left", "right")),)), ("clip", (("lower", 0),))))
    'clip(lower=0), isin([left, right])'
    """
    shown = sorted({f"{name}({_values_text(values)})" for name, values in settings})
    text = ", ".join(shown)
    return text if len(text) <= MAX_TEXT else f"{len(shown)} ~{text_digest(text, 4)}"


def _values_text(values: tuple[tuple[str, Any], ...]) -> str:
    shown = []
    for name, value in sorted(values, key=itemgetter(0)):  # by position first
        text = without_number(describe_value(value))
        shown.append(f"{name}={text}" if name else text)
    return ", ".join(shown)
