"""From the recipe of an operation that combines, groups or reshapes to the edges of columns."""

from __future__ import annotations

from typing import Any

from lineage_stats.trace._lineage._frame import (
    AGGREGATED,
    DERIVED,
    FILTERED,
    GROUPED,
    IDENTITY,
    JOINED,
    Edges,
    Frame,
    Keys,
    influence,
    merged,
    used,
    valued,
)
from lineage_stats.trace._lineage._rules import Step, key_edges


def merge(step: Step) -> list[Frame]:
    """Resolve a merge of two tables."""
    recipe = step.recipe
    left, right = step.frame("l"), step.frame("r")
    for frame, name in ((left, "l"), (right, "r")):
        if frame.default is not None and not frame.columns:
            return [_blurred(step, name)]
    left_keys, right_keys = _keys(step, left, right)
    joined = merged(influence(left_keys, JOINED), influence(right_keys, JOINED))
    how = recipe.get("how", "inner")
    # The nearest one is looked up: rows of the left table stay as they are.
    asof = recipe.get("near") == "merge_asof"
    columns: dict[str, Edges] = {}
    shared = _shared(left_keys, right_keys)
    if asof:  # a key that is a column on one side only is kept as it is
        shared = [n for n in shared if n not in {*left.columns} ^ {*right.columns}]
    suffixes = recipe.get("sf") or ["_x", "_y"]
    for own, other, suffix in ((left, right, suffixes[0]), (right, left, suffixes[1])):
        for name, edges in own.columns.items():
            if name in shared:
                continue
            clash = name in other.columns and name not in shared
            kept = asof and own is left
            columns[f"{name}{suffix or ''}" if clash else name] = merged(
                edges, {} if kept else joined
            )
    for name in shared:
        value = _key_value(left, right, left_keys, right_keys, name, "left" if asof else how)
        columns[name] = value if asof else merged(value, joined)
    rows = left.rows if asof else merged(left.rows, right.rows, joined)
    made = set(step.made())
    if "_merge" in made and "_merge" not in columns:
        columns["_merge"] = merged(valued(joined, DERIVED))
    for name in made - set(columns):  # a key that only one side has, under the other's name
        key = _column_of(left_keys + right_keys, name)
        if key is not None:
            columns[name] = merged(key, joined)
    index = _joined_index(step, left, right)
    return [Frame(columns, rows, index)]


def _blurred(step: Step, name: str) -> Frame:
    both = merged(step.frame("l").all(), step.frame("r").all())
    return Frame({}, default=valued(both, DERIVED, opaque=True))


def _keys(step: Step, left: Frame, right: Frame) -> tuple[Keys, Keys]:
    recipe = step.recipe
    if recipe.get("how") == "cross":
        return [], []
    on = recipe.get("on")
    no_keys = not any(name in recipe for name in ("on", "lo", "ro", "li", "ri"))
    if on is None and no_keys:
        on = [name for name in left.columns if name in right.columns]
    both: list[Keys] = []
    for frame, short, index in ((left, "lo", "li"), (right, "ro", "ri")):
        keys = key_edges(step, frame, on) + key_edges(step, frame, recipe.get(short))
        if recipe.get(index):
            keys += frame.index
        keys += key_edges(step, frame, recipe.get("on2"))
        keys += key_edges(step, frame, recipe.get(f"{short}2"))
        both.append(keys)
    return both[0], both[1]


def _shared(left: Keys, right: Keys) -> list[str]:
    """Return names that are keys of both sides, in the same place."""
    pairs = zip(left, right, strict=False)
    return [a for (a, _), (b, _) in pairs if a is not None and a == b]


def _key_value(
    left: Frame, right: Frame, left_keys: Keys, right_keys: Keys, name: str, how: str
) -> Edges:
    ours = _column_of(left_keys, name) or {}
    theirs = _column_of(right_keys, name) or {}
    if how == "right":
        return theirs
    return merged(ours, theirs) if how == "outer" else ours


def _column_of(keys: Keys, name: str) -> Edges | None:
    return next((edges for key, edges in keys if key == name), None)


def _joined_index(step: Step, left: Frame, right: Frame) -> list[tuple[str | None, Edges]]:
    recipe = step.recipe
    if recipe.get("li") and recipe.get("ri"):
        both = merged(left.labels(), right.labels())
        return [(name, both) for name, _ in left.index]
    if recipe.get("ri"):
        return left.index
    if recipe.get("li"):
        return right.index
    return [(None, {})]


def concat(step: Step) -> list[Frame]:
    """Resolve `concat`, one below the other or side by side."""
    recipe = step.recipe
    parts = [step.known.frame(code) for code in recipe["x"]]
    if not parts:
        return [Frame({}, default={})]
    return [_beside(step, parts) if recipe.get("axis") else _below(step, parts)]


