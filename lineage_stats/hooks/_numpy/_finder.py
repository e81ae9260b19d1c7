"""Finding what an array was made from in the source of the code that calls."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType
from typing import TYPE_CHECKING, Any, cast

from lineage_stats.features._families import family_of
from lineage_stats.hooks._columns._origins import Origin
from lineage_stats.hooks._columns._provenance import Spot
from lineage_stats.hooks._numpy._callers import caller_of, given_for
from lineage_stats.hooks._numpy._evaluate import Evaluator
from lineage_stats.hooks._numpy._scopes import Place, Sources, assigned_names
from lineage_stats.hooks._numpy._values import (
    UNTOLD,
    ArrayOrigin,
    LostError,
    Value,
    constant,
    origin_of,
)
from lineage_stats.hooks._numpy._variables import Variables, reading
from lineage_stats.hooks._refs import Ref, flat

if TYPE_CHECKING:
    from types import FrameType

    from lineage_stats.hooks._calls import WatchedCall
    from lineage_stats.hooks._data import DataBook
    from lineage_stats.hooks._numpy._book import Site
    from lineage_stats.hooks._syntax import Span

MOST_CALLERS = 5  # functions that hand an array on to the next one


class Finder:
    """Works out what expressions in the user's code were made from.

    Parameters
    ----------
    data : DataBook
        What is known of data.
    site : callable
        Returns what the newest call made that stands at an offset of code, if it is known.
    site_of_cell : callable
        Returns the same of a position in a notebook's cell.
    """

    def __init__(
        self,
        data: DataBook,
        site: Callable[[CodeType, int], Site | None],
        site_of_cell: Callable[[str, Span], Site | None],
    ) -> None:
        self.data = data
        self.site = site
        self.site_of_cell = site_of_cell
        self._sources = Sources()

    def find(self, obj: Any, call: WatchedCall) -> tuple[Ref, ...]:
        """Return what an array stands for that a call was given; nothing if that is not known."""
        assert call.frame is not None
        try:
            with self._evaluator(call.frame, 0) as evaluator:
                value = self._value_of(obj, call, evaluator)
                return () if value is None else self.tell(obj, value)
        except LostError:
            return ()

    def look_back(self, file: str, shared: dict[str, Any]) -> None:
        """Let arrays that variables hold stand for what a notebook's cell made them from."""
        source = self._sources.of_cell(file)
        if source is None:
            return
        end = cast("FrameType", _EndOfCell(source.code, shared))
        for name in assigned_names(source.tree):
            obj = shared.get(name)
            if family_of(type(obj)) != "array" or self.data._objects.get(obj):
                continue
            variables = Variables(end, shared)
            evaluator = Evaluator(source, source.end(), variables, _Seen(self, end, 0))
            try:
                value = evaluator.here(ast.Name(name, ast.Load()))
                if isinstance(value, Value) and not self.data._objects.get(obj):
                    self.tell(obj, value)
            except LostError:
                continue

    @contextmanager
    def _evaluator(self, frame: FrameType, height: int) -> Iterator[Evaluator]:
        """Yield what finds out what expressions were made from that a frame has just worked out."""
        source = self._sources.of(frame.f_code)
        place = None if source is None else source.place(frame.f_lasti)
        with reading(frame) as variables:
            if source is None or place is None or variables is None:
                raise LostError
            yield Evaluator(source, place, variables, _Seen(self, frame, height))

    def given(self, name: str, frame: FrameType, height: int) -> Any:
        """Return what the caller of a frame gave for a parameter."""
        caller = caller_of(frame)
        if caller is None or height >= MOST_CALLERS:
            raise LostError
        with self._evaluator(caller, height + 1) as evaluator:
            found = given_for(name, frame.f_code, evaluator.place.node, evaluator.look)
            if found is None:
                raise LostError
            return constant(UNTOLD) if found.node is None else evaluator.here(found.node)

    def _value_of(self, obj: Any, call: WatchedCall, evaluator: Evaluator) -> Value | None:
        place = evaluator.place
        for node, live in given(place, call):
            for part, found in _parts(node, live):
                if found is not obj:
                    continue
                if not evaluator.holds(part, obj) and not _is_of(place.node, call, evaluator):
                    return None
                value = evaluator.here(part)
                return value if isinstance(value, Value) else None
        return None

    def tell(self, obj: Any, value: Value) -> tuple[Ref, ...]:
        """Let an array stand for what it was made from."""
        shape = obj.shape
        n_columns = 1 if len(shape) == 1 else shape[1] if len(shape) == 2 else None
        if not value.refs or value.ndim not in (None, len(shape)) or n_columns is None:
            raise LostError
        if value.n_columns is None or value.ndim is None:
            value = _with_columns(value, len(shape), n_columns)
        if not value.across and value.n_columns != n_columns:
            raise LostError
        origin = origin_of(value)
        self.data._objects.set(obj, value.refs)
        self.data.columns._origins.set(obj, origin)
        return self.data._objects.get(obj)


