"""What an array may have been made from, where the way it was made cannot be followed.

Predictions are gathered over the turns of a loop, in a list, a comprehension, part of an array, a
dictionary. Which of them an array holds is not worked out, nor how: it stands for all data that
the code has put into its variables since they were last given a value outright.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any, Final, NamedTuple, Protocol

from lineage_stats.features._families import family_of
from lineage_stats.hooks._columns._origins import Origin
from lineage_stats.hooks._numpy._definitions import LOOPS, Definitions, Path
from lineage_stats.hooks._numpy._flow import binds, positions_by_name
from lineage_stats.hooks._numpy._holders import PLAIN, attributes_of, function_called, is_of
from lineage_stats.hooks._numpy._nodes import last_name, names_in
from lineage_stats.hooks._numpy._scopes import CodeSource, Place, runs_at
from lineage_stats.hooks._numpy._values import LostError, Value
from lineage_stats.hooks._numpy._variables import Variables
from lineage_stats.hooks._objects import HOLDERS, MAX_PARTS, parts_of
from lineage_stats.hooks._syntax import Span

MOST_PARTS: Final = 400  # nodes looked at for one array
MOST_FOUND: Final = 64
MOST_DEEP: Final = 60  # expressions that make each other up, so that the stack suffices

Own = Mapping[str, ast.expr]
_NONE: Final[Own] = {}

_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
_CODE = (FunctionType, BuiltinFunctionType, ModuleType, type)
_WRITABLE = frozenset(("array", "sparse"))
_SIZES = frozenset("shape size ndim dtype columns index nbytes".split())
# Of what these are given only the size is in what they return, or nothing.
_BLANK = frozenset(
    """len range print isinstance type zeros ones empty arange linspace zeros_like ones_like
    empty_like""".split()
)


class Known(Protocol):
    """What is known of data and of calls, for one frame."""

    def standing_for(self, obj: Any) -> Iterable[Value]:
        """Return what live data or a fitted model stands for."""

    def made_at(self, span: Span, source: CodeSource, *, lately: bool) -> Sequence[Value]:
        """Return what calls made that stand at a position, in all turns of a loop.

        Lately: since the array was last asked for; else: since the function was called.
        """

    def made_inside(self, function: FunctionType, given: Sequence[Value]) -> Sequence[Value]:
        """Return what a call of a function may return that was given some data."""

    def gathered_of_parameter(self, name: str) -> Iterable[Value]:
        """Return what a caller may have given for a parameter."""


class IsShared(Protocol):
    """Whether other functions mention a variable; `writes`: whether they give it a value."""

    def __call__(self, name: str, /, *, writes: bool) -> bool: ...


class Gatherer:
    """Gathers the data that expressions of one frame may have been made from.

    All of it, or nothing: where something cannot be seen `LostError` is raised.

    Parameters
    ----------
    source : CodeSource
        The code of the frame.
    place : Place
        Where it is now.
    variables : Variables
        What its variables hold now.
    known : Known
        What is known of data.
    is_shared : callable
        Returns whether other functions mention a variable, or give it another value.
    """

    def __init__(
        self,
        source: CodeSource,
        place: Place,
        variables: Variables,
        known: Known,
        is_shared: IsShared,
    ) -> None:
        self._source = source
        self._place = place
        self._variables = variables
        self._known = known
        self._is_shared = is_shared
        self._found: dict[Any, Value] = {}
        self._definitions = Definitions(source, place, variables)
        self._inside = self._n_calls = 0
        self._n_parts = self._depth = 0
        self._array: ast.expr | None = None
        levels = place.levels[:-1]
        loops = [level.statement for level in levels if isinstance(level.statement, LOOPS)]
        self._loop = loops[-1] if loops else None

    def gather(self, node: ast.expr) -> tuple[Value, ...]:
        """Return what an array may have been made from that an expression has just given."""
        self._array = node
        self._expression(node, self._place.levels)
        if self._definitions.grows:
            self._definitions.start_again()
            self._expression(node, self._place.levels)
        return tuple(self._found.values())

    def _expression(self, node: ast.AST, path: Path, own: Own = _NONE) -> None:
        """Gather from an expression; `own`: what comprehensions around it go over, by variable."""
        self._n_parts += 1
        self._depth += 1
        if self._n_parts > MOST_PARTS or self._depth > MOST_DEEP or len(self._found) > MOST_FOUND:
            raise LostError
        self._part(node, path, own)
        self._depth -= 1

    def _part(self, node: ast.AST, path: Path, own: Own) -> None:
        if isinstance(node, ast.Lambda | ast.NamedExpr | ast.Await | ast.Yield | ast.YieldFrom):
            raise LostError
        if isinstance(node, ast.expr) and (made := self._made_at(node, path)):
            self._add(made)
        elif isinstance(node, ast.Name):
            if node.id in own:
                self._expression(own[node.id], path, _without(own, node.id))
            else:
                self._name(node.id, path)
        elif isinstance(node, _COMPREHENSIONS):
            self._comprehension(node, path, own)
        elif isinstance(node, ast.Call):
            self._call(node, path, own)
        elif not (isinstance(node, ast.Attribute) and node.attr in _SIZES):
            for part in ast.iter_child_nodes(node):
                self._expression(part, path, own)

    def _add(self, values: Iterable[Value]) -> None:
        for value in values:
            form = value.form
            self._found[value.refs, form.leaves if isinstance(form, Origin) else id(form)] = value

    def _made_at(self, node: ast.expr, path: Path) -> Sequence[Value]:
        inside = self._loop is None or any(level.statement is self._loop for level in path)
        lately = inside and not self._definitions.grows
        made = self._known.made_at(runs_at(node), self._source, lately=lately)
        if node is self._array and any(value.family != "array" for value in made):
            return []  # by a call that stood there in another turn
        return made

    def _comprehension(self, node: ast.expr, path: Path, own: Own) -> None:
        inside = dict(own)
        for loop in getattr(node, "generators", ()):
            inside.update(dict.fromkeys(names_in(loop.target), loop.iter))
            for condition in loop.ifs:
                self._expression(condition, path, inside)
        for part in ("elt", "key", "value"):
            if hasattr(node, part):
                self._expression(getattr(node, part), path, inside)

    def _call(self, node: ast.Call, path: Path, own: Own) -> None:
        func = node.func
        if last_name(func) in _BLANK:
            return
        called = function_called(func, self._variables.get)
        before = self._found, self._inside
        if called is not None:
            self._n_calls += 1
            self._found, self._inside = {}, self._n_calls
        if isinstance(func, ast.Attribute):
            self._expression(func.value, path, own)
        for part in (*node.args, *(word.value for word in node.keywords)):
            self._expression(part, path, own)
        if called is not None:
            inside = self._known.made_inside(called, tuple(self._found.values()))
            self._found, self._inside = before
            self._add(inside)

    def _name(self, name: str, path: Path) -> None:
        obj = self._variables.get(name)
        if is_of(obj, _CODE):
            return
        family = family_of(type(obj))
        # What pandas holds is seen to be changed, whoever does it.
        followed = is_of(obj, PLAIN) or family not in (None, *_WRITABLE)
        if self._is_shared(name, writes=followed):
            raise LostError
        live = self._live(obj)
        is_now = path is self._place.levels or self._is_given_once(name)
        if live.values and is_now and live.is_whole and not live.is_writable:
            self._add(live.values)
            return
        before = len(self._found)
        try:
            self._before(name, path, live)
        except LostError:
            # A list whose elements are known was looked at; an array may hold more than is known.
            if family is not None or not (live.values and is_now and live.is_whole):
                raise
        if family is None or len(self._found) == before:
            self._add(live.values)

    def _before(self, name: str, path: Path, live: _Live) -> None:
        """Gather from all that may have given a variable its value, or put something into it."""
        for part, where in self._definitions.find(name, path, self._inside):
            if part is not None:
                self._expression(part, where)
            elif live.values and live.is_whole:
                self._add(live.values)
            elif not is_of(self._variables.get(name), PLAIN):
                self._add(self._known.gathered_of_parameter(name))

    def _live(self, obj: Any) -> _Live:
        """Return what an object stands for, or what it holds: a list, an object of the program."""
        if family_of(type(obj)) is not None:
            held = [obj]
        else:
            own = obj if type(obj) in HOLDERS else attributes_of(obj)
            held = [part for one in parts_of(own) for part in parts_of(one)]
        families = [family_of(type(part)) for part in held]
        known = [
            [] if family is None else [*self._known.standing_for(part)]
            for family, part in zip(families, held, strict=True)
        ]
        is_whole = len(held) < MAX_PARTS and all(
            found or is_of(part, PLAIN) for found, part in zip(known, held, strict=True)
        )
        is_writable = not _WRITABLE.isdisjoint(families)
        return _Live([value for found in known for value in found], is_whole, is_writable)

    def _is_given_once(self, name: str) -> bool:
        """Return whether a variable has one value in all of the function, but for loops."""
        body = self._place.levels[0].block if self._place.levels else self._place.body
        positions = self._source.about(body, positions_by_name).get(name, ())
        given = [body[i] for i in positions if binds(body[i], name)]
        return len(given) < 2 and not any(isinstance(g, LOOPS) for g in given)


class _Live(NamedTuple):
    """What an object stands for, whether that is all of it, and whether it holds arrays."""

    values: list[Value]
    is_whole: bool
    is_writable: bool


def _without(own: Own, name: str) -> Own:
    return {other: node for other, node in own.items() if other != name}