def _below(step: Step, parts: list[Frame]) -> Frame:
    rows = merged(*(part.rows for part in parts))
    names = list(dict.fromkeys(name for part in parts for name in part.columns))
    columns = {
        name: merged(*(part.columns.get(name, part.default or part.rows) for part in parts))
        for name in names
    }
    levels: list[tuple[str | None, Edges]] = [(None, {})]
    if not step.recipe.get("new"):
        n_levels = min(len(part.index) for part in parts)
        levels = [
            (parts[0].index[i][0], merged(*(part.index[i][1] for part in parts)))
            for i in range(n_levels)
        ]
        if step.recipe.get("keyed"):
            levels = [(None, {}), *levels]
    everything = merged(*(part.all() for part in parts))
    return Frame(columns, rows, levels, default=everything)


def _beside(step: Step, parts: list[Frame]) -> Frame:
    first = parts[0]
    aligned = merged(*(first.alignment(part) for part in parts[1:]))
    edges: list[tuple[str, Edges]] = [
        (name, merged(e, aligned)) for part in parts for name, e in part.columns.items()
    ]
    made = step.made()
    if len(made) == len(edges):
        columns = dict(zip(made, (e for _, e in edges), strict=True))
    else:
        columns = dict(edges)
    token = first.token if not aligned and all(p.token == first.token for p in parts) else object()
    rows = merged(*(part.rows for part in parts))
    everything = merged(*(part.all() for part in parts), aligned)
    return Frame(
        columns, rows, first.index, token, default=valued(everything, DERIVED, opaque=True)
    )


def group(step: Step) -> list[Frame]:
    """Resolve a method of a grouping, of a resampler or of a moving window."""
    recipe = step.recipe
    code = recipe["x"]
    frame = step.known.frame(code["of"])
    keys = key_edges(step, frame, code.get("by"))
    names = {name for name, _ in keys}
    chosen = code.get("only")
    data = {
        name: edges
        for name, edges in frame.columns.items()
        if (name in chosen if chosen is not None else name not in names)
    }
    if recipe["fn"] == "value_counts":
        keys = [*keys, *data.items()]
    grouped = influence(keys, GROUPED)
    kept, window = recipe.get("rows"), "window" in code.get("opt", ())
    if kept == "chosen":
        return [_chosen(step, frame, chosen, grouped)]
    use = DERIVED if kept and recipe["fn"] != "transform" else AGGREGATED
    opaque = bool(recipe.get("o"))
    anything = merged(*(valued(e, use, opaque=opaque) for e in data.values()), grouped)
    columns = {
        name: merged(_aggregated(recipe, data, name, use, anything, opaque), grouped, frame.rows)
        if recipe["fn"] in ("size", "cumcount", "ngroup")
        else merged(_aggregated(recipe, data, name, use, anything, opaque), grouped)
        for name in step.made()
    }
    if kept or (window and not keys):
        return [Frame(columns, frame.rows, frame.index, frame.token)]
    in_columns = "columns" in code.get("opt", ())
    for name, edges in keys:
        if name is not None and name in columns and (in_columns or name not in data):
            columns[name] = merged(edges, grouped)
    rows = merged(frame.rows, grouped)
    index: list[tuple[str | None, Edges]] = [(None, {})] if in_columns else keys
    return [Frame(columns, rows, [*keys, *frame.index] if window else index)]


def _chosen(step: Step, frame: Frame, chosen: Any, grouped: Edges) -> Frame:
    """Resolve what takes rows of groups as they are."""
    by = used(grouped, FILTERED)
    if step.recipe.get("o"):
        by = merged(by, used(frame.all(), FILTERED, opaque=True))
    columns = {
        name: merged(e, by)
        for name, e in frame.columns.items()
        if not chosen or name in step.made()
    }
    return Frame(columns, merged(frame.rows, by), frame.index)


def _aggregated(
    recipe: Any, data: dict[str, Edges], name: str, use: str, anything: Edges, opaque: bool
) -> Edges:
    """Return the edges of one column of a summary by its name."""
    if recipe["fn"] in ("size", "cumcount", "ngroup"):
        return {}
    source = recipe.get("named", {}).get(name, name)
    if source in data and recipe["fn"] not in ("corr", "cov", "corrwith", "apply"):
        return valued(data[source], use, opaque=opaque)
    if recipe["fn"] in ("agg", "aggregate", "describe", "ohlc") and len(data) > 1:
        starts = [column for column in data if name.startswith(f"{column}.")]
        if starts:
            return valued(data[max(starts, key=len)], use, opaque=opaque)
    return anything


