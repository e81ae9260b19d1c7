"""From the recipe of an operation of scikit-learn to the edges of columns and models."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lineage_stats.trace._lineage._frame import (
    AGGREGATED,
    DERIVED,
    FILTERED,
    Edges,
    Frame,
    merged,
    used,
    valued,
)
from lineage_stats.trace._lineage._rules import Step


def split(step: Step) -> list[Frame]:
    """Resolve what deals rows out into parts."""
    recipe = step.recipe
    by = used(step.known.frame(recipe["by"]).all(), FILTERED) if recipe.get("by") else {}
    n_parts = recipe.get("parts", 2)
    tokens: list[object] = [object() for _ in range(n_parts)]
    frames: list[Frame] = []
    for code in recipe["x"]:
        if code in (0, None, "?"):
            continue  # a list, whose parts are lists
        for token in tokens:
            frame = step.known.frame(code)
            columns = {name: merged(edges, by) for name, edges in frame.columns.items()}
            rows = merged(frame.rows, by)
            frames.append(replace(frame, columns=columns, rows=rows, token=token))
    return frames


def fit(step: Step) -> list[Frame]:
    """Resolve the fitting of an estimator, and what it returns besides."""
    recipe = step.recipe
    data = step.frame()
    seen = data.at(recipe["used"]) if "used" in recipe else data.all()
    others = [step.known.frame(code).all() for code in _codes(recipe)]
    model = Frame({}, default=merged(*(valued(e, AGGREGATED) for e in (seen, *others))))
    if not step.op.outputs:
        return [model]
    step.known.fits[step.op.outputs[-1].id] = Frame(
        {name: valued(e, AGGREGATED) for name, e in data.columns.items()},
        default=merged(*(valued(e, AGGREGATED) for e in others)),
    )
    if "made" not in recipe or len(step.op.outputs) < 2:
        return [model]
    return [_features(step, data, recipe["made"], step.op.outputs[-1].id), model]


def _codes(recipe: Any) -> list[Any]:
    codes = [recipe["y"]] if "y" in recipe else []
    return [c for c in (*codes, *recipe.get("others", ())) if c not in (0, None, "?")]


def features(step: Step) -> list[Frame]:
    """Resolve a transformation by a fitted estimator."""
    model = step.recipe.get("m")
    ref = model if isinstance(model, str) else "?"
    return [_features(step, step.frame(), step.recipe, ref)]


def _features(step: Step, data: Frame, made: Any, model: str) -> Frame:
    """Return the features that a transformer made, each of the columns it comes from."""
    learned = _model_edges(step, model)
    result = Frame({}, data.rows, data.index, data.token, by_position=True, plain=data.plain)
    if "map" not in made:
        opaque = bool(made.get("o"))
        everything = valued(merged(data.all(), learned), DERIVED, opaque=opaque)
        result.default = everything
        result.by_position = False
        return result
    fitted = step.known.fits.get(model)
    around = learned if made.get("around") or fitted is None else {}
    for at, part in enumerate(_unpacked(made["map"], len(data.columns))):
        own = valued(data.at(part), DERIVED)
        before = fitted.at(part) if fitted is not None else {}
        result.columns[str(at)] = merged(own, before, around)
    return result


def _model_edges(step: Step, model: str) -> Edges:
    """Return the edge of what depends on the whole of a fitted model."""
    return {} if model == "?" else {((model, None), DERIVED): False}


def _unpacked(packed: Any, n_in: int) -> list[list[int]]:
    if packed == 1:
        return [[i] for i in range(n_in)]
    return [part for part, count in packed for _ in range(count)]


def predict(step: Step) -> list[Frame]:
    """Resolve predictions: every one may depend on all columns and on the model."""
    recipe, data = step.recipe, step.frame()
    seen = data.at(recipe["used"]) if "used" in recipe else data.all()
    model = recipe.get("m")
    learned = _model_edges(step, model) if isinstance(model, str) else {}
    default = merged(valued(seen, DERIVED), learned)
    return [Frame({}, data.rows, data.index, data.token, default=default)] * max(
        1, len(step.op.outputs)
    )