def _with_columns(value: Value, ndim: int, n_columns: int) -> Value:
    """Return a value whose number of columns is known by now."""
    form = value.form
    if isinstance(form, dict) and form["np"] in ("mix", "rows"):
        form = {**form, "n": n_columns}
    return value._replace(form=form, ndim=ndim, n_columns=n_columns)


class _EndOfCell:
    """Stands for the frame of a cell whose last statement has run."""

    f_lasti = -1
    f_back = None

    def __init__(self, code: CodeType, shared: dict[str, Any]) -> None:
        self.f_code = code
        self.f_globals = self.f_locals = shared


class _Seen:
    """What is known of data and of calls, for one frame."""

    def __init__(self, finder: Finder, frame: FrameType, height: int) -> None:
        self._height = height
        self._finder = finder
        self._data = finder.data
        self._frame = frame
        own = finder.site(frame.f_code, frame.f_lasti)
        self._since = own[2] if own is not None and own[1] == id(frame) else -1

    def of_object(self, obj: Any, *, changed: bool) -> Value | None:
        family = family_of(type(obj))
        if family is None:
            return self._of_number(obj)
        if family == "estimator":
            return Value((), "?", family, None, None, raw=UNTOLD)
        refs = self._data._objects.get(obj)
        if not refs:
            base = getattr(obj, "base", None)
            if family != "array" or family_of(type(base)) != "array":
                return None
            refs = self._data._objects.get(base)
            if not refs:
                return None
        if (changed or self._height) and self._data._objects.was_changed(obj):
            return Value((), None, family, None, None, raw=UNTOLD)
        origin = self._data.columns.origin(obj, {id(obj): refs})
        shape = obj.shape if family in ("array", "sparse", "frame", "series") else None
        return _value(refs, origin, family, shape)

    def of_made(self, obj: Any) -> Value | None:
        """Return what an object stands for that a recorded operation made; None of others."""
        is_linked = self._data.columns._origins.get(obj) is not None
        return None if is_linked else self.of_object(obj, changed=True)

    def _of_number(self, obj: Any) -> Value | None:
        inputs = self._data.source_of(obj)
        if not inputs:
            return None
        refs = tuple(flat(inputs))
        origin = self._data.columns._origins.get(obj)
        return _value(refs, origin, "number", ())

    def of_site(self, offset: int, names: frozenset[str]) -> Value | None:
        site = self._finder.site(self._frame.f_code, offset)
        if site is None or site[1] != id(self._frame) or site[2] <= self._since:
            return None
        return _of_site(site, names)

    def of_statement_before(self, span: Span, names: frozenset[str]) -> Value | None:
        code = self._frame.f_code
        if code.co_name != "<module>":
            return None
        site = self._finder.site_of_cell(code.co_filename, span)
        return None if site is None else _of_site(site, names)

    def of_parameter(self, name: str) -> Any:
        return self._finder.given(name, self._frame, self._height)

    def spot(self, node: ast.expr) -> Spot:
        return Spot(self._frame, node)

    def tell(self, obj: Any, value: Value) -> None:
        self._finder.tell(obj, value)


def _of_site(site: Site, names: frozenset[str]) -> Value | None:
    _, _, _, watched, kind, shape, refs, inputs, origin = site
    owner, _, method = watched.target.path.rpartition(".")
    if not {method, owner.rpartition(".")[2]} & names:
        return None
    if refs is None:
        refs = tuple(flat(inputs))
    return _value(refs, origin, family_of(kind) or "number", shape)


