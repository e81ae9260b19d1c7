"""What an array may have been made from, where the way it was made cannot be followed.

Predictions are gathered over the turns of a loop, in a list, a comprehension, part of an array, a
dictionary. Which of them an array holds is not worked out, nor how: it stands for all data that
the code has put into its variables since they were last given a value outright.
"""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any, Final, NamedTuple, Protocol

from lineage_stats.features._families import family_of
from lineage_stats.hooks._columns._origins import Origin
from lineage_stats.hooks._numpy._bytecode import KEEPERS, WRITERS, may_write
from lineage_stats.hooks._numpy._flow import binds, positions_by_name
from lineage_stats.hooks._numpy._holders import attributes_of, function_called, is_of, object_at
from lineage_stats.hooks._numpy._mutation import VIEWS, names_of_the_same
from lineage_stats.hooks._numpy._scopes import CodeSource, Level, Place, blocks_of, runs_at
from lineage_stats.hooks._numpy._values import LostError, Value
from lineage_stats.hooks._numpy._variables import Variables
from lineage_stats.hooks._objects import HOLDERS, MAX_PARTS, parts_of
from lineage_stats.hooks._syntax import Span

MOST_PARTS: Final = 400  # nodes looked at for one array
MOST_STATEMENTS: Final = 3_000
MOST_FOUND: Final = 64
MOST_DEEP: Final = 60  # expressions that make each other up, so that the stack suffices

Path = tuple[Level, ...]
Own = Mapping[str, ast.expr]
_NONE: Final[Own] = {}