def dummies(step: Step) -> list[Frame]:
    """Resolve `get_dummies` by the beginnings of names."""
    recipe, frame = step.recipe, step.frame()
    made = step.made()
    if len(frame.columns) <= 1:
        return [Frame({}, frame.rows, frame.index, frame.token,
                      default=valued(frame.all(), DERIVED))]  # fmt: skip
    encoded = recipe.get("names") or [name for name in frame.columns if name not in made]
    starts = _starts(recipe, encoded)
    columns: dict[str, Edges] = {}
    for name in made:
        if name in frame.columns and name not in (recipe.get("names") or ()):
            columns[name] = frame.columns[name]
            continue
        fitting = [c for c in encoded if name.startswith(starts[c]) and c in frame.columns]
        parts = [valued(frame.columns[c], DERIVED, opaque=len(fitting) > 1) for c in fitting]
        columns[name] = merged(*parts) if parts else valued(frame.all(), DERIVED, opaque=True)
    return [Frame(columns, frame.rows, frame.index, frame.token)]


def _starts(recipe: Any, encoded: list[str]) -> dict[str, str]:
    prefix, sep = recipe.get("prefix"), recipe.get("sep", "_")
    if isinstance(prefix, str):
        return dict.fromkeys(encoded, f"{prefix}{sep}")
    if isinstance(prefix, list):
        return {c: f"{p}{sep}" for c, p in zip(encoded, prefix, strict=False)}
    return {c: f"{(prefix or {}).get(c, c)}{sep}" for c in encoded}


def pivot(step: Step) -> list[Frame]:
    """Resolve `pivot` and `pivot_table`."""
    recipe, frame = step.recipe, step.frame()
    index = key_edges(step, frame, recipe.get("index")) or list(frame.index)
    across = key_edges(step, frame, recipe.get("columns"))
    grouped = merged(influence(index, GROUPED), influence(across, GROUPED))
    taken = {name for name, _ in (*index, *across)}
    values = recipe.get("values") or [name for name in frame.columns if name not in taken]
    use = IDENTITY if recipe.get("plain") else AGGREGATED
    sources = {
        name: merged(valued(edges, use), grouped)
        for name, edges in key_edges(step, frame, values)
        if name is not None
    }
    anything = merged(*sources.values(), grouped)
    columns = {name: _value(sources, name, anything) for name in step.made()}
    return [Frame(columns, merged(frame.rows, grouped), index, default=anything)]


def _value(sources: dict[str, Edges], name: str, anything: Edges) -> Edges:
    if name in sources:
        return sources[name]
    starts = [column for column in sources if name.startswith(f"{column}.")]
    return sources[max(starts, key=len)] if starts and len(sources) > 1 else anything


def melt(step: Step) -> list[Frame]:
    """Resolve `melt`."""
    recipe, frame = step.recipe, step.frame()
    ids = recipe.get("ids", [])
    values = recipe.get("values") or [name for name in frame.columns if name not in ids]
    stacked = merged(*(frame.columns.get(name, {}) for name in values))
    columns = {name: frame.columns[name] for name in ids if name in frame.columns}
    for name in step.made():
        if name not in columns:
            columns[name] = stacked if name == recipe.get("name") else dict(frame.rows)
    return [Frame(columns, frame.rows)]


def make(step: Step) -> list[Frame]:
    """Resolve a constructor."""
    recipe = step.recipe
    if "x" in recipe:
        frame = step.frame()
        names = step.made()
        same = not frame.by_position and set(names) <= set(frame.columns)
        return [Frame(frame.columns, frame.rows, frame.index, frame.token,
                      default=None if same else frame.all(), by_position=not same)]  # fmt: skip
    if "to" not in recipe:
        parts = [step.known.frame(code) for code in recipe.get("mix", ())]
        everything = merged(*(valued(p.all(), DERIVED) for p in parts))
        return [Frame({}, merged(*(p.rows for p in parts)), default=everything)]
    return [_from_parts(step, recipe["to"])]


def _from_parts(step: Step, to: dict[str, Any]) -> Frame:
    """Resolve a constructor that is given a dictionary of columns."""
    parts = {name: step.known.frame(code) for name, code in to.items() if code not in (0, None)}
    labelled = [part for part in parts.values() if not part.plain and part.columns]
    first = labelled[0] if labelled else Frame()
    aligned = merged(*(first.alignment(part) for part in labelled[1:]))
    rows = merged(*(part.rows for part in parts.values()))
    columns: dict[str, Edges] = {}
    for name in to:
        columns[name] = merged(parts[name].all(), aligned) if name in parts else dict(rows)
    token = object() if aligned else first.token
    everything = merged(*columns.values(), rows)
    return Frame(columns, rows, first.index, token, default=everything)
