"""What is written down of a call of pandas so that the sources of each column can be told later.

A *recipe* is a small dictionary of names of columns and references, made in microseconds. It holds
only what kinds and schemas do not tell; `lineage_stats.trace` turns it into edges between columns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from operator import index
from typing import TYPE_CHECKING, Any

from lineage_stats.features import is_data
from lineage_stats.features._families import family_of
from lineage_stats.features._pandas_access import label
from lineage_stats.hooks._columns._links import columns_of, is_name, key_codes
from lineage_stats.hooks._objects import parts_of

if TYPE_CHECKING:
    from lineage_stats.hooks._columns._book import RecordedCall

Recipe = dict[str, Any]
Bound = Mapping[str, Any]
Maker = Callable[["RecordedCall", Bound], Recipe | None]

_ACROSS = (1, "columns")
_BY_NAME = (".fillna", ".astype", ".round")  # given a dict, they touch its columns only
_WORD = re.compile(r"`([^`]+)`|(@?[^\W\d]\w*)")


def _one(call: RecordedCall, columns: str, **more: Any) -> Recipe:
    """Describe what keeps the columns of one table: by name, by position, each or mixed."""
    return {"as": "one", "x": call.code(call.owner), "cols": columns, **more}


def _rows(call: RecordedCall, b: Bound) -> Recipe:
    by = list(key_codes(call, b["weights"], call.owner)) if b.get("weights") is not None else None
    return _one(call, "names", rows=1, by=by) if by else _one(call, "names", rows=1)


def _rows_by_index(call: RecordedCall, b: Bound) -> Recipe:
    return _one(call, "names", rows=1, by=[{"level": None}])


def _dropna(call: RecordedCall, b: Bound) -> Recipe:
    if b.get("axis", 0) in _ACROSS:
        return _one(call, "names")
    return _by_subset(call, b.get("subset"))


def _by_subset(call: RecordedCall, subset: Any, rel: str = "f") -> Recipe:
    by: Any = "*" if subset is None else list(key_codes(call, _as_list(subset), call.owner))
    return _one(call, "names", rows=1, by=by, rel=rel)


def _as_list(names: Any) -> Any:
    return [*names] if is_data(names) and hasattr(names, "tolist") else names


def _unique_rows(call: RecordedCall, b: Bound) -> Recipe:
    return _by_subset(call, b.get("subset"))


def _largest(call: RecordedCall, b: Bound) -> Recipe:
    return _by_subset(call, b.get("columns"))


def _sort(call: RecordedCall, b: Bound) -> Recipe:
    if b.get("axis", 0) in _ACROSS:
        return _one(call, "names")
    by = b.get("by")
    return _one(
        call,
        "names",
        rows=1,
        rel="o",
        by="*" if by is None else list(key_codes(call, by, call.owner)),
    )


def _sort_index(call: RecordedCall, b: Bound) -> Recipe:
    if b.get("axis", 0) in _ACROSS:
        return _one(call, "names")
    return _one(call, "names", rows=1, rel="o", by=[{"level": None}])


def words_in(text: Any) -> set[str]:
    """Return the words of an expression that may be names of columns."""
    found = _WORD.findall(text) if isinstance(text, str) else ()
    return {quoted or word for quoted, word in found if not word.startswith("@")}


def _query(call: RecordedCall, b: Bound) -> Recipe:
    words = words_in(b.get("expr"))
    by: list[Any] = [name for name in call.columns_of(call.owner) if name in words]
    hidden = words - set(by)
    return _one(call, "names", rows=1, by=[*by, {"level": None}] if hidden else by)


def _eval(call: RecordedCall, b: Bound) -> Recipe:
    """Describe ``df.eval("c = a + b")``: for each new column, the words on the right."""
    text = b.get("expr")
    owner = call.columns_of(call.owner)
    to: dict[str, Any] = {}
    for line in (text if isinstance(text, str) else "").splitlines():
        name, sign, right = line.partition("=")
        if sign and not right.startswith("=") and name.strip() in call.columns_made():
            words = words_in(right)
            known = [column for column in (*owner, *to) if column in words]
            to[name.strip()] = {"names": known}
    return {"as": "set", "x": call.code(call.owner), "to": to} if to else _one(call, "mix")


def _mask(call: RecordedCall, b: Bound) -> Recipe:
    """Describe ``df[mask]``, ``df[slice]``, ``df[columns]`` and ``df[frame]``."""
    key = call.args[1] if len(call.args) > 1 else None
    if family_of(type(key)) == "frame":
        return _one(call, "each", **{"with": [call.code(key)]})
    kind = call.kind
    if kind == "selection":
        if callable(key):
            return _one(call, "names", rows=1, by="*", o=1)
        mask = call.origin(key)
        if mask is not None:
            return _one(call, "names", rows=1, by=[[None, mask]])
        return _one(call, "names", rows=1)
    return _one(call, "names")


def _located(call: RecordedCall, b: Bound) -> Recipe:
    """Describe ``df.loc[rows, columns]`` and ``df.iloc[...]``."""
    owner = call.owner
    key = call.args[1] if len(call.args) > 1 else None
    rows = key[0] if isinstance(key, tuple) and key else key
    result = family_of(type(call.result))
    more: Recipe = {"rows": 1}
    by = _rows_chosen(call, rows)
    if by:
        more["by"] = by
    if result == "series" and family_of(type(owner)) == "frame":
        if not isinstance(key, tuple) or len(key) < 2 or _is_many(key[1]):
            return _one(call, "mix", **more)  # a row, or a row of some columns
        if not is_name(call.result.name, owner):
            return _one(call, "mix", **more)
        more["only"] = [label(call.result.name)]
    return _one(call, "names", **more)


def _rows_chosen(call: RecordedCall, rows: Any) -> list[Any]:
    by: list[Any] = []
    if isinstance(rows, slice):
        if rows.start is None and rows.stop is None:
            return by
    else:
        mask = call.origin(rows)
        if mask is not None:
            by.append([None, mask])
    if callable(rows):
        return [None]
    if getattr(call.args[0], "name", "loc") == "loc":
        by.append({"level": None})
    return by


def _is_many(key: Any) -> bool:
    return isinstance(key, list | slice) or (is_data(key) and hasattr(key, "tolist"))


def _put(call: RecordedCall, b: Bound) -> Recipe:
    """Describe ``df.loc[rows, columns] = value``."""
    key = call.args[1] if len(call.args) > 1 else None
    rows = key[0] if isinstance(key, tuple) and key else key
    whole = isinstance(rows, slice) and rows.start is None and rows.stop is None
    columns = key[1] if isinstance(key, tuple) and len(key) > 1 else None
    by_position = getattr(call.args[0], "name", "") in ("iloc", "iat")
    value = call.args[-1]
    return {
        "as": "put",
        "x": call.code(call.owner),
        "by": _rows_chosen(call, rows),
        "names": _columns_put(call, columns, by_position),
        "v": call.value(value),
        **({"whole": 1} if whole else {}),
        **({"at": 1} if by_position or family_of(type(value)) == "array" else {}),
    }


def _columns_put(call: RecordedCall, columns: Any, by_position: bool) -> list[str] | None:
    """Return the names of the columns that values are put in; None if it may be any."""
    if columns is None or call.owner is None or family_of(type(call.owner)) != "frame":
        return None
    have = call.columns_of(call.owner)
    if by_position:
        return chosen_by_position(have, columns)
    labels = call.owner.columns
    if isinstance(columns, slice):
        return _chosen_by_labels(have, labels, columns)
    if _is_many(columns) and family_of(type(columns)) != "series":
        columns = [*columns]
    chosen = columns if isinstance(columns, list) else [columns]
    if chosen and all(type(flag).__name__ in ("bool", "bool_") for flag in chosen):
        return chosen_by_position(have, chosen)
    # Any label that is none of a column is one of rows.
    if not all(is_name(name, call.owner) for name in chosen):
        return None
    names = [label(name) for name in chosen]
    return names if set(names) <= set(have) else None


def _chosen_by_labels(have: tuple[str, ...], labels: Any, key: slice) -> list[str] | None:
    try:
        return list(have[labels.slice_indexer(key.start, key.stop, key.step)])
    except (KeyError, TypeError, ValueError):
        return None


def chosen_by_position(have: tuple[str, ...], key: Any) -> list[str] | None:
    """Return names at a position, at several, in a slice or at those marked; None if unclear.

    Examples
    --------
    >>> chosen_by_position(("a", "b", "c"), slice(1, None))
    ['b', 'c']
    >>> chosen_by_position(("a", "b", "c"), [True, False, True])
    ['a', 'c']
    >>> chosen_by_position(("a", "b", "c"), -1), chosen_by_position(("a", "b", "c"), [7])
    (['c'], None)
    """
    try:
        if isinstance(key, slice):
            return list(have[key])
        keys = [*key] if hasattr(key, "__iter__") else [key]
        flags = [type(k).__name__ in ("bool", "bool_") for k in keys]
        if any(flags):
            marked = zip(have, keys, strict=True)
            return [name for name, flag in marked if flag] if all(flags) else None
        return [have[index(k)] for k in keys]
    except (IndexError, TypeError, ValueError):
        return None


def _assign(call: RecordedCall, b: Bound) -> Recipe:
    given = {label(k): call.value(v) for k, v in call.kwargs.items()}
    return {"as": "set", "x": call.code(call.owner), "to": given}


def _set_item(call: RecordedCall, b: Bound) -> Recipe:
    """Describe ``df["x"] = value`` and its kin, and ``del df["x"]``."""
    if len(call.args) < 3:
        return _one(call, "names")
    key, value = call.args[1], call.args[2]
    if is_data(key) and not hasattr(type(key), "_id"):  # a mask; an Index holds names
        return _one(call, "each", **{"with": [call.code(key), call.value(value)]})
    if isinstance(key, list) and family_of(type(value)) in ("frame", "array"):
        to: Any = [list(columns_of(key)), call.value(value)]
        return {"as": "set_many", "x": call.code(call.owner), "to": to}
    source = call.value(value)
    if family_of(type(call.owner)) != "frame":
        return _one(call, "each", **{"with": [source]})  # a cell of a column
    return {"as": "set", "x": call.code(call.owner), "to": dict.fromkeys(columns_of(key), source)}


def _set_attribute(call: RecordedCall, b: Bound) -> Recipe:
    name = call.args[1]
    if name == "columns":
        return _one(call, "positions")
    if name == "index":
        return _one(call, "names", index=[[None, call.value(call.args[2])]])
    return _set_item(call, b)


def _insert(call: RecordedCall, b: Bound) -> Recipe:
    to = {label(b.get("column")): call.value(b.get("value"))}
    return {"as": "set", "x": call.code(call.owner), "to": to}


def _set_position(call: RecordedCall, b: Bound) -> Recipe:
    names = chosen_by_position(call.columns_of(call.owner), b.get("loc"))
    return {
        "as": "put", "x": call.code(call.owner), "names": names, "v": call.value(b.get("value")),
        "whole": 1, "at": 1,
    }  # fmt: skip


def _each(call: RecordedCall, b: Bound) -> Recipe:
    """Describe what computes each column from itself and from other arguments."""
    across = b.get("axis", 0) in _ACROSS and family_of(type(call.owner)) == "frame"
    recipe = _one(call, "mix" if across else "each")
    sources: list[Any] = []
    for part in call.others():
        source = call.value(part)
        if source is None or source != 0:
            sources.append(source)
        if source is None and not isinstance(part, type):
            recipe["o"] = 1
    if sources:
        recipe["with"] = sources
    if call.target.path.endswith(_BY_NAME):
        touched = next(iter(call.others_as_given()), None)
        if isinstance(touched, dict):
            recipe["names"] = [label(name) for name in touched]
    return recipe


def _update(call: RecordedCall, b: Bound) -> Recipe:
    return _one(call, "each", **{"with": [call.value(part) for part in call.others()]})


def _function(call: RecordedCall, b: Bound) -> Recipe:
    """Describe what a function of the user's makes of a table or column."""
    shapes = family_of(type(call.owner)), family_of(type(call.result))
    same = shapes[0] == shapes[1] and call.columns_made() == call.columns_of(call.owner)
    if shapes[0] == "frame" and b.get("axis", 0) in _ACROSS:
        same = False
    named = isinstance(b.get("func"), str)
    recipe = _each(call, b)
    recipe["cols"] = "each" if same or shapes == ("series", "series") else "mix"
    if named:
        recipe.pop("o", None)
    return recipe


