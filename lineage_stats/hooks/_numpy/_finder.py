"""Finding what an array was made from in the source of the code that calls."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, cast

from lineage_stats.features._cache import BoundedCache
from lineage_stats.features._families import family_of
from lineage_stats.hooks._numpy._asked import Asked, Times
from lineage_stats.hooks._numpy._callers import caller_of, given_for
from lineage_stats.hooks._numpy._evaluate import Evaluator
from lineage_stats.hooks._numpy._functions_called import data_in, functions_from, shared_with
from lineage_stats.hooks._numpy._given import expression_of, given_to, parts_of_literal
from lineage_stats.hooks._numpy._mutation import changed_in_place
from lineage_stats.hooks._numpy._scopes import Sources, assigned_names
from lineage_stats.hooks._numpy._seen import Seen
from lineage_stats.hooks._numpy._turns import Turn, returned_by, turns_of, values_of
from lineage_stats.hooks._numpy._values import (
    UNTOLD,
    LostError,
    Value,
    constant,
    opaque,
    origin_of,
)
from lineage_stats.hooks._numpy._variables import Variables, reading
from lineage_stats.hooks._refs import Ref

if TYPE_CHECKING:
    from types import FrameType

    from lineage_stats.hooks._calls import WatchedCall
    from lineage_stats.hooks._data import DataBook
    from lineage_stats.hooks._numpy._book import Site
    from lineage_stats.hooks._syntax import Span

MOST_ASKED = 10_000  # arguments of calls
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
        self._asked: Times = BoundedCache(MOST_ASKED)

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

    def find(self, obj: Any, call: WatchedCall, argument: int | str = -1) -> tuple[Ref, ...]:
        """Return what an array stands for that a call was given; nothing if that is not known.

        `argument` tells the arguments of one call apart.
        """
        assert call.frame is not None
        asked = Asked(self._asked, id(call.frame.f_code) + call.frame.f_lasti, argument)
        try:
            with self._evaluator(call.frame, 0, asked) as evaluator:
                node = expression_of(obj, call, evaluator)
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
                    for node, live in given_to(evaluator.place, call)
                    for part, obj in parts_of_literal(node, live)
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
            evaluator = Evaluator(source, source.end(), variables, Seen(self, end, 0, None))
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
    def _evaluator(self, frame: FrameType, height: int, asked: Asked | None) -> Iterator[Evaluator]:
        """Yield what finds out what expressions were made from that a frame has just worked out."""
        source = self._sources.of(frame.f_code)
        place = None if source is None else source.place(frame.f_lasti)
        with reading(frame) as variables:
            if source is None or place is None or variables is None:
                raise LostError
            yield Evaluator(source, place, variables, Seen(self, frame, height, asked))

    def gathered(
        self, name: str, frame: FrameType, height: int, asked: Asked | None
    ) -> tuple[Value, ...]:
        """Return what the caller of a frame may have made from what it gave for a parameter."""
        with self._caller(name, frame, height, asked) as (evaluator, node):
            return () if node is None else evaluator.gathered(node)

    def given(self, name: str, frame: FrameType, height: int, asked: Asked | None) -> Any:
        """Return what the caller of a frame gave for a parameter."""
        with self._caller(name, frame, height, asked) as (evaluator, node):
            return constant(UNTOLD) if node is None else evaluator.here(node)

    @contextmanager
    def _caller(
        self, name: str, frame: FrameType, height: int, asked: Asked | None
    ) -> Iterator[tuple[Evaluator, ast.expr | None]]:
        """Yield what reads the caller of a frame, and what it gave; None for a default."""
        caller = caller_of(frame)
        if caller is None or height >= MOST_CALLERS:
            raise LostError
        with self._evaluator(caller, height + 1, asked) as evaluator:
            found = given_for(name, frame.f_code, evaluator.place.node, evaluator.look)
            if found is None:
                raise LostError
            yield evaluator, found.node

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


class _EndOfCell:
    """Stands for the frame of a cell whose last statement has run."""

    f_lasti = -1
    f_back = None

    def __init__(self, code: CodeType, shared: dict[str, Any]) -> None:
        self.f_code = code
        self.f_globals = self.f_locals = shared
