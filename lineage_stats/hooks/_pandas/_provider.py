"""The provider for pandas."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from lineage_stats.features import describe_data, is_data
from lineage_stats.features._quiet import own, quietly
from lineage_stats.hooks._files import with_file
from lineage_stats.hooks._measures import measure_join
from lineage_stats.hooks._objects import each_index
from lineage_stats.hooks._pandas._surface import pandas_names
from lineage_stats.hooks._pandas._targets import (
    ALWAYS_INPLACE,
    AUGMENTED,
    FILES,
    FUNCTIONS,
    INPLACE,
    ITERATED,
    LINK_FUNCTIONS,
    LINKS,
    METHODS,
)
from lineage_stats.hooks._params import is_expression
from lineage_stats.hooks._provider import (
    IGNORE,
    LINK,
    NOTHING_MORE,
    Call,
    HookProvider,
    OperationSpec,
    PublicName,
    Target,
)


class PandasProvider(HookProvider):
    """Watches functions of pandas, and methods of frames, series and groupings."""

    name = "pandas"
    library = "pandas"
    requires = ">=2.2"
    frame_sensitive = (
        "pandas.core.common",
        "pandas.core.computation.scope",
        "pandas.core.frame",
        "pandas.core.generic",
        "pandas.core.indexing",
        "pandas.core.series",
        "pandas.util._exceptions",
    )

    def targets(self) -> Iterator[Target]:
        """Yield what is watched in pandas."""
        for kind, names in FUNCTIONS.items():
            for name in names.split():
                measure = measure_join if name == "merge" else None
                is_file = kind in ("source", "sink")
                describe = with_file(None, written=kind == "sink") if is_file else None
                yield Target(
                    "pandas", name, kind, describe=describe, measure=measure,
                    pulls=name == "concat",
                )  # fmt: skip
        for cls, kinds in METHODS.items():
            for kind, names in kinds.items():
                for name in names.split():
                    path = f"{cls}.{name}"
                    describe = _DESCRIPTIONS.get(path)
                    if kind == "sink" or cls in FILES:
                        describe = with_file(
                            describe, written=kind == "sink", of_owner=cls in FILES
                        )
                    yield Target(
                        "pandas", path, kind, describe=describe,
                        measure=measure_join if kind == "join" else None, inplace=_inplace(name),
                    )  # fmt: skip
        for name in LINK_FUNCTIONS.split():
            yield Target("pandas", name, link=True)
        for cls, names in LINKS.items():
            for name in names.split():
                describe = _DESCRIPTIONS.get(f"{cls}.{name}")
                yield Target("pandas", f"{cls}.{name}", link=True, describe=describe)
        for cls, names in ITERATED.items():
            for name in names.split():
                yield Target("pandas", f"{cls}.{name}", link=True, iterates=True)
        yield from _special_targets()

    def public_names(self) -> Iterator[PublicName]:
        """Yield what programs call in pandas."""
        return pandas_names(importlib.import_module("pandas"))


def _inplace(name: str) -> str | None:
    if name in ALWAYS_INPLACE:
        return "always"
    return "inplace" if name in INPLACE else None


def _special_targets() -> Iterable[Target]:
    indexing = "core.indexing"
    return (
        Target("pandas", "DataFrame.__init__", "source", describe=_construct, inplace="init"),
        Target("pandas", "Series.__init__", "source", describe=_construct, inplace="init"),
        Target("pandas", "DataFrame.__getitem__", describe=_read_item),
        Target("pandas", "Series.__getitem__", describe=_read_item),
        Target("pandas", "DataFrame.__setitem__", "assignment", describe=_write_item),
        Target("pandas", "Series.__setitem__", "assignment", describe=_write_item),
        Target("pandas", "DataFrame.__setattr__", describe=_write_attribute),
        *(
            Target("pandas", f"{cls}.{name}", "assignment", describe=_augment)
            for cls in ("DataFrame", "Series")
            for name in AUGMENTED.split()
        ),
        Target("pandas", "DataFrame.pop", "projection", describe=_pop),
        Target("pandas", "DataFrame.__delitem__", "projection", describe=_write_item),
        Target("pandas", f"{indexing}._LocationIndexer.__getitem__", describe=_read_location),
        Target("pandas", f"{indexing}._LocationIndexer.__setitem__", describe=_write_location),
        *(
            Target("pandas", f"{indexing}.{cls}.__setitem__", describe=_write_location)
            for cls in ("_ScalarAccessIndexer", "_AtIndexer", "_iAtIndexer")
        ),
    )


def _construct(call: Call) -> OperationSpec:
    made_from_data = any(is_data(v) for v in (*call.args[1:], *call.kwargs.values()))
    return OperationSpec(kind="transform" if made_from_data else "source")


def _read_item(call: Call) -> OperationSpec:
    """Tell ``df["a"]`` from ``df[["a", "b"]]`` from ``df[mask]``."""
    owner, key = type(call.args[0]).__name__, call.args[1] if len(call.args) > 1 else None
    if not (is_data(call.result) or call.failed):
        return IGNORE
    if isinstance(key, slice):
        return _named("selection", f"{owner}[slice]")
    if type(key) is list:
        chosen = "mask" if _is_mask(key) else "columns"
        return _named("selection" if chosen == "mask" else "projection", f"{owner}[{chosen}]")
    if is_expression(key):
        return _by_function(call, owner)
    if _is_mask(key):
        return _named("selection", f"{owner}[mask]")
    if callable(key):
        return _by_function(call, owner)
    shape = describe_data(key)
    if shape is not None and shape.kind == "table":
        return _named("transform", f"{owner}[frame]")
    if isinstance(key, list) or shape is not None:
        return _named("projection", f"{owner}[columns]")
    return LINK


@lru_cache(maxsize=1024)
def _named(kind: str, name: str) -> OperationSpec:
    """Return what is said of a call by kind and name alone; always the same object."""
    return OperationSpec(kind=kind, name=name)


def _by_function(call: Call, owner: str) -> OperationSpec:
    """Tell by the result what the function returned: a mask, columns or one column."""
    before, after = describe_data(call.args[0]), describe_data(call.result)
    if before is None or after is None or before.kind != after.kind:
        return LINK
    if before.columns == after.columns:
        return _named("selection", f"{owner}[mask]")
    return _named("projection", f"{owner}[columns]")


def _is_mask(key: Any) -> bool:
    if isinstance(key, list):
        return bool(key) and all(isinstance(k, bool) for k in key[:1])
    dtype = own(key, "dtype", "")
    return quietly(dtype, "kind", "") == "b" or str(dtype) in ("boolean", "bool[pyarrow]")


def _write_item(call: Call) -> OperationSpec:
    owner = type(call.args[0]).__name__
    deletes = call.target.path.endswith("__delitem__")
    name = f"del {owner}[]" if deletes else f"{owner}[]="
    return OperationSpec(name=name, outputs=(call.args[0],))


def _write_attribute(call: Call) -> OperationSpec:
    """Tell ``df.columns = names`` and ``df.price = values`` from anything else."""
    frame, name = call.args[:2]
    shown = f"{type(frame).__name__}.{name}="
    if name in ("columns", "index"):
        return OperationSpec(kind="projection", name=shown, outputs=(frame,))
    shape = describe_data(frame)
    if shape and shape.columns and any(name == column for column, _ in shape.columns):
        return OperationSpec(kind="assignment", name=shown, outputs=(frame,))
    return IGNORE


def _augment(call: Call) -> OperationSpec:
    """Describe ``df += 1``; that of a column is arithmetic until it is put into a frame."""
    changed = call.args[0]
    shape = describe_data(changed)
    if shape is not None and shape.kind == "column":
        return LINK
    operator = call.target.path.rpartition(".__i")[2].removesuffix("__")
    return OperationSpec(name=f"{type(changed).__name__} {operator}=", outputs=(changed,))


def _pop(call: Call) -> OperationSpec:
    return OperationSpec(outputs=(call.args[0], call.result))


def _located(call: Call) -> tuple[Any, str]:
    indexer = call.args[0]
    owner = getattr(indexer, "obj", None)
    return owner, f"{type(owner).__name__}.{getattr(indexer, 'name', 'loc')}"


def _read_location(call: Call) -> OperationSpec:
    owner, name = _located(call)
    if not (call.failed or is_data(call.result)):
        return IGNORE
    spec = OperationSpec(
        kind="selection", name=f"{name}[]", inputs=(owner, *each_index(call.args[1:]))
    )
    # One column of a frame is read, not computed.
    key = call.args[1] if len(call.args) > 1 else None
    labels = key if isinstance(key, tuple) and key else (None,)
    whole = _is_everything(labels[0]) and isinstance(labels[-1], str)
    return spec._replace(link=True) if whole else spec


def _is_everything(key: Any) -> bool:
    return isinstance(key, slice) and key.start is None and key.stop is None and key.step is None


def _write_location(call: Call) -> OperationSpec:
    owner, name = _located(call)
    return OperationSpec(
        kind="assignment",
        name=f"{name}[]=",
        inputs=(owner, *each_index(call.args[1:])),
        outputs=(owner,),
    )


def _iterate_groups(call: Call) -> OperationSpec:
    """Let what is taken apart into groups stand for the grouping."""
    return OperationSpec(link=True, outputs=(call.args[0]._selected_obj,))


def _nth(call: Call) -> OperationSpec:
    grouping = call.args[0].groupby_object
    return OperationSpec(name=f"{type(grouping).__name__}.nth", inputs=(grouping,))


def _write_text(call: Call) -> OperationSpec:
    """Tell writing a file from making text to look at."""
    return NOTHING_MORE if call.bound.get("buf") is not None else IGNORE


def _read_store(call: Call) -> OperationSpec:
    return OperationSpec(name="HDFStore[]")


def _write_store(call: Call) -> OperationSpec:
    return OperationSpec(name="HDFStore[]=")


_DESCRIPTIONS = {
    "HDFStore.__getitem__": _read_store,
    "HDFStore.__setitem__": _write_store,
    "core.groupby.groupby.BaseGroupBy.__iter__": _iterate_groups,
    "core.groupby.indexing.GroupByNthSelector.__call__": _nth,
    "core.groupby.indexing.GroupByNthSelector.__getitem__": _nth,
    **{
        f"{cls}.{name}": _write_text
        for cls in ("DataFrame", "Series")
        for name in ("to_html", "to_latex", "to_markdown", "to_string")
    },
}
