"""What functions of NumPy, and methods of its arrays, make of what they are given.

Each rule gets the positional and the named arguments as values. What it does not cover raises
`LostError`: the result is then not followed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lineage_stats.hooks._numpy._values import (
    UNTOLD,
    LostError,
    Many,
    Value,
    below,
    beside,
    constant,
    each,
    flat_values,
    made,
    mix,
    opaque,
    pick,
    rows_of,
    settings_of,
)

Args = Sequence[Any]
Named = Mapping[str, Any]
Rule = Callable[[Args, Named], Any]

_OPTIONS = frozenset("dtype casting decimals copy nan posinf neginf".split())


def apply(name: str, args: Args, named: Named) -> Any:
    """Return what a function makes of its arguments.

    Raises
    ------
    LostError
        If that is not known.
    """
    rule = RULES.get(name)
    if rule is None:
        raise LostError
    return rule(args, named)


def call_ufunc(ufunc: Any, args: Args, named: Named) -> Value:
    """Return what a universal function makes of its arguments."""
    if ufunc.nout != 1 or ufunc.signature is not None or len(args) != ufunc.nin:
        raise LostError
    if set(named) - {"dtype"}:
        raise LostError
    return each(_single(args))


def _single(args: Args) -> list[Value]:
    """Return arguments none of which is a list of data."""
    found = []
    for arg in args:
        if isinstance(arg, Many):
            if not all(part.is_constant for part in flat_values(arg)):
                raise LostError
            found.append(constant(UNTOLD, 1))
        else:
            found.append(arg)
    return found


def _only(named: Named, *names: str) -> None:
    if set(named) - set(names):
        raise LostError


def _raw(value: Any, default: Any = UNTOLD) -> Any:
    """Return the constant that an argument is."""
    if value is None:
        return default
    raw = UNTOLD if isinstance(value, Many) else value.raw
    if raw is UNTOLD:
        raise LostError
    return raw


def _argument(args: Args, named: Named, at: int, name: str) -> Any:
    return args[at] if len(args) > at else named.get(name)


def _elementwise(args: Args, named: Named) -> Value:
    _only(named, *_OPTIONS, "a_min", "a_max", "min", "max", "rtol", "atol", "equal_nan")
    return each(_single([*args, *named.values()]))


def _where(args: Args, named: Named) -> Any:
    if named or len(args) not in (1, 3):
        raise LostError
    return each(_single(args)) if len(args) == 3 else _nonzero(args, named)


def _nonzero(args: Args, named: Named) -> Many:
    (data,) = _single(args)
    if named or data.ndim not in (1, 2):
        raise LostError
    return Many(mix([data], 1, 1) for _ in range(data.ndim))


def _select(args: Args, named: Named) -> Value:
    _only(named, "default")
    if len(args) < 2 or not all(isinstance(arg, Many) for arg in args[:2]):
        raise LostError
    return each(_single([*args[0], *args[1], *args[2:], *named.values()]))


def _as_array(args: Args, named: Named) -> Value:
    _only(named, "dtype", "order", "copy")
    if not args or len(args) > 2:
        raise LostError
    data: Value | Many = args[0]
    if not isinstance(data, Many):
        return data._replace(family="array") if data.ndim else data
    parts = _single(data)
    if all(part.is_constant for part in parts):
        return constant(UNTOLD, 1 if all(part.ndim == 0 for part in parts) else None, None)
    dims = {part.ndim for part in parts}
    if dims == {0}:
        return mix(parts, 1, 1)
    if dims == {1}:
        return mix(parts, 2, None)
    raise LostError


def _sequence(args: Args) -> list[Value]:
    if not args or not isinstance(args[0], Many):
        raise LostError
    parts = [part for part in args[0] if not isinstance(part, Many)]
    if len(parts) != len(args[0]) or any(part.ndim is None for part in parts):
        raise LostError
    return parts


def _concatenate(args: Args, named: Named) -> Value:
    _only(named, "axis", "dtype", "casting")
    return _joined(_sequence(args), _raw(_argument(args, named, 1, "axis"), 0))


def _joined(parts: list[Value], axis: Any) -> Value:
    dims = {part.ndim for part in parts}
    if dims == {1} and axis in (0, -1):
        return below(parts)
    if dims != {2}:
        raise LostError
    if axis == 0:
        return below(parts)
    if axis in (1, -1):
        return beside(parts)
    raise LostError


def _vstack(args: Args, named: Named) -> Value:
    _only(named, "dtype", "casting")
    parts = _sequence(args)
    dims = {part.ndim for part in parts}
    if dims == {2}:
        return below(parts)
    if dims <= {0, 1}:
        return mix(parts, 2, None)
    return opaque(parts, 2)


def _hstack(args: Args, named: Named) -> Value:
    _only(named, "dtype", "casting")
    return _joined(_sequence(args), -1)


def _column_stack(args: Args, named: Named) -> Value:
    _only(named)
    parts = _sequence(args)
    if any(part.ndim not in (1, 2) for part in parts):
        raise LostError
    return beside([_as_columns(part) for part in parts])


def _as_columns(part: Value) -> Value:
    if part.ndim == 2:
        return part
    return mix([part], 2, 1) if part.across else part._replace(ndim=2, n_columns=1)


def columns_beside(parts: Sequence[Any]) -> Value:
    """Return what ``np.c_[...]`` makes."""
    return _column_stack([Many(parts)], {})


def rows_below(parts: Sequence[Any]) -> Value:
    """Return what ``np.r_[...]`` makes of one-dimensional arrays."""
    return _joined(_sequence([Many(parts)]), 0)


def _stack(args: Args, named: Named) -> Value:
    _only(named, "axis")
    parts = _sequence(args)
    axis = _raw(_argument(args, named, 1, "axis"), 0)
    if {part.ndim for part in parts} != {1}:
        raise LostError
    if axis in (1, -1):
        return beside([_as_columns(part) for part in parts])
    return mix(parts, 2, None)


def _append(args: Args, named: Named) -> Value:
    _only(named, "axis")
    if len(args) < 2:
        raise LostError
    axis = _raw(_argument(args, named, 2, "axis"), None)
    parts = _single(args[:2])
    if axis is not None:
        return _joined(parts, axis)
    return below(parts) if {part.ndim for part in parts} == {1} else mix(parts, 1, 1)


def _delete(args: Args, named: Named) -> Value:
    _only(named, "axis")
    if len(args) < 2:
        raise LostError
    data, which = args[0], args[1]
    axis = _raw(_argument(args, named, 2, "axis"), None)
    if data.ndim == 1 or axis == 0:
        return rows_of(data, [*flat_values([which])])
    if axis not in (1, -1) or data.ndim != 2 or data.n_columns is None:
        raise LostError
    raw = [_raw(part) for part in flat_values([which])]
    if not all(type(i) is int for i in raw):
        raise LostError
    gone = {i % data.n_columns for i in raw}
    return pick(data, [i for i in range(data.n_columns) if i not in gone], 2)


def _take(args: Args, named: Named) -> Value:
    _only(named, "axis")
    axis = _raw(_argument(args, named, 2, "axis"), None)
    if len(args) < 2 or not (args[0].ndim == 1 or axis == 0):
        raise LostError
    return rows_of(args[0], [*flat_values(args[1:2])])


def _ravel(args: Args, named: Named) -> Value:
    (data,) = _single(args[:1])
    _only(named, "order")
    return _as_line(data)


def _as_line(data: Value) -> Value:
    if data.ndim == 1:
        return data
    if data.ndim == 2 and data.n_columns == 1:
        return made("each", [data], 1, 1)
    return mix([data], 1, 1)


def _reshape(args: Args, named: Named) -> Value:
    _only(named)
    data = _single(args[:1])[0]
    shape = [part.raw for part in flat_values(args[1:])]
    if shape == [-1]:
        return _as_line(data)
    if len(shape) == 2 and shape[1] == 1 and not data.across:
        if data.ndim == 1 or data.n_columns == 1:
            return made("each", [data], 2, 1)
        return mix([data], 2, 1)
    return opaque([data])


def _squeeze(args: Args, named: Named) -> Value:
    (data,) = _single(args)
    _only(named)
    if data.ndim == 1:
        return data
    raise LostError


def _transpose(args: Args, named: Named) -> Value:
    (data,) = _single(args)
    _only(named)
    return data if data.ndim == 1 else mix([data], 2, None)


def _reduce(args: Args, named: Named) -> Value:
    _only(named, "axis", "ddof", "keepdims", "dtype", "q", "weights")
    data = args[0] if args else None
    if data is None or len(args) > 2:
        raise LostError
    more = [named[name] for name in ("q", "weights") if name in named]
    return _reduced(data, more, named.get("axis", args[1] if len(args) > 1 else None), named)


def _quantile(args: Args, named: Named) -> Value:
    _only(named, "axis", "q", "keepdims", "method")
    q = _argument(args, named, 1, "q")
    if len(args) > 2 or not args or q is None or isinstance(q, Many) or q.ndim:
        raise LostError
    return _reduced(args[0], [q], named.get("axis"), named)


def _reduced(data: Any, more: Sequence[Any], axis: Any, named: Named) -> Value:
    if isinstance(data, Many):
        return _reduced_list([*data], more, axis, named)
    if data.ndim is None:
        raise LostError
    parts = [data, *_single(more)]
    where = _raw(axis, None)
    keep = bool(_raw(named.get("keepdims"), False))
    if where is None or data.ndim < 2:
        if keep or (where not in (None, 0, -1)):
            raise LostError
        return mix(parts, 0, 1, "a")._replace(family="number")
    if where == 0:
        if len(parts) > 1 and not all(part.is_constant for part in parts[1:]):
            return opaque(parts)
        if data.n_columns is None:
            return opaque(parts)
        form = made("each", [data], 2 if keep else 1, data.n_columns, use="a")
        return form._replace(across=not keep)
    if where in (1, -1):
        return mix(parts, 2 if keep else 1, 1)
    raise LostError


def _reduced_list(items: list[Any], more: Sequence[Any], axis: Any, named: Named) -> Value:
    """Return what becomes of arrays in a list, as of the predictions of several models."""
    if any(isinstance(item, Many) for item in items) or bool(_raw(named.get("keepdims"), False)):
        raise LostError
    parts, dims = [*items, *_single(more)], {item.ndim for item in items}
    where = _raw(axis, None)
    if where is None or (dims == {0} and where in (0, -1)):
        return mix(parts, 0, 1, "a")._replace(family="number")
    if where == 0 and len(dims) == 1 and dims <= {1, 2}:
        if all(part.is_constant for part in parts[len(items) :]):
            return each(items)._replace(settings=settings_of(parts))
        return opaque(parts, dims.pop())
    if where in (1, -1) and dims == {1}:
        return mix(parts, 1, 1, "a")
    raise LostError


def _of_line(use: str = "d") -> Rule:
    def rule(args: Args, named: Named) -> Value:
        _only(named, "kind", "side", "right", "bins", "assume_unique")
        parts = _single([*args, *named.values()])
        if any(part.ndim not in (0, 1) for part in parts):
            raise LostError
        return mix(parts, 1, 1, use)

    return rule


def _cumulate(args: Args, named: Named) -> Value:
    _only(named, "axis")
    (data,) = _single(args)
    axis = _raw(named.get("axis"), None)
    if data.ndim == 1 and not data.across:
        return each([data])
    if axis == 0:
        return each([data])
    return mix([data], 1, 1) if axis is None else opaque([data], 2)


def multiply(args: Args, named: Named) -> Value:
    """Return the product of matrices."""
    _only(named)
    left, right = _single(args)
    if left.ndim not in (1, 2) or right.ndim not in (1, 2):
        raise LostError
    ndim = left.ndim + right.ndim - 2
    return mix([left, right], ndim, 1 if ndim < 2 else right.n_columns)


def _blank(args: Args, named: Named) -> Value:
    """Return an array of constants."""
    _only(named, "dtype", "order")
    parts = [*flat_values(args)]
    if not all(part.is_constant for part in parts):
        raise LostError
    shape = args[0] if args else None
    if isinstance(shape, Many):
        last = shape[-1].raw if shape else UNTOLD
        width = last if type(last) is int else None
        return constant(UNTOLD, len(shape), width if len(shape) == 2 else 1)
    return constant(UNTOLD, 1)


def _line_of_constants(args: Args, named: Named) -> Value:
    if not all(part.is_constant for part in flat_values([*args, *named.values()])):
        raise LostError
    return constant(UNTOLD, 1)


def _full(args: Args, named: Named) -> Value:
    if len(args) != 2:
        raise LostError
    blank = _blank(args[:1], named)
    return blank if args[1].is_constant else mix(_single(args[1:]), blank.ndim, blank.n_columns)


def _blank_like(args: Args, named: Named) -> Value:
    _only(named, "dtype")
    (data,) = _single(args)
    return constant(UNTOLD, data.ndim, data.n_columns)


def _look_up(args: Args, named: Named) -> Value:
    """Return whether, or where, each element of the first is among all of the second."""
    _only(named, "right", "side", "invert", "assume_unique")
    parts = [part for part in args if not isinstance(part, Many)]
    lists = [part for part in args if isinstance(part, Many)]
    if len(args) != 2 or not all(part.is_constant for part in flat_values(lists)):
        raise LostError
    if not parts or parts[0] is not args[0] or any(part.ndim != 1 for part in parts):
        raise LostError
    return mix(parts, 1, 1)


_REDUCE = """mean sum std var min max amin amax median any all nanmean nansum nanstd nanvar nanmin
    nanmax nanmedian prod ptp average count_nonzero argmax argmin"""

RULES: dict[str, Rule] = {
    **dict.fromkeys(
        ("clip", "isclose", "nan_to_num", "round", "around", "real", "imag"), _elementwise
    ),
    "where": _where,
    "nonzero": _nonzero,
    "select": _select,
    **dict.fromkeys(
        ("asarray", "array", "asanyarray", "ascontiguousarray", "asfortranarray", "copy"), _as_array
    ),
    "concatenate": _concatenate,
    **dict.fromkeys(("vstack", "row_stack"), _vstack),
    "hstack": _hstack,
    "column_stack": _column_stack,
    "stack": _stack,
    "append": _append,
    "delete": _delete,
    "take": _take,
    "ravel": _ravel,
    "reshape": _reshape,
    "squeeze": _squeeze,
    "transpose": _transpose,
    **dict.fromkeys(_REDUCE.split(), _reduce),
    **dict.fromkeys(("percentile", "quantile", "nanpercentile", "nanquantile"), _quantile),
    **dict.fromkeys(("argsort", "flatnonzero", "sort", "bincount"), _of_line()),
    "unique": _of_line("a"),
    **dict.fromkeys(("cumsum", "cumprod"), _cumulate),
    **dict.fromkeys(("dot", "matmul"), multiply),
    **dict.fromkeys(("zeros", "ones", "empty"), _blank),
    **dict.fromkeys(("arange", "linspace"), _line_of_constants),
    "full": _full,
    **dict.fromkeys(("zeros_like", "ones_like", "empty_like"), _blank_like),
    **dict.fromkeys(("isin", "digitize", "searchsorted"), _look_up),
}

# Methods of arrays that are functions of the same name.
_SAME = """clip round copy ravel reshape squeeze transpose mean sum std var min max any all prod
    argmax argmin argsort nonzero cumsum cumprod dot take"""


def call_method(name: str, data: Value, args: Args, named: Named) -> Any:
    """Return what a method of an array makes."""
    if name == "astype":
        _only(named, "dtype", "copy")
        return data
    if name == "flatten":
        return _as_line(data)
    if name not in _SAME.split():
        raise LostError
    return apply(name, [data, *args], named)
