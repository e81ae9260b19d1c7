"""From the recipe of an operation on one table to the edges of the columns that it made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lineage_stats.trace._lineage._frame import (
    AGGREGATED,
    DERIVED,
    FILTERED,
    GROUPED,
    IDENTITY,
    JOINED,
    ORDERED,
    Edges,
    Frame,
    Keys,
    Known,
    influence,
    merged,
    unknown,
    used,
    valued,
)
from lineage_stats.trace._operation import Operation

Recipe = Mapping[str, Any]


@dataclass
class Step:
    """One operation that is being resolved."""

    known: Known
    op: Operation
    recipe: Recipe

    def made(self, port: int = 0) -> tuple[str, ...]:
        """Return the names of the columns of an output."""
        outputs = self.op.outputs
        return self.known.names(outputs[port].id) if port < len(outputs) else ()

    def frame(self, name: str = "x") -> Frame:
        """Return the input that the recipe calls so."""
        return self.known.frame(self.recipe.get(name, "?"))

    def inputs(self) -> Frame:
        """Return everything that the operation read, without telling columns apart."""
        frames = [self.known.whole(ref.id) for ref in self.op.inputs]
        rows = merged(*(f.rows for f in frames))
        return Frame({}, rows, default=merged(*(f.all() for f in frames)))


Rule = Callable[[Step], list[Frame]]

_HOW = {
    "i": IDENTITY, "d": DERIVED, "a": AGGREGATED,
    "f": FILTERED, "j": JOINED, "g": GROUPED, "o": ORDERED,
}  # fmt: skip


def key_edges(step: Step, frame: Frame, keys: Any) -> Keys:
    """Return name and edges of each key that a recipe names."""
    return step.known.keys(frame, keys)


def one(step: Step) -> list[Frame]:
    """Resolve what keeps the columns of one table."""
    recipe, frame = step.recipe, step.frame()
    opaque = bool(recipe.get("o"))
    relation = ORDERED if recipe.get("rel") == "o" else FILTERED
    by = influence(key_edges(step, frame, recipe.get("by")), relation, opaque=opaque)
    result = _shaped(step, frame, opaque and not by)
    result.columns = {
        name: merged(edges, by, *_others(step, frame, name))
        for name, edges in result.columns.items()
    }
    if result.default is not None:
        result.default = merged(result.default, by, *_others(step, frame, None))
    result.rows, result.index, result.token = merged(frame.rows, by), frame.index, frame.token
    if recipe.get("rows"):
        result.token = object()
    _reindexed(step, frame, result)
    return [result]


def _shaped(step: Step, frame: Frame, opaque: bool) -> Frame:
    recipe = step.recipe
    kind = recipe.get("cols")
    if kind == "mix":
        return Frame({}, default=valued(frame.all(), DERIVED, opaque=opaque))
    use = DERIVED if kind == "each" else IDENTITY
    if recipe.get("use") == "a":
        use = AGGREGATED
    touched = recipe.get("names")
    columns = {
        name: valued(e, use, opaque=opaque) if touched is None or name in touched else e
        for name, e in frame.columns.items()
    }
    if "only" in recipe:
        columns = {name: e for name, e in columns.items() if name in recipe["only"]}
    result = Frame(columns, by_position=kind == "positions" or frame.by_position)
    if frame.default is not None:
        result.default = valued(frame.default, use, opaque=opaque)
    if recipe.get("new"):
        result.default = {}
    return result


def _others(step: Step, frame: Frame, name: str | None) -> Iterable[Edges]:
    """Yield what other arguments give to a column."""
    for code in step.recipe.get("with", ()):
        if code == 0:
            continue
        if code in (None, "?"):
            yield unknown() if code == "?" else {}
            continue
        other = step.known.frame(code)
        by_name = step.known.is_table(code)
        found = other.columns.get(name, {}) if by_name and name is not None else other.all()
        yield valued(found, DERIVED)
        if not (isinstance(code, list) and any(leaf[-1] == "a" for leaf in code[1:])):
            yield frame.alignment(other)


def _reindexed(step: Step, frame: Frame, result: Frame) -> None:
    recipe = step.recipe
    if "index" in recipe:
        levels = key_edges(step, frame, recipe["index"])
        result.index = [*frame.index, *levels] if recipe.get("append") else levels
        result.token = object()
    if "called" in recipe:
        names = recipe["called"]
        result.index = [
            (names[i] if i < len(names) else name, edges)
            for i, (name, edges) in enumerate(frame.index)
        ]


def put_columns(step: Step) -> list[Frame]:
    """Resolve an assignment of columns."""
    frame = step.frame()
    for name, code in step.recipe["to"].items():
        frame.columns[name] = _assigned(step, frame, code)
    return [_like(frame, frame.columns)]


def _assigned(step: Step, frame: Frame, code: Any) -> Edges:
    if code == 0:
        return dict(frame.rows)
    if code == "?":
        return merged(unknown(), frame.rows)
    if code is None:
        return valued(frame.all(), DERIVED, opaque=True)
    if isinstance(code, dict) and "names" in code:
        parts = [frame.columns[name] for name in code["names"] if name in frame.columns]
        return merged(*(valued(e, DERIVED) for e in parts)) if parts else dict(frame.rows)
    other = step.known.frame(code)
    if _is_summary(code):
        return merged(other.all(), frame.rows)
    return merged(other.all(), frame.alignment(other))


def _is_summary(code: Any) -> bool:
    """Return whether an input has no rows of its own."""
    leaves = code[1:] if isinstance(code, list) else ()
    return len(leaves) > 0 and all(leaf[-1] == "a" and len(leaf) > 2 for leaf in leaves)


def _like(frame: Frame, columns: dict[str, Edges]) -> Frame:
    return Frame(columns, frame.rows, frame.index, frame.token)


def put_many(step: Step) -> list[Frame]:
    """Resolve ``df[["a", "b"]] = values``."""
    frame = step.frame()
    names, code = step.recipe["to"]
    if code in (0, "?", None):
        frame.columns.update({name: _assigned(step, frame, code) for name in names})
        return [frame]
    other = step.known.frame(code)
    aligned = frame.alignment(other)
    parts = [*other.columns.values()]
    for i, name in enumerate(names):
        source = parts[i] if len(parts) == len(names) else other.all()
        frame.columns[name] = merged(source, aligned)
    return [frame]


def put_cells(step: Step) -> list[Frame]:
    """Resolve ``df.loc[rows, columns] = value``."""
    recipe, frame = step.recipe, step.frame()
    names = recipe.get("names")
    by = influence(key_edges(step, frame, recipe.get("by")), FILTERED)
    constant = recipe.get("v") == 0
    values = _values_put(step, frame, names)
    whole, certain = recipe.get("whole"), names is not None
    for name in names if names is not None else [*frame.columns]:
        before = {} if whole and certain else valued(frame.columns.get(name, {}), DERIVED)
        given = {} if constant and name in frame.columns else values(name)
        put = merged(by, given, {} if before else frame.rows)
        if not certain:  # it may be all of this column's cells, or none
            put, before = dict.fromkeys(put, True), dict.fromkeys(before, bool(whole))
        frame.columns[name] = merged(before, put)
    return [frame]


def _values_put(step: Step, frame: Frame, names: list[str] | None) -> Callable[[str], Edges]:
    """Return what gives the edges of the value that is put into a column."""
    code = step.recipe.get("v")
    together = _assigned(step, frame, code)
    if names is None or code in (0, "?", None):
        return lambda name: together
    other = step.known.frame(code)
    aligned = frame.alignment(other)
    parts = [*other.columns.values()]
    if step.known.is_table(code) and not step.recipe.get("at"):
        return lambda name: merged(other.columns.get(name, {}), aligned)
    if len(parts) == len(names) and len(parts) > 1:
        return lambda name: merged(parts[names.index(name)], aligned)
    return lambda name: together


def take_out(step: Step) -> list[Frame]:
    """Resolve `pop`."""
    frame = step.frame()
    taken = frame.columns.pop(step.recipe["name"], frame.all())
    return [frame, _like(frame, {step.recipe["name"]: taken})]


def index_to_columns(step: Step) -> list[Frame]:
    """Resolve `reset_index`."""
    recipe, frame = step.recipe, step.frame()
    if recipe.get("drop"):
        return [replace(frame, index=[(None, {})], token=object())]
    wanted = recipe.get("level")
    chosen = [
        (name, edges)
        for i, (name, edges) in enumerate(frame.index)
        if wanted is None or name in wanted or str(i) in wanted
    ]
    rest = [level for level in frame.index if level not in chosen]
    new = [name for name in step.made() if name not in frame.columns]
    columns = dict(zip(new, (merged(e, frame.rows) for _, e in chosen), strict=False))
    if len(frame.columns) == 1 and len(step.made()) == len(chosen) + 1:
        columns[step.made()[-1]] = frame.all()  # a column that gets a name
    columns.update({n: e for n, e in frame.columns.items() if n not in columns})
    return [Frame(columns, frame.rows, rest or [(None, {})])]


def counts(step: Step) -> list[Frame]:
    """Resolve `value_counts`."""
    frame = step.frame()
    keys = key_edges(step, frame, step.recipe.get("by") or "*")
    rows = merged(frame.rows, influence(keys, GROUPED))
    edges = merged(*(valued(e, AGGREGATED) for _, e in keys))
    index = [(name or None, e) for name, e in keys]
    return [Frame({}, rows, index, default=merged(edges, influence(keys, GROUPED)))]


def mixed(step: Step) -> list[Frame]:
    """Resolve what makes every column of all inputs."""
    codes = step.recipe.get("x", ())
    frames = [step.known.frame(code) for code in codes]
    use = AGGREGATED if step.recipe.get("use") == "a" else DERIVED
    chosen = step.recipe.get("used")
    parts = [
        frame.at(chosen["at"]) if chosen and code == chosen["of"] else frame.all()
        for code, frame in zip(codes, frames, strict=True)
    ]
    rows = merged(*(f.rows for f in frames))
    default = merged(*(valued(e, use) for e in parts))
    labels = merged(default, *(f.labels() for f in frames))  # of columns too, when turned
    frame = Frame({}, rows, [(None, labels)], default=default)
    return [frame] * max(1, len(step.op.outputs))


def by_columns(step: Step) -> list[Frame]:
    """Resolve what is known column by column, from the plan of an engine.

    A column that the recipe does not name comes from the one of its name in the first input.
    """
    recipe = step.recipe
    frames = [step.known.frame(code) for code in recipe["x"]]
    models = [step.known.whole(r.id).all() for r in step.op.inputs if r.kind == "model"]
    model = valued(merged(*models), DERIVED)
    by = merged(*(_leaf(frames, at, name, use) for at, name, use in recipe.get("by", ())))
    rows = merged(*(f.rows for f in frames), by)
    columns = {}
    for name in step.made():
        leaves = recipe["to"].get(name, [[0, name, "i"]])
        if leaves == "?":
            known = valued(merged(*(f.all() for f in frames)), DERIVED, opaque=True)
        else:
            known = merged(*(_leaf(frames, at, column, use) for at, column, use in leaves))
        computed = leaves == "?" or any(use != "i" for _, _, use in leaves)
        columns[name] = merged(known, by, model if computed else {})
    return [Frame(columns, rows, default=None if columns else merged(*columns.values()))]


def _leaf(frames: list[Frame], at: int, name: str, how: str) -> Edges:
    """Return the edges of a column of an input, used in some way; "?" says that it may be used."""
    frame = frames[at]
    use, sure = _HOW[how[0]], not how.endswith("?")
    found = frame.columns.get(name)
    edges = valued(frame.all(), DERIVED, opaque=True) if found is None else found
    turn = valued if use in (IDENTITY, DERIVED, AGGREGATED) else used
    return turn(edges, use, opaque=not sure)


def anything(step: Step) -> list[Frame]:
    """Resolve what may have made any column of any other."""
    inputs = step.inputs()
    edges = valued(inputs.all(), DERIVED, opaque=True)
    return [Frame({}, inputs.rows, [(None, edges)], default=edges) for _ in step.op.outputs]


def by_kind(step: Step) -> list[Frame]:
    """Resolve an operation of which nothing but its kind is known."""
    op, inputs = step.op, step.inputs()
    if op.kind == "source" and not op.inputs:
        return [Frame({}, default={}) for _ in op.outputs]
    if op.kind in ("metric", "sink", "fit"):
        default = valued(inputs.all(), AGGREGATED if op.kind != "sink" else IDENTITY)
        return [Frame({}, inputs.rows, default=default)] * max(1, len(op.outputs))
    if op.kind not in ("selection", "projection") or not op.inputs:
        return anything(step)
    first = step.known.whole(op.inputs[0].id)
    by = used(inputs.all(), FILTERED, opaque=True)
    columns = {name: merged(e, by) for name, e in first.columns.items()}
    other = valued(inputs.all(), DERIVED, opaque=True)
    return [Frame(dict(columns), merged(first.rows, by), default=other) for _ in op.outputs]