def _set_index(call: RecordedCall, b: Bound) -> Recipe:
    recipe = _one(call, "names")
    recipe["index"] = list(key_codes(call, b.get("keys"), call.owner))
    if b.get("append"):
        recipe["append"] = 1
    return recipe


def _reset_index(call: RecordedCall, b: Bound) -> Recipe:
    recipe: Recipe = {"as": "reset_index", "x": call.code(call.owner)}
    if b.get("drop"):
        recipe["drop"] = 1
    if b.get("level") is not None:
        recipe["level"] = list(columns_of(b["level"]))
    return recipe


def _rename_axis(call: RecordedCall, b: Bound) -> Recipe:
    recipe = _one(call, "names")
    names = b.get("mapper", b.get("index"))
    if isinstance(names, str | list) and b.get("axis", 0) not in _ACROSS:
        recipe["called"] = list(columns_of(names))
    return recipe


def _reindex(call: RecordedCall, b: Bound) -> Recipe:
    rows = b.get("index", b.get("labels") if b.get("axis", 0) not in _ACROSS else None)
    if rows is None and "columns" in b:
        return _one(call, "names", new=1)
    by: list[Any] = [{"level": None}]
    if call.origin(rows) is not None:
        by.append([None, call.value(rows)])
    return _one(call, "names", new=1, rows=1, by=by)


