"""Recipes of functions of pandas that combine, group or reshape; see `_recipes`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lineage_stats.features import is_data
from lineage_stats.features._families import family_of
from lineage_stats.features._pandas_access import label
from lineage_stats.hooks._columns._links import columns_of, key_codes
from lineage_stats.hooks._columns._recipes import EACH, MIX, Bound, Maker, Recipe
from lineage_stats.hooks._objects import parts_of

if TYPE_CHECKING:
    from lineage_stats.hooks._columns._book import RecordedCall

_ACROSS = (1, "columns")
_ROWS_KEPT = frozenset(
    """transform cumcount ngroup rank shift diff pct_change ffill bfill fillna cumsum cumprod
    cummax cummin""".split()
)
_ROWS_CHOSEN = frozenset("filter head tail sample take get_group nlargest nsmallest nth".split())


_JOIN_KEYS = (
    ("on", "on", "left"), ("left_on", "lo", "left"), ("right_on", "ro", "right"),
    ("by", "on2", "left"), ("left_by", "lo2", "left"), ("right_by", "ro2", "right"),
)  # fmt: skip


def _join(call: RecordedCall, b: Bound) -> Recipe | None:
    """Describe a merge, by keys or by nearest keys."""
    left = b.get("left", b.get("self"))
    right = b.get("right")
    recipe: Recipe = {"as": "merge", "l": call.code(left), "r": call.code(right)}
    for name, short, owner in _JOIN_KEYS:
        if b.get(name) is not None:
            table = right if owner == "right" else left
            recipe[short] = list(key_codes(call, b[name], table))
    for name, short in (("left_index", "li"), ("right_index", "ri")):
        if b.get(name):
            recipe[short] = 1
    how = b.get("how")
    if isinstance(how, str) and how != "inner":
        recipe["how"] = how
    suffixes = b.get("suffixes")
    if suffixes is not None:
        recipe["sf"] = [None if s is None else str(s) for s in suffixes]
    if b.get("fill_method"):
        recipe["fill"] = 1
    method = call.target.path.rpartition(".")[2]
    if method != "merge":
        recipe["near"] = method
    return recipe


def _index_join(call: RecordedCall, b: Bound) -> Recipe | None:
    """Describe ``df.join(other)``."""
    other = b.get("other")
    if not is_data(other):
        return {"as": "concat", "x": [call.code(v) for v in (call.owner, *parts_of(other))],
                "axis": 1}  # fmt: skip
    recipe: Recipe = {
        "as": "merge", "l": call.code(call.owner), "r": call.code(other), "ri": 1,
        "how": b.get("how") or "left",
        "sf": _suffixes(b),
    }  # fmt: skip
    if b.get("on") is None:
        recipe["li"] = 1
    else:
        recipe["lo"] = list(key_codes(call, b["on"], call.owner))
    return recipe


def _suffixes(b: Bound) -> list[str]:
    both = b.get("suffixes")
    if isinstance(both, tuple | list) and len(both) == 2:
        return [str(suffix or "") for suffix in both]
    return [str(b.get("lsuffix") or ""), str(b.get("rsuffix") or "")]


def _concat(call: RecordedCall, b: Bound) -> Recipe | None:
    objects = b.get("objs")
    if not isinstance(objects, list | tuple | dict):
        return MIX(call, b)
    parts = list(objects.values()) if isinstance(objects, dict) else list(objects)
    if len(parts) > 64:
        return None  # more than are looked at
    recipe: Recipe = {"as": "concat", "x": [call.code(part) for part in parts if part is not None]}
    if b.get("axis") in _ACROSS:
        recipe["axis"] = 1
    if b.get("ignore_index"):
        recipe["new"] = 1
    if b.get("keys") is not None or isinstance(objects, dict):
        recipe["keyed"] = 1
    return recipe


def _dummies(call: RecordedCall, b: Bound) -> Recipe | None:
    columns, prefix = b.get("columns"), b.get("prefix")
    sep = b.get("prefix_sep", "_")
    recipe: Recipe = {"as": "dummies", "x": call.code(b.get("data")), "sep": "_"}
    if isinstance(sep, str):
        recipe["sep"] = sep
    if columns is not None:
        recipe["names"] = list(columns_of(columns))
    if isinstance(prefix, dict):
        recipe["prefix"] = {label(k): str(v) for k, v in prefix.items()}
    elif isinstance(prefix, list | tuple):
        recipe["prefix"] = [str(p) for p in prefix]
    elif prefix is not None:
        recipe["prefix"] = str(prefix)
    return recipe


def _pivot(call: RecordedCall, b: Bound) -> Recipe | None:
    data = b.get("data", b.get("self"))
    recipe: Recipe = {"as": "pivot", "x": call.code(data)}
    for name in ("index", "columns", "values"):
        value = b.get(name)
        if value is not None and type(value).__name__ != "_NoDefault":
            recipe[name] = list(key_codes(call, value, data)) if _is_key(value) else [None]
    if not call.target.path.endswith("pivot_table"):
        recipe["plain"] = 1
    return recipe


def _is_key(value: Any) -> bool:
    return not isinstance(value, type(Ellipsis)) and type(value).__name__ != "NoDefault"


def _melt(call: RecordedCall, b: Bound) -> Recipe | None:
    recipe: Recipe = {"as": "melt", "x": call.code(b.get("frame", b.get("self")))}
    for name, short in (("id_vars", "ids"), ("value_vars", "values")):
        if b.get(name) is not None:
            recipe[short] = list(columns_of(b[name]))
    recipe["name"] = label(b.get("value_name", "value"))
    return recipe


def _make(call: RecordedCall, b: Bound) -> Recipe | None:
    """Describe a constructor that is given data."""
    data = b.get("data")
    index = b.get("index")
    if not call.all_data():
        return None
    recipe: Recipe = {"as": "make"}
    if isinstance(data, dict):
        recipe["to"] = {label(k): call.value(v) for k, v in data.items()}
    elif is_data(data):
        recipe["x"] = call.code(data)
    elif isinstance(data, list | tuple):
        recipe["mix"] = [call.code(part) for part in data[:64] if is_data(part)]
    elif data is not None:
        return None
    if is_data(index):
        recipe["index"] = call.value(index)
    return recipe


def _first(call: RecordedCall, b: Bound) -> Recipe | None:
    """Describe a function of one column."""
    data = call.args[0] if call.args else next(iter(call.kwargs.values()), None)
    if family_of(type(data)) not in ("series", "index", "array"):
        return MIX(call, b)
    recipe = EACH(call, b)
    recipe["x"] = call.code(data)
    recipe["with"] = [v for part in call.others() if (v := call.value(part)) != 0]
    return recipe


def grouped(call: RecordedCall, b: Bound) -> Recipe | None:
    """Describe a method of a grouping, of a resampler or of a moving window."""
    grouping = call.origin(call.owner)
    if grouping is None or grouping.keys is None:
        return None
    method = call.target.path.rpartition(".")[2]
    recipe: Recipe = {"as": "group", "x": grouping, "fn": method}
    if method in _ROWS_KEPT:
        recipe["rows"] = "kept"
    elif method in _ROWS_CHOSEN:
        recipe["rows"] = "chosen"
    if method in ("agg", "aggregate"):
        _describe_aggregation(call, b, recipe)
    elif method in ("apply", "transform", "filter", "pipe"):
        func = b.get("func", b.get("function"))
        if not isinstance(func, str):
            recipe["o"] = 1
    return recipe


def _describe_aggregation(call: RecordedCall, b: Bound, recipe: Recipe) -> None:
    named = {
        label(name): label(value[0])
        for name, value in call.kwargs.items()
        if isinstance(value, tuple) and len(value) == 2
    }
    func = b.get("func")
    functions = [*(func.values() if isinstance(func, dict) else parts_of(func))]
    functions += [v[1] if isinstance(v, tuple) else v for v in call.kwargs.values()]
    if named:
        recipe["named"] = named
    if any(callable(f) and not isinstance(f, type) for f in functions):
        recipe["o"] = 1


FUNCTIONS: dict[str, Maker] = {
    **dict.fromkeys(("merge", "merge_asof", "merge_ordered"), _join),
    "DataFrame.merge": _join,
    "DataFrame.join": _index_join,
    "concat": _concat,
    "get_dummies": _dummies,
    **dict.fromkeys(("pivot_table", "pivot"), _pivot),
    **dict.fromkeys(("DataFrame.pivot_table", "DataFrame.pivot"), _pivot),
    **dict.fromkeys(("melt", "DataFrame.melt"), _melt),
    **dict.fromkeys(("DataFrame.__init__", "Series.__init__"), _make),
    **dict.fromkeys(("cut", "qcut", "to_datetime", "to_numeric", "to_timedelta"), _first),
    **dict.fromkeys(("crosstab", "from_dummies", "wide_to_long", "lreshape", "factorize"), MIX),
    "DataFrame.stack": MIX,
}
