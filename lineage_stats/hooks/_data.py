"""The data that passes through watched calls: found, referred to, measured."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import Any

from lineage_stats.features import DataShape, describe_data, is_data, profile_data, schema_digest
from lineage_stats.features._cache import BoundedCache
from lineage_stats.hooks._objects import ObjectTable, parts_of
from lineage_stats.trace import DataRef

MAX_NUMBERS = 256  # results of reductions that a metric may be logged with
MAX_NAMES = 50_000  # of columns, over all schemas; what is forgotten is told once more

# Identity of an argument, and what it stands for. The object itself is not held: pandas counts
# the references to its frames.
Inputs = list[tuple[int, tuple[DataRef, ...]]]
Outputs = list[tuple[Any, DataShape]]


class DataBook:
    """Gives every version of every piece of data a reference.

    Attributes
    ----------
    n_untracked : int
        Data that appeared without an operation that made it.
    schemas : dict of str to tuple of (name, dtype)
        Columns behind each schema digest; whoever writes them down may empty it.
    """

    def __init__(self) -> None:
        self.n_untracked = 0
        self.schemas: dict[str, tuple[tuple[str, str], ...]] = {}
        self._names: BoundedCache[str, tuple[str, ...]] = BoundedCache(MAX_NAMES)
        self._numbers: BoundedCache[int, tuple[float, Inputs]] = BoundedCache(MAX_NUMBERS)
        self._objects = ObjectTable()
        self._lock = threading.Lock()
        self._n_refs = 0

    def inputs(self, args: Iterable[Any], kwargs: Mapping[str, Any]) -> Inputs:
        """Return the data among the arguments of a call, each with what it stands for."""
        found: Inputs = []
        for value in (*args, *kwargs.values()) if kwargs else args:
            for part in parts_of(value):
                refs = self._refs_of(part)
                if refs:
                    found.append((id(part), refs))
        return found

    def outputs(self, objects: Iterable[Any]) -> Outputs:
        """Return the data among objects, each with its shape."""
        described = ((obj, describe_data(obj)) for obj in objects)
        return [(obj, shape) for obj, shape in described if shape is not None]

    def new_refs(self, outputs: Outputs) -> tuple[DataRef, ...]:
        """Return a reference to a new version of each piece of data."""
        return tuple(self._new_ref(shape) for _, shape in outputs)

    def remember(self, outputs: Outputs, refs: Iterable[DataRef]) -> None:
        """Let each piece of data stand for its reference from now on."""
        for (obj, shape), ref in zip(outputs, refs, strict=True):
            self._objects.set(obj, (ref,))
            if shape.kind == "array":
                self._remember_base(obj, ref)

    def _remember_base(self, obj: Any, ref: DataRef) -> None:
        """Let the memory behind a view stand for it too.

        A slice of a view is a view of that memory, and says nothing of the view.
        """
        base = _owner(obj, "array")
        if is_data(base) and not self._objects.get(base):
            self._objects.set(base, (ref,))

    def link(self, inputs: Inputs, result: Any) -> None:
        """Let a result stand for the data that it was made from."""
        refs = tuple(dict.fromkeys(ref for _, found in inputs for ref in found))
        if not refs:
            return
        if isinstance(result, float):
            # It cannot be referred to weakly; holding it keeps its identity its own.
            self._numbers.keep(id(result), (result, [(0, refs)]))
            return
        for part in parts_of(result):
            if not is_data(part):
                continue
            known = self._objects.get(part)
            # A result that was given to the call was changed in place, and has read the rest.
            if not known or (len(refs) > len(known) and any(id(part) == i for i, _ in inputs)):
                self._objects.set(part, refs)

    def source_of(self, number: object) -> Inputs:
        """Return what the very number that a reduction returned was computed from."""
        known = self._numbers.get(id(number))
        return known[1] if known is not None and known[0] is number else []

    def column_names(self, inputs: Inputs) -> frozenset[str]:
        """Return the names of all columns of the data that a call read."""
        schemas = {ref.schema for _, refs in inputs for ref in refs if ref.schema is not None}
        return frozenset(name for s in schemas for name in self._names.get(s, ()))

    def _refs_of(self, obj: Any) -> tuple[DataRef, ...]:
        refs = self._objects.get(obj)
        if refs:
            return refs
        shape = describe_data(obj)
        if shape is None:
            return ()
        owner = _owner(obj, shape.kind)
        if owner is not None and (refs := self._objects.get(owner)):
            return refs
        ref = self._new_ref(shape)
        self._objects.set(obj, (ref,))
        if shape.kind != "model":
            self.n_untracked += 1
        return (ref,)

    def _new_ref(self, shape: DataShape) -> DataRef:
        schema = None
        if shape.columns is not None:
            schema = schema_digest(shape.columns)
            if schema not in self._names:
                names = tuple(name for name, _ in shape.columns)
                self._names.keep(schema, names, weight=len(names) + 1)
                self.schemas[schema] = shape.columns
        with self._lock:
            self._n_refs += 1
            name = f"d{self._n_refs}"
        return DataRef(name, shape.kind, shape.rows, shape.n_columns, schema)


def _owner(obj: Any, kind: str) -> Any:
    """Return the frame that is grouped, or the array that is viewed."""
    if kind == "grouping":
        return getattr(obj, "obj", None)
    if type(obj).__module__ == "numpy":
        return getattr(obj, "base", None)
    return None


def measure(outputs: Outputs, sample_rows: int) -> dict[str, float]:
    """Return the column profiles of what a call made, by feature name."""
    features: dict[str, float] = {}
    for port, (obj, shape) in enumerate(outputs):
        if shape.kind in ("table", "column", "array"):
            for name, value in profile_data(obj, sample_rows=sample_rows).items():
                features[f"{name}@{port}" if port else name] = value
    return features