def _drop(call: RecordedCall, b: Bound) -> Recipe:
    of_rows = b.get("index") is not None or (
        b.get("labels") is not None and b.get("axis", 0) not in _ACROSS
    )
    if not of_rows:
        return _one(call, "names")
    rows = b.get("index") if b.get("index") is not None else b.get("labels")
    by: list[Any] = [{"level": None}]
    if call.origin(rows) is not None:
        by.append([None, call.value(rows)])
    return _one(call, "names", rows=1, by=by)


def _explode(call: RecordedCall, b: Bound) -> Recipe:
    column = b.get("column")
    by: Any = "*" if column is None else list(key_codes(call, _as_list(column), call.owner))
    return _one(call, "names", rows=1, by=by)


def _counts(call: RecordedCall, b: Bound) -> Recipe:
    subset = b.get("subset")
    by = None if subset is None else list(key_codes(call, _as_list(subset), call.owner))
    return {"as": "counts", "x": call.code(call.owner), "by": by}


def _pop(call: RecordedCall, b: Bound) -> Recipe:
    return {"as": "pop", "x": call.code(call.owner), "name": label(call.args[1])}


def _names(call: RecordedCall, b: Bound) -> Recipe:
    return _one(call, "names")


def _positions(call: RecordedCall, b: Bound) -> Recipe:
    return _one(call, "positions")