def _value(
    refs: tuple[Ref, ...], origin: Origin | None, family: str, shape: tuple[int, ...] | None
) -> Value:
    if not refs:
        raise LostError
    if origin is None:
        origin = _whole(refs, family)
    if shape is None:
        n_columns = 1 if family in ("series", "index") else _n_columns(origin)
        ndim = _DIMENSIONS.get(family)
    else:
        ndim = len(shape)
        n_columns = shape[1] if ndim == 2 else 1
    return Value(refs, origin, family, ndim, n_columns, raw=UNTOLD, settings=origin.settings)


_DIMENSIONS = {"number": 0, "series": 1, "index": 1, "frame": 2, "sparse": 2}
_KINDS = {"frame": "table", "series": "column", "array": "array", "sparse": "array"}


def _whole(refs: tuple[Ref, ...], family: str) -> Origin:
    """Return the origin of what an operation made."""
    (ref,) = refs
    expected = _KINDS.get(family)
    if ref.kind != expected:
        return Origin(((ref, None, "d"),), False, True)
    return Origin(((ref, None, "i"),), family != "series" and ref.n_columns != 1)


def _n_columns(origin: Origin) -> int | None:
    if isinstance(origin, ArrayOrigin):
        return origin.n_columns
    whole = {ref.n_columns for ref, column, _ in origin.leaves if column is None}
    return whole.pop() if origin.by_name and len(whole) == 1 else None


def given(place: Place, call: WatchedCall) -> Iterator[tuple[ast.expr, Any]]:
    """Yield the expressions of what a call was given, each with what it was."""
    node, args = place.node, call.args
    if isinstance(node, ast.Call):
        if not any(isinstance(arg, ast.Starred) for arg in node.args):
            yield from zip(reversed(node.args), reversed(args), strict=False)
        for word in node.keywords:
            if word.arg in call.kwargs:
                yield word.value, call.kwargs[word.arg]
    elif isinstance(node, ast.Subscript):
        if isinstance(node.ctx, ast.Load):
            yield node.slice, args[-1]
        elif isinstance(place.statement, ast.Assign) and node in place.statement.targets:
            yield node.slice, args[-2]
            yield place.statement.value, args[-1]
    elif isinstance(node, ast.Attribute):
        if isinstance(place.statement, ast.Assign) and node in place.statement.targets:
            yield place.statement.value, args[-1]
    elif isinstance(node, ast.BinOp):
        yield from _operands(node.left, node.right, call)
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        yield from _operands(node.left, node.comparators[0], call)
    elif isinstance(node, ast.AugAssign):
        yield node.value, args[-1]


def _operands(left: ast.expr, right: ast.expr, call: WatchedCall) -> Iterator[tuple[ast.expr, Any]]:
    method = call.watched.target.path.rpartition(".")[2]
    args = call.args
    if len(args) != 2:
        return
    if method.startswith("__r"):
        args = args[::-1]
    yield left, args[0]
    yield right, args[1]


def _parts(node: ast.expr, live: Any) -> Iterator[tuple[ast.expr, Any]]:
    """Yield an expression, and those inside of a list, tuple or dictionary, with what they are."""
    yield node, live
    if isinstance(node, ast.List | ast.Tuple) and type(live) in (list, tuple):
        if len(node.elts) == len(live) and not any(isinstance(n, ast.Starred) for n in node.elts):
            for part, item in zip(node.elts, live, strict=True):
                yield from _parts(part, item)
    elif isinstance(node, ast.Dict) and type(live) is dict:
        alike = None not in node.keys and len(node.keys) == len(live)
        for part, item in zip(node.values, live.values(), strict=True) if alike else ():
            yield from _parts(part, item)


def _is_of(node: ast.AST, call: WatchedCall, evaluator: Evaluator) -> bool:
    """Return whether the call at a place is the very one that is recorded."""
    if not isinstance(node, ast.Call):
        return True
    owner, _, method = call.watched.target.path.rpartition(".")
    name = evaluator.called_name(node.func)
    return name in (method, owner.rpartition(".")[2])
