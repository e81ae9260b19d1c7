"""Values that a program puts in where data is only carried on: the limit of ``df["a"] > limit``.

Such a call is no operation, so that they are told as a parameter of the operation that takes its
result in the end. A value that pandas or NumPy computed is no setting but data, and so is a point
in time: it moves from run to run, or with the next month.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import FrameType, FunctionType, NoneType
from typing import Any

from lineage_stats._digest import text_digest
from lineage_stats._interrupts import pass_on
from lineage_stats.features._families import family_of
from lineage_stats.hooks._columns._provenance import Spot, is_own
from lineage_stats.hooks._params import (
    MAX_TEXT,
    Told,
    code_digest,
    describe_value,
    without_number,
)

MAX_SETTINGS = 32  # of one object
FEW = 8  # up to which they may be there twice until they are told
MAX_LISTED = 16  # values in a list: a longer one is data

# What was called, the values, by position or by name, and where, if it has to be looked whether
# they are the program's own.
Setting = tuple[str, tuple[tuple[int | str, Any], ...], Spot | None]
Settings = tuple[Setting, ...]

_ATOMS = frozenset({bool, int, float, str})
_NUMBERS = frozenset({bool, int})
_NOTHING = frozenset({NoneType, type(Ellipsis)})
_LENGTHS = frozenset({"Timedelta", "timedelta", "DateOffset", "ZoneInfo", "timezone"})
# ISO, 20240131, 202401, 31/01/2024
_DAY = re.compile(
    r"(19|20)\d\d[-/.]?(0[1-9]|1[0-2])([-/.]?[0-3]\d)?(\D|$)|[0-3]?\d[/.][0-3]?\d[/.](19|20)?\d\d"
).match
# They choose data by names, which column lineage tells.
_CHOOSING = frozenset("__getitem__ __getattr__ __get__ get pop to_frame __array__ values".split())
# Their numbers say how many or how far, and are in no cell.
_SIZES = frozenset(
    "rolling expanding ewm resample quantile round slice pad center ljust rjust zfill".split()
)
_OFFSET = re.compile(r"-?\d{0,4}[A-Za-z]{1,3}(-[A-Z]{3})?$").match  # 7D, W-SUN
_LIBRARIES = frozenset({"datetime", "zoneinfo", "pandas"})
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
    name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any], frame: FrameType | None
) -> Setting | None:
    """Return what a program put in at one call, without its first argument; None if nothing."""
    if frame is None:
        return None
    if not kwargs and len(args) < 3:  # nearly always
        if len(args) < 2 or family_of(type(args[1])) is not None:
            return None
        if type(args[1]) in _NUMBERS:
            return (name, ((0, args[1]),), Spot(frame))
    if name == "array_ufunc":
        name, args = getattr(args[1], "__name__", name), args[3:]
    else:
        args = args[1:]
    given: list[tuple[int | str, Any]] = [*enumerate(args), *kwargs.items()]
    values = [(k, kept) for k, v in given if (kept := _kept(v)) is not _UNKNOWN]
    return (name, tuple(values), Spot(frame)) if values else None


def put_in(name: str, value: Any, spot: Spot | None = None) -> Settings:
    """Return one value as settings; none where it is no plain one."""
    return ((name, ((0, value),), spot),) if type(value) in _ATOMS else ()


def _kept(value: Any) -> Any:
    """Return what can be described later as a value is now; `_UNKNOWN` of what may be data."""
    kind = type(value)
    if kind in _ATOMS:
        return value
    if kind is list or kind is tuple or kind is set or kind is frozenset:
        known = len(value) <= MAX_LISTED and _ATOMS.issuperset(map(type, value))
        return (frozenset if kind in (set, frozenset) else tuple)(value) if known else _UNKNOWN
    try:
        if kind.__name__ in _LENGTHS and str(kind.__module__).partition(".")[0] in _LIBRARIES:
            return Told(f"~{text_digest(repr(value), 4)}")
        code = code_digest(value) if kind is FunctionType else ""
    except Exception as error:  # noqa: BLE001  # other people's code; columns are followed without
        pass_on(error)
        return _UNKNOWN
    return Told(f"function ~{code}") if code else _UNKNOWN


def merged(*parts: Iterable[Setting]) -> Settings:
    """Return the settings of several objects together, at most `MAX_SETTINGS`."""
    return tuple(dict.fromkeys(setting for settings in parts for setting in settings))[
        :MAX_SETTINGS
    ]


def settings_text(settings: Settings) -> str:
    """Return settings as one text that tells equal from different, whatever their order.

    Numbers stand for cells here, and are told as digests, but for those that tell the size of a
    window and the like. ``""`` if none is the program's own.

    Examples
    --------
    >>> one = ("isin", ((0, ("left", "right")),), None)
    >>> settings_text((one, ("clip", (("lower", 0),), None), one))
    'clip(lower=0), isin([left, right])'
    >>> settings_text((("rolling", ((0, 7),), None),))
    'rolling(7)'
    """
    told = {
        f"{name}({text})"
        for name, values, spot in settings
        if (text := _values_text(values, spot, name in _SIZES))
    }
    shown = ", ".join(sorted(told))
    return shown if len(shown) <= MAX_TEXT else f"{len(told)} ~{text_digest(shown, 4)}"


def _values_text(
    values: tuple[tuple[int | str, Any], ...], spot: Spot | None, are_sizes: bool
) -> str:
    shown = []
    for which, value in sorted(values, key=lambda pair: (isinstance(pair[0], str), pair[0])):
        if not is_moving(value) and is_own(spot, which):
            text = _size_text(value) if are_sizes else without_number(describe_value(value))
            shown.append(f"{which}={text}" if isinstance(which, str) else text)
    return ", ".join(shown)


def _size_text(value: Any) -> str:
    return value if isinstance(value, str) and _OFFSET(value) else describe_value(value)


def is_moving(value: Any) -> bool:
    """Return whether something is a day or a month, or a list with one: it is another next time.

    Examples
    --------
    >>> is_moving("2024-01-31"), is_moving(["202401"]), is_moving(20240131), is_moving(2024)
    (True, True, True, False)
    """
    if isinstance(value, tuple | list | frozenset):
        return any(map(is_moving, value))
    if type(value) is int:
        return 190_000 < value < 21_001_300 and is_moving(str(value))
    return isinstance(value, str) and _DAY(value) is not None
