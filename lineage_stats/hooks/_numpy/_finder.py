"""Finding what an array was made from in the source of the code that calls."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import get_ident
from time import perf_counter_ns
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, cast

from lineage_stats.features._cache import BoundedCache
from lineage_stats.features._families import family_of
from lineage_stats.hooks._columns._provenance import Spot
from lineage_stats.hooks._numpy._callers import caller_of, given_for, is_parameter
from lineage_stats.hooks._numpy._comprehensions import home_of
from lineage_stats.hooks._numpy._evaluate import Evaluator
from lineage_stats.hooks._numpy._functions_called import data_in, functions_from, shared_with
from lineage_stats.hooks._numpy._mutation import changed_in_place
from lineage_stats.hooks._numpy._scopes import CodeSource, Place, Sources, assigned_names
from lineage_stats.hooks._numpy._turns import Turn, returned_by, turns_of, value_of, values_of
from lineage_stats.hooks._numpy._values import (
    UNTOLD,
    LostError,
    Value,
    constant,
    opaque,
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

MOST_ASKED = 10_000  # arguments of calls
_WITH_SHAPE = frozenset(("array", "sparse", "frame", "series"))
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
    latest : callable
        Returns when the newest call ended that a frame made, if it is known.
    """

    def __init__(
        self,
        data: DataBook,
        site: Callable[[CodeType, int], Site | None],
        site_of_cell: Callable[[str, Span], Site | None],
        latest: Callable[[FrameType], int | None],
    ) -> None:
        self.data = data
        self.latest = latest
        self.site = site
        self.site_of_cell = site_of_cell
        self._sources = Sources()
        self._asked: BoundedCache[tuple[int, ...], tuple[CodeType, int]] = BoundedCache(MOST_ASKED)

    def called(self, frame: FrameType) -> int:
        """Return when the function of a frame was called at the earliest, by what callers did."""
        above = getattr(frame, "f_back", None)
        for _ in range(MOST_CALLERS):
            if above is None:
                break
            if (stop := self.latest(above)) is not None:
                return stop
            above = above.f_back
        return -1

    def find(self, obj: Any, call: WatchedCall, argument: int = -1) -> tuple[Ref, ...]:
        """Return what an array stands for that a call was given; nothing if that is not known.

        `argument` tells the arguments of one call apart.
        """
        assert call.frame is not None
        place = id(call.frame.f_code) + call.frame.f_lasti
        asked = _Asked(self._asked, (place, argument))
        try:
            with self._evaluator(call.frame, 0, asked) as evaluator:
                node = _expression_of(obj, call, evaluator)
                if node is None:
                    return ()
                try:
                    value = evaluator.here(node)
                    return self.tell(obj, value) if isinstance(value, Value) else ()
                except LostError:
                    return self._tell_roughly(obj, evaluator.gathered(node))
        except LostError:
            return ()
        finally:
            asked.end()

    def made_inside(
        self, function: FunctionType, given: Sequence[Value], since: int
    ) -> Sequence[Value]:
        """Return what a call of a function may return that was given some data."""
        functions = list(functions_from(function))
        inside = [turns for f in functions for turns in self._made_in(f.__code__, since)]
        shared = [obj for f in functions for value in shared_with(f) for obj in data_in(value)]
        known = [(obj, self.data._objects.get(obj)) for obj in shared]
        if any(not refs for _, refs in known):
            raise LostError
        found = [v for obj, refs in known for v in values_of(refs, None, _family(obj), None)]
        return [*returned_by(inside, given), *found]

    def _made_in(self, code: CodeType, since: int) -> Iterator[list[Turn]]:
        """Yield what calls made at each place of code, and of code inside of it."""
        for offset in range(0, len(code.co_code), 2):
            if (site := self.site(code, offset)) is not None:
                yield list(turns_of(site, since))
        for part in code.co_consts:
            if isinstance(part, CodeType):
                yield from self._made_in(part, since)

    def written(self, call: WatchedCall) -> list[Any]:
        """Return what a call was given by variables whose arrays the code writes into."""
        assert call.frame is not None
        try:
            with self._evaluator(call.frame, 0, None) as evaluator:
                names = evaluator.changed_in_place()
                found = [
                    (part, obj)
                    for node, live in given(evaluator.place, call)
                    for part, obj in _parts(node, live)
                ]
                return [o for n, o in found if isinstance(n, ast.Name) and n.id in names]
        except LostError:
            return []

    def _tell_roughly(self, obj: Any, parts: tuple[Value, ...]) -> tuple[Ref, ...]:
        """Return what an array may have been made from, without telling how.

        It is not kept, as more may be put into the array until the next call.
        """
        if not parts or obj.ndim not in (1, 2):
            return ()
        n_columns = 1 if obj.ndim == 1 else obj.shape[1]
        value = opaque(parts, obj.ndim, n_columns)
        self.data.columns._origins.set(obj, origin_of(value))
        return value.refs

    def look_back(self, file: str, shared: dict[str, Any]) -> None:
        """Let arrays that variables hold stand for what a notebook's cell made them from."""
        source = self._sources.of_cell(file)
        if source is None:
            return
        end = cast("FrameType", _EndOfCell(source.code, shared))
        written = changed_in_place(source.tree)
        for name in dict.fromkeys([*assigned_names(source.tree), *sorted(written)]):
            obj = shared.get(name)
            if family_of(type(obj)) != "array":
                continue
            known = self.data._objects.get(obj)
            if known and name not in written:
                continue
            variables = Variables(end, shared)
            evaluator = Evaluator(source, source.end(), variables, _Seen(self, end, 0, None))
            try:
                self._look_back_at(name, obj, known, evaluator)
            except LostError:
                continue

    def _look_back_at(
        self, name: str, obj: Any, known: tuple[Ref, ...], evaluator: Evaluator
    ) -> None:
        node = ast.Name(name, ast.Load(), lineno=0, col_offset=0)
        if not known:
            try:
                value = evaluator.here(node)
                if isinstance(value, Value) and not self.data._objects.get(obj):
                    self.tell(obj, value)
                return
            except LostError:
                pass
        parts = evaluator.gathered(node)
        before = values_of(known, None, "array", obj.shape)
        more = any(ref not in known for part in parts for ref in part.refs)
        if more and (refs := self._tell_roughly(obj, (*before, *parts))):
            self.data._objects.set(obj, refs)

    @contextmanager
    def _evaluator(
        self, frame: FrameType, height: int, asked: _Asked | None
    ) -> Iterator[Evaluator]:
        """Yield what finds out what expressions were made from that a frame has just worked out."""
        source = self._sources.of(frame.f_code)
        place = None if source is None else source.place(frame.f_lasti)
        with reading(frame) as variables:
            if source is None or place is None or variables is None:
                raise LostError
            yield Evaluator(source, place, variables, _Seen(self, frame, height, asked))

    def gathered(
        self, name: str, frame: FrameType, height: int, asked: _Asked | None
    ) -> tuple[Value, ...]:
        """Return what the caller of a frame may have made from what it gave for a parameter."""
        caller = caller_of(frame)
        if caller is None or height >= MOST_CALLERS:
            raise LostError
        with self._evaluator(caller, height + 1, asked) as evaluator:
            found = given_for(name, frame.f_code, evaluator.place.node, evaluator.look)
            if found is None:
                raise LostError
            return () if found.node is None else evaluator.gathered(found.node)

    def given(self, name: str, frame: FrameType, height: int, asked: _Asked | None) -> Any:
        """Return what the caller of a frame gave for a parameter."""
        caller = caller_of(frame)
        if caller is None or height >= MOST_CALLERS:
            raise LostError
        with self._evaluator(caller, height + 1, asked) as evaluator:
            found = given_for(name, frame.f_code, evaluator.place.node, evaluator.look)
            if found is None:
                raise LostError
            return constant(UNTOLD) if found.node is None else evaluator.here(found.node)

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