_LOOPS = (ast.For, ast.AsyncFor, ast.While)
# Of whose blocks several run, one after the other.
_WITH_SIBLINGS = (*_LOOPS, ast.Try, *([ast.TryStar] if hasattr(ast, "TryStar") else []))
_BINDERS = (ast.Match, ast.Import, ast.ImportFrom, ast.Delete)
_WITHS = (ast.With, ast.AsyncWith)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
_PLAIN = (int, float, complex, str, bytes, bool, type(None))
# Functions of these write only where they are told to: by ``out``, which may be the third.
_LIBRARIES = frozenset(("numpy", "pandas", "scipy", "sklearn", "builtins", "math"))
_FIRST_OUT = 2
_CODE = (FunctionType, BuiltinFunctionType, ModuleType, type)
_WRITABLE = frozenset(("array", "sparse"))
_LOOKERS = frozenset("print len isinstance type repr str id float int bool format".split())
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
        # Of each variable, block and call around: which statements were gathered from.
        self._walk: dict[tuple[str, int, int], tuple[int, int]] = {}
        self._inside = self._n_calls = 0
        self._n_parts = self._n_statements = self._depth = 0
        self._array: ast.expr | None = None
        levels = place.levels[:-1]
        loops = [level.statement for level in levels if isinstance(level.statement, _LOOPS)]
        self._loop = loops[-1] if loops else None
        self._grows = False  # from turn to turn of the loop

    def gather(self, node: ast.expr) -> tuple[Value, ...]:
        """Return what an array may have been made from that an expression has just given."""
        self._array = node
        self._expression(node, self._place.levels)
        if self._grows:
            self._walk.clear()
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
        lately = inside and not self._grows
        made = self._known.made_at(runs_at(node), self._source, lately=lately)
        if node is self._array and any(value.family != "array" for value in made):
            return []  # by a call that stood there in another turn
        return made

    def _comprehension(self, node: ast.expr, path: Path, own: Own) -> None:
        inside = dict(own)
        for loop in getattr(node, "generators", ()):
            inside.update(dict.fromkeys(_names_in(loop.target), loop.iter))
            for condition in loop.ifs:
                self._expression(condition, path, inside)
        for part in ("elt", "key", "value"):
            if hasattr(node, part):
                self._expression(getattr(node, part), path, inside)

    def _call(self, node: ast.Call, path: Path, own: Own) -> None:
        func = node.func
        if _last_name(func) in _BLANK:
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
        followed = is_of(obj, _PLAIN) or family not in (None, *_WRITABLE)
        if self._is_shared(name, writes=followed):
            raise LostError
        live = self._live(obj)
        is_now = path is self._place.levels or self._is_given_once(name)
        if live.values and is_now and live.is_whole and not live.is_writable:
            self._add(live.values)
            return
        before = len(self._found)
        try:
            self._definitions(name, path, live)
        except LostError:
            # A list whose elements are known was looked at; an array may hold more than is known.
            if family is not None or not (live.values and is_now and live.is_whole):
                raise
        if family is None or len(self._found) == before:
            self._add(live.values)

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
            found or is_of(part, _PLAIN) for found, part in zip(known, held, strict=True)
        )
        is_writable = not _WRITABLE.isdisjoint(families)
        return _Live([value for found in known for value in found], is_whole, is_writable)

    def _is_given_once(self, name: str) -> bool:
        """Return whether a variable has one value in all of the function, but for loops."""
        body = self._place.levels[0].block if self._place.levels else self._place.body
        positions = self._source.about(body, positions_by_name).get(name, ())
        given = [body[i] for i in positions if binds(body[i], name)]
        return len(given) < 2 and not any(isinstance(g, _LOOPS) for g in given)

    # -- statements -----------------------------------------------------------------------

    def _definitions(self, name: str, path: Path, live: _Live) -> None:
        """Gather from all that may have given a variable its value, or put something into it."""
        if not path or self._is_walked(name, *path[-1]):
            return
        names = self._source.about(self._place.body, names_of_the_same)
        if names is None:
            raise LostError
        asked = _Asked(name, names.get(name, frozenset()) | {name})
        for depth in range(len(path) - 1, -1, -1):
            outer, (block, at) = path[:depth], path[depth]
            positions = self._positions(block, asked)
            now = bisect_left(positions, at)
            given = self._backwards(asked, block, positions[:now], outer)
            if depth == len(path) - 1:
                self._walk[name, id(block), self._inside] = -1 if given is None else given, at
            if given is not None:
                return
            around = outer[-1].statement if outer else None
            if around is not None and name in self._source.about(around, _on_the_way):
                raise LostError
            if isinstance(around, _LOOPS) and block is around.body:
                self._backwards(asked, block, positions[now:], outer)  # in the turn before
                if not isinstance(around, ast.While) and name in _names_in(around.target):
                    self._expression(around.iter, outer)
                    return
                self._grows = self._grows or path is self._place.levels
            if isinstance(around, _WITHS) and self._by_with(around, asked, outer):
                return
            if around is not None and isinstance(around, _WITH_SIBLINGS):
                for sibling in blocks_of(around):
                    if sibling is not block:
                        self._backwards(asked, sibling, self._positions(sibling, asked), outer)
        if live.values and live.is_whole:
            self._add(live.values)
        elif not is_of(self._variables.get(name), _PLAIN):
            self._add(self._known.gathered_of_parameter(name))

    def _is_walked(self, name: str, block: list[ast.stmt], at: int) -> bool:
        """Return whether all that gives a variable its value at a place was gathered already."""
        from_, to = self._walk.get((name, id(block), self._inside), (at, at - 1))
        if from_ < at <= to:
            return True
        self._walk[name, id(block), self._inside] = at - 1, at  # while it is looked for
        return False

    def _positions(self, block: list[ast.stmt], asked: _Asked) -> list[int]:
        known = self._source.about(block, positions_by_name)
        return sorted({at for name in asked.names for at in known.get(name, ())})

    def _backwards(
        self, asked: _Asked, block: list[ast.stmt], positions: Iterable[int], outer: Path
    ) -> int | None:
        """Gather from statements of a block, the last one first, up to one that gives a value.

        Returns the position of that one, if there is one.
        """
        for at in reversed(list(positions)):
            if self._statement(block[at], asked, (*outer, Level(block, at))):
                return at
        return None

    def _statement(self, statement: ast.stmt, asked: _Asked, path: Path) -> bool:
        """Gather what a statement puts into a variable; return whether it gives it a value."""
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            raise LostError
        self._n_statements += 1
        if self._n_statements > MOST_STATEMENTS:
            raise LostError
        if asked.name in self._source.about(statement, _on_the_way):
            raise LostError
        for call in self._source.about(statement, _calls_of):
            self._writer(call, asked, path)
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            return self._assignment(statement, asked, path)
        if isinstance(statement, ast.AugAssign):
            if _base(statement.target) in asked.names:
                self._expression(statement.value, path)
            return False
        target, over = getattr(statement, "target", None), getattr(statement, "iter", None)
        if target is not None and over is not None and asked.name in _names_in(target):
            self._expression(over, path)
        if isinstance(statement, _WITHS):
            self._by_with(statement, asked, path)
        elif isinstance(statement, _BINDERS) and binds(statement, asked.name):
            raise LostError
        self._blocks(statement, asked, path)
        return False  # a block may not have run to its end

    def _blocks(self, statement: ast.stmt, asked: _Asked, path: Path) -> None:
        """Gather from the blocks of a statement."""
        for block in blocks_of(statement):
            self._backwards(asked, block, self._positions(block, asked), path)

    def _by_with(self, statement: ast.With | ast.AsyncWith, asked: _Asked, path: Path) -> bool:
        found = False
        for item in statement.items:
            if item.optional_vars is not None and asked.name in _names_in(item.optional_vars):
                self._expression(item.context_expr, path)
                found = True
        return found

    def _assignment(self, statement: ast.Assign | ast.AnnAssign, asked: _Asked, path: Path) -> bool:
        value, given = statement.value, False
        if value is None:
            return False
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        for target in targets:
            for one, part in _pairs(target, value):
                if isinstance(one, ast.Name):
                    if one.id == asked.name:
                        self._expression(part, path)
                        given = True
                elif _base(one) in asked.names:
                    self._put(one, part, path)
        return given

    def _put(self, target: ast.expr, value: ast.expr, path: Path) -> None:
        """Gather what a value was made from, and by what its place was chosen."""
        self._expression(value, path)
        if isinstance(target, ast.Subscript) and not self._is_plain(target.slice):
            self._expression(target.slice, path)

    def _is_plain(self, index: ast.expr) -> bool:
        """Return whether an index is a variable with a number or text, as of a loop."""
        name = index.elts[-1] if isinstance(index, ast.Tuple) and index.elts else index
        return isinstance(name, ast.Name) and is_of(self._variables.get(name.id), _PLAIN)

    def _writer(self, call: ast.Call, asked: _Asked, path: Path) -> None:
        """Gather from a call that may put what it is given into what a variable holds."""
        func, args, words = call.func, call.args, call.keywords
        name = _last_name(func)
        of_owner = isinstance(func, ast.Attribute) and _base(func.value) in asked.names
        at = [i for i, arg in enumerate(args) if _base(arg) in asked.names]
        named = [word for word in words if _base(word.value) in asked.names]
        told = of_owner and (name in KEEPERS | WRITERS or self._is_of_the_program(asked.name))
        if not told and not self._may_write(func, at, [str(word.arg) for word in named]):
            return
        parts = [*args, *(word.value for word in words), *([] if of_owner else _owner(func))]
        for part in parts:
            if _base(part) != asked.name:
                self._expression(part, path)

    def _may_write(self, func: ast.expr, at: Sequence[int], named: Sequence[str]) -> bool:
        """Return whether a function may write into arguments at some positions, or of a name."""
        if not (at or named):
            return False
        name = _last_name(func)
        if name in WRITERS or name.startswith(("inplace", "__")) or "out" in named:
            return True
        if name in _LOOKERS:
            return False
        called = function_called(func, self._variables.get)
        found = object_at(func, self._variables.get)
        if is_of(found, BuiltinFunctionType) and found.__module__ == "_operator":
            return name.startswith("i")  # iadd, and so on
        # What is no function may be anything, and would run code when asked for its module.
        home = str(found.__module__ if is_of(found, FunctionType) else type(found).__module__)
        if home.partition(".")[0] in _LIBRARIES:
            return any(position >= _FIRST_OUT for position in at) and name != "where"
        return called is None or may_write(called)

    def _is_of_the_program(self, name: str) -> bool:
        """Return whether a variable holds an object whose methods may keep what they are given."""
        cls: Any = type(self._variables.get(name))
        return family_of(cls) is None and cls.__module__.partition(".")[0] not in _LIBRARIES