def _mix(call: RecordedCall, b: Bound) -> Recipe:
    return {"as": "mix", "x": [call.code(part) for part in call.all_data()], "rows": 1}


def _summary(call: RecordedCall, b: Bound) -> Recipe:
    return {**_mix(call, b), "use": "a"}


def _aggregate(call: RecordedCall, b: Bound) -> Recipe:
    """Describe a summary of columns: those that keep their names come from themselves."""
    names = call.columns_made()
    whole = family_of(type(call.owner)) == family_of(type(call.result)) == "frame"
    if not whole or names != call.columns_of(call.owner) or b.get("axis", 0) in _ACROSS:
        return _summary(call, b)
    recipe = _each(call, b)
    recipe.update(cols="each", use="a", rows=1)
    return recipe


def _repeat(call: RecordedCall, b: Bound) -> Recipe:
    by = [[None, call.value(part)] for part in call.others() if call.origin(part) is not None]
    return _one(call, "names", rows=1, **({"by": by} if by else {}))


def _written(call: RecordedCall, b: Bound) -> Recipe:
    return {"as": "sink", "x": [call.code(part) for part in call.all_data()]}


def _parts(value: Any) -> list[Any]:
    return [part for part in parts_of(value) if is_data(part)]


METHODS: dict[str, Maker] = {
    **dict.fromkeys("head tail sample first last".split(), _rows),
    **dict.fromkeys("truncate xs take at_time between_time asof".split(), _rows_by_index),
    "dropna": _dropna,
    "drop_duplicates": _unique_rows,
    **dict.fromkeys(("nlargest", "nsmallest"), _largest),
    "sort_values": _sort,
    "sort_index": _sort_index,
    "query": _query,
    "eval": _eval,
    "__getitem__": _mask,
    "__setitem__": _set_item,
    "__delitem__": _set_item,
    "__setattr__": _set_attribute,
    "pop": _pop,
    "assign": _assign,
    "insert": _insert,
    "isetitem": _set_position,
    **dict.fromkeys(("update", "combine", "combine_first"), _update),
    **dict.fromkeys(
        """fillna ffill bfill pad backfill interpolate cumsum cumprod cummax cummin replace astype
        where mask clip round shift diff rank pct_change convert_dtypes case_when""".split(),
        _each,
    ),
    **dict.fromkeys(("apply", "map", "applymap", "transform"), _function),
    **dict.fromkeys(("agg", "aggregate"), _aggregate),
    **dict.fromkeys(("corr", "cov"), _summary),
    "value_counts": _counts,
    "drop": _drop,
    **dict.fromkeys(("filter", "select", "select_dtypes"), _names),
    **dict.fromkeys(("rename", "add_prefix", "add_suffix", "set_axis"), _positions),
    **dict.fromkeys(("droplevel", "swaplevel", "reorder_levels"), _positions),
    "rename_axis": _rename_axis,
    **dict.fromkeys(("reindex", "reindex_like"), _reindex),
    "set_index": _set_index,
    "reset_index": _reset_index,
    "explode": _explode,
    "repeat": _repeat,
    **dict.fromkeys(("unstack", "stack", "factorize", "transpose", "T", "swapaxes"), _mix),
    "asfreq": _rows_by_index,
}
LOCATORS: dict[str, Maker] = {"__getitem__": _located, "__setitem__": _put}
SINK = _written
MIX = _mix
EACH = _each
# They look at no argument by its name, which takes a microsecond to find out.
NAMELESS: frozenset[Maker] = frozenset(
    [_assign, _located, _mask, _mix, _names, _pop, _positions, _put, _repeat, _rows_by_index,
     _set_attribute, _set_item, _update, _written]
)  # fmt: skip