def _family(obj: Any) -> str:
    return str(family_of(type(obj)))


class _Asked:
    """An argument of a call that is asked for, and when it was before, by the same callers."""

    def __init__(
        self, known: BoundedCache[tuple[int, ...], tuple[CodeType, int]], argument: tuple[int, int]
    ) -> None:
        self._known = known
        self._argument = argument
        self._frames: dict[tuple[int, ...], CodeType] = {}

    def before(self, frame: FrameType) -> int:
        """Return when it was asked for last, by way of a frame; -1: never."""
        home = id(home_of(frame))
        place = (*self._argument, id(frame.f_code) + frame.f_lasti, home, get_ident())
        self._frames[place] = frame.f_code
        code, last = self._known.get(place) or (None, -1)
        return last if code is frame.f_code else -1

    def end(self) -> None:
        """Note that it has been asked for."""
        now = perf_counter_ns()
        for place, code in self._frames.items():
            self._known.keep(place, (code, now))


class _EndOfCell:
    """Stands for the frame of a cell whose last statement has run."""

    f_lasti = -1
    f_back = None

    def __init__(self, code: CodeType, shared: dict[str, Any]) -> None:
        self.f_code = code
        self.f_globals = self.f_locals = shared


class _Seen:
    """What is known of data and of calls, for one frame."""

    def __init__(self, finder: Finder, frame: FrameType, height: int, asked: _Asked | None) -> None:
        self._height = height
        self._finder = finder
        self._data = finder.data
        self._frame = frame
        home = home_of(frame)
        self._home = id(home)
        own = finder.site(frame.f_code, frame.f_lasti)
        self._since = own[2] if own is not None and own[1] == self._home else -1
        self._called = finder.called(home)
        self._asked = asked
        self._last = -1 if asked is None else asked.before(frame)

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
        return value_of(refs, origin, family, shape)

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
        return value_of(refs, origin, "number", ())

    def of_site(self, offset: int, names: frozenset[str]) -> Value | None:
        site = self._finder.site(self._frame.f_code, offset)
        if site is None or site[1] != self._home or site[2] <= self._since:
            return None
        return _of_site(site, names)

    def of_statement_before(self, span: Span, names: frozenset[str]) -> Value | None:
        code = self._frame.f_code
        if code.co_name != "<module>":
            return None
        site = self._finder.site_of_cell(code.co_filename, span)
        return None if site is None else _of_site(site, names)

    def of_parameter(self, name: str) -> Any:
        return self._finder.given(name, self._frame, self._height, self._asked)

    def standing_for(self, obj: Any) -> Iterator[Value]:
        data = self._data
        family = str(family_of(type(obj)))
        for one in (obj, getattr(obj, "base", None) if family == "array" else None):
            if refs := data._objects.get(one):
                origin = data.columns.origin(one, {id(one): refs})
                # Others are asked nothing: a user's own estimator may have a property of that name.
                shape = getattr(one, "shape", None) if family in _WITH_SHAPE else None
                yield from values_of(refs, origin, family, shape)
                return

    def made_at(self, span: Span, source: CodeSource, *, lately: bool) -> list[Value]:
        code = self._frame.f_code
        places = [(code, offset) for offset in source.spans.get(span, ())]
        places += source.inner.get(span, ())
        sites = [self._finder.site(*place) for place in places]
        known = [site for site in sites if site is not None]
        if not known and code.co_name == "<module>":
            site = self._finder.site_of_cell(code.co_filename, span)
            return [] if site is None else [v for t in turns_of(site, -1) for v in t.values]
        since = self._last if lately else self._called
        return [
            v for site in known for turn in turns_of(site, since, self._home) for v in turn.values
        ]

    def made_inside(self, function: FunctionType, given: Sequence[Value]) -> Sequence[Value]:
        return self._finder.made_inside(function, given, self._called)

    def gathered_of_parameter(self, name: str) -> tuple[Value, ...]:
        if not is_parameter(self._frame.f_code, name):
            return ()
        return self._finder.gathered(name, self._frame, self._height, self._asked)

    def spot(self, node: ast.expr) -> Spot:
        return Spot(self._frame, node)

    def tell(self, obj: Any, value: Value) -> None:
        self._finder.tell(obj, value)


def _of_site(site: Site, names: frozenset[str]) -> Value | None:
    _, _, _, watched, kind, shape, refs, inputs, origin, _ = site
    owner, _, method = watched.target.path.rpartition(".")
    if not {method, owner.rpartition(".")[2]} & names:
        return None
    if refs is None:
        refs = tuple(flat(inputs))
    return value_of(refs, origin, family_of(kind) or "number", shape)


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


def _expression_of(obj: Any, call: WatchedCall, evaluator: Evaluator) -> ast.expr | None:
    """Return the expression of what a call was given; None where that is not certain."""
    place = evaluator.place
    for node, live in given(place, call):
        for part, found in _parts(node, live):
            if found is obj:
                named = evaluator.holds(part, obj) or _is_of(place.node, call, evaluator)
                return part if named else None
    return None


def _is_of(node: ast.AST, call: WatchedCall, evaluator: Evaluator) -> bool:
    """Return whether the call at a place is the very one that is recorded."""
    if not isinstance(node, ast.Call):
        return True
    owner, _, method = call.watched.target.path.rpartition(".")
    name = evaluator.called_name(node.func)
    return name in (method, owner.rpartition(".")[2])
