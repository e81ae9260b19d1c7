"""The data that passes through watched calls: found, referred to, measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import count
from typing import TYPE_CHECKING, Any

from lineage_stats.features import is_data
from lineage_stats.features._cache import BoundedCache
from lineage_stats.features._shape import Outline, take_outline
from lineage_stats.hooks._columns._book import ColumnBook
from lineage_stats.hooks._fitted_parts import fitted_parts
from lineage_stats.hooks._numpy._book import ArrayBook
from lineage_stats.hooks._objects import HOLDERS, ObjectTable, parts_of
from lineage_stats.hooks._refs import Ref, flat
from lineage_stats.trace import DataRef

if TYPE_CHECKING:
    from lineage_stats.hooks._calls import WatchedCall

MAX_NUMBERS = 256  # results of reductions that a metric may be logged with
MAX_NAMES = 50_000  # of columns, over all schemas; what is forgotten is told once more

# Identity of an argument, and what it stands for. The object itself is not held: pandas counts
# the references to its frames.
Inputs = list[tuple[int, tuple[Ref, ...]]]
Outputs = list[tuple[Any, Outline]]

# By the module of a class: what tells the data that an object shows, which may change meanwhile.
SHOWN: dict[str, Callable[[Any], Any]] = {}
# And what an object was made of, where no call has told of it.
OWNERS: dict[str, Callable[[Any], Any]] = {}

# Arguments of these types are neither data nor hold any.
_PLAIN = frozenset({type(None), bool, int, float, str, slice})


class DataBook:
    """Gives every version of every piece of data a reference.

    Attributes
    ----------
    n_untracked : int
        Data that appeared without an operation that made it.
    schemas : dict of str to tuple of (name, dtype)
        Columns behind each schema digest; whoever writes them down may empty it.
    columns : ColumnBook
        What columns come from.
    arrays : ArrayBook
        What arrays come from that were made between two calls.
    """

    def __init__(self) -> None:
        self.n_untracked = 0
        self.schemas: dict[str, tuple[tuple[str, str], ...]] = {}
        self._told: BoundedCache[str, None] = BoundedCache(MAX_NAMES)
        self._numbers: BoundedCache[int, tuple[float, Inputs]] = BoundedCache(MAX_NUMBERS)
        self._objects = ObjectTable()
        self.columns = ColumnBook()
        self.arrays = ArrayBook(self)
        self._refs = count(1)

    def inputs(
        self, args: Iterable[Any], kwargs: Mapping[str, Any], call: WatchedCall | None = None
    ) -> Inputs:
        """Return the data among the arguments of a call, each with what it stands for.

        With the call, arrays that appeared from nowhere are looked for in the source.
        """
        found: Inputs = []
        for value in (*args, *kwargs.values()) if kwargs else args:
            kind = type(value)
            if kind in _PLAIN:
                continue
            for part in parts_of(value) if kind in HOLDERS else (value,):
                if type(part) in _PLAIN:
                    continue
                module = type(part).__module__
                refs = self._known(part) if module in SHOWN else self._objects.get(part)
                if refs and module == "numpy" and call is not None:
                    refs = self.arrays.explain_more(part, refs, call)
                refs = refs or self._new_refs(part, call)
                if refs:
                    found.append((id(part), refs))
        return found

    def _known(self, obj: Any) -> tuple[Ref, ...]:
        """Return what an object stands for, by the data that it shows if that is known."""
        show = SHOWN.get(type(obj).__module__)
        if show is not None and (refs := self._known(show(obj))):
            self._objects.set(obj, refs)  # one day it may be let go of, and stays what it was
            return refs
        return self._objects.get(obj)

    def outputs(self, objects: Iterable[Any]) -> Outputs:
        """Return the data among objects, each with what it looks like."""
        found: Outputs = []
        for obj in objects:
            outline = take_outline(obj)
            if outline is not None:
                found.append((obj, outline))
        return found

    def remember(self, outputs: Outputs, shared: tuple[Ref, ...] | None = None) -> tuple[Ref, ...]:
        """Let each piece of data stand for a reference of its own from now on, or for a shared one.

        Returns the references.
        """
        refs = []
        for port, (obj, outline) in enumerate(outputs):
            ref = shared[port] if shared else Ref(next(self._refs), outline)
            refs.append(ref)
            self._objects.set(obj, (ref,))
            if outline[0] == "array":
                self._remember_base(obj, ref)
            elif outline[0] == "model":
                for part in fitted_parts(obj):
                    self._objects.set(part, (ref,))
        return tuple(refs)

    def _remember_base(self, obj: Any, ref: Ref) -> None:
        """Let the memory behind a view stand for it too.

        A slice of a view is a view of that memory, and says nothing of the view.
        """
        base = _owner(obj, "array")
        if is_data(base) and not self._objects.get(base):
            self._objects.set(base, (ref,))

    def link(self, inputs: Inputs, result: Any) -> None:
        """Let a result stand for the data that it was made from."""
        refs = tuple(flat(inputs))
        if not refs:
            return
        if isinstance(result, float):
            # It cannot be referred to weakly; holding it keeps its identity its own.
            self._numbers.keep(id(result), (result, [(0, refs)]))
            return
        for part in parts_of(result):
            if not is_data(part):
                continue
            known = () if type(part).__module__ in SHOWN else self._objects.get(part)
            # A result that was given to the call was changed in place, and has read the rest.
            if not known or (len(refs) > len(known) and any(id(part) == i for i, _ in inputs)):
                self._objects.set(part, refs)

    def source_of(self, number: object) -> Inputs:
        """Return what the very number that a reduction returned was computed from."""
        known = self._numbers.get(id(number))
        return known[1] if known is not None and known[0] is number else []

    def column_names(self, inputs: Inputs) -> frozenset[str]:
        """Return the names of all columns of the data that a call read."""
        return frozenset(name for ref in flat(inputs) for name, _ in ref.columns() or ())

    def data_refs(self, refs: Iterable[Ref]) -> tuple[DataRef, ...]:
        """Return references as they are written down; schemas not seen so far enter `schemas`."""
        return tuple([self._data_ref(ref) for ref in refs])

    def _data_ref(self, ref: Ref) -> DataRef:
        data_ref = ref.data_ref()
        if data_ref.schema is not None and data_ref.schema not in self._told:
            columns = ref.columns() or ()
            self._told.keep(data_ref.schema, None, weight=len(columns) + 1)
            self.schemas[data_ref.schema] = columns
        return data_ref

    def _known_parts(self, model: Any) -> tuple[Ref, ...]:
        """Return what the parts of a model stand for that was put together, as ``pipe[:-1]``."""
        found = dict.fromkeys(ref for p in fitted_parts(model) for ref in self._objects.get(p))
        return tuple(found)

    def _new_refs(self, obj: Any, call: WatchedCall | None = None) -> tuple[Ref, ...]:
        """Return what an object stands for that was not seen before."""
        outline = take_outline(obj)
        if outline is None:
            return ()
        owner = _owner(obj, outline[0])
        if owner is not None and (refs := self._known(owner)):
            return refs
        if outline[0] == "model" and (refs := self._known_parts(obj)):
            return refs
        if call is not None and outline[0] == "array" and (refs := self.arrays.explain(obj, call)):
            return refs
        ref = Ref(next(self._refs), outline)
        self._objects.set(obj, (ref,))
        if outline[0] != "model":
            self.n_untracked += 1
        return (ref,)


def _owner(obj: Any, kind: str) -> Any:
    """Return the frame that is grouped, or the array that is viewed."""
    own = OWNERS.get(type(obj).__module__)
    if own is not None:
        return own(obj)
    if kind == "grouping":
        return getattr(obj, "obj", None)
    if type(obj).__module__ == "numpy":
        return getattr(obj, "base", None)
    return None