class _Live(NamedTuple):
    """What an object stands for, whether that is all of it, and whether it holds arrays."""

    values: list[Value]
    is_whole: bool
    is_writable: bool


class _Asked(NamedTuple):
    """A variable, and all names under which its memory may be known."""

    name: str
    names: frozenset[str]


def _calls_of(statement: ast.stmt) -> list[ast.Call]:
    """Return the calls of a statement itself, not those of the blocks inside of it."""
    inside = {id(part) for block in blocks_of(statement) for part in block}
    found: list[ast.Call] = []
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Call):
            found.append(node)
        waiting += [part for part in ast.iter_child_nodes(node) if id(part) not in inside]
    return found


def _on_the_way(statement: ast.stmt) -> frozenset[str]:
    """Return the variables that a statement itself assigns to on the way, by a walrus."""
    inside = {id(part) for block in blocks_of(statement) for part in block}
    found: set[str] = set()
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.NamedExpr):
            found.add(node.target.id)
        waiting += [part for part in ast.iter_child_nodes(node) if id(part) not in inside]
    return frozenset(found)


def _without(own: Own, name: str) -> Own:
    return {other: node for other, node in own.items() if other != name}


def _names_in(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _last_name(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")


def _owner(func: ast.expr) -> list[ast.expr]:
    return [func.value] if isinstance(func, ast.Attribute) else []


def _base(node: ast.expr) -> str:
    """Return the variable that an item or attribute belongs to, or that stands there itself."""
    while True:
        if isinstance(node, ast.Subscript | ast.Attribute | ast.Starred):
            node = node.value
        elif isinstance(node, ast.Call) and _last_name(node.func) in VIEWS | {"setdefault", "get"}:
            node = node.func
        else:
            break
    return node.id if isinstance(node, ast.Name) else ""


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield targets of an assignment, each with what is known to be given to it."""
    if not isinstance(target, ast.Tuple | ast.List):
        yield target, value
        return
    parts = value.elts if isinstance(value, ast.Tuple | ast.List) else []
    alike = len(parts) == len(target.elts)
    for one, part in zip(target.elts, parts if alike else [value] * len(target.elts), strict=True):
        yield from _pairs(one, part)
