"""What variables of a frame were made from, where they cannot have got another value since."""

from __future__ import annotations

import ast
import sys
from abc import ABC, abstractmethod
from bisect import bisect_left
from collections import Counter
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any, Protocol

from lineage_stats.features._families import family_of
from lineage_stats.hooks._columns._provenance import Spot
from lineage_stats.hooks._columns._settings import put_in
from lineage_stats.hooks._numpy._bytecode import stores_free, stores_global
from lineage_stats.hooks._numpy._callers import is_parameter
from lineage_stats.hooks._numpy._flow import (
    Index,
    Mentions,
    after,
    binds,
    functions_of,
    is_left_alone,
    mentions,
    positions_by_name,
)
from lineage_stats.hooks._numpy._gather import Known
from lineage_stats.hooks._numpy._holders import PLAIN, is_of
from lineage_stats.hooks._numpy._indexing import take_item
from lineage_stats.hooks._numpy._mutation import changed_in_place
from lineage_stats.hooks._numpy._scopes import (
    CodeSource,
    Level,
    Place,
    comprehension_loops,
    comprehension_names,
    is_inside_comprehension,
)
from lineage_stats.hooks._numpy._sparse import is_sparse
from lineage_stats.hooks._numpy._values import (
    UNKNOWN_NUMBER,
    UNTOLD,
    LostError,
    Many,
    Value,
    constant,
)
from lineage_stats.hooks._numpy._variables import MISSING, Variables
from lineage_stats.hooks._syntax import Span

_WRITABLE = frozenset({"array", "sparse"})
# Functions of NumPy and of SciPy's sparse matrices that copy all that the list they take holds.
_JOINS = ("hstack", "vstack", "concatenate", "column_stack")


class Seen(Known, Protocol):
    """What the recorder knows of live data and of calls that it saw."""

    def of_object(self, obj: Any, *, changed: bool) -> Value | None:
        """Return what live data stands for; `changed` if that may have been different before."""

    def of_made(self, obj: Any) -> Value | None:
        """Return what live data stands for that a recorded operation made; None of others."""

    def of_site(self, offset: int, names: frozenset[str]) -> Value | None:
        """Return what the call made that stands at an offset, if it was one of these."""

    def of_statement_before(self, span: Span, names: frozenset[str]) -> Value | None:
        """Return the same of a position in another statement of a notebook's cell."""

    def of_parameter(self, name: str) -> Any:
        """Return what a caller gave for a parameter."""

    def spot(self, node: ast.expr) -> Spot:
        """Return where an expression stands."""

    def tell(self, obj: Any, value: Value) -> None:
        """Let live data stand for what was found out."""


class At:
    """A point in the program: a statement, and how deep it stands."""

    def __init__(self, depth: int, at: int) -> None:
        self.depth = depth
        self.at = at


class NameReader(ABC):
    """Finds out what variables of one frame stand for.

    Parameters
    ----------
    source : CodeSource
        The code of the frame.
    place : Place
        Where it is now.
    variables : Variables
        What its variables hold now.
    seen : Seen
        What is known of data.
    """

    def __init__(self, source: CodeSource, place: Place, variables: Variables, seen: Seen) -> None:
        self._source = source
        self.place = place
        self._variables = variables
        self._seen = seen
        self._steps = 0
        levels = place.levels
        self._now = At(len(levels) - 1, levels[-1].at if levels else 0)
        self._shared: dict[tuple[str, bool], bool] = {}
        self._functions: list[CodeType] | None = None  # as they are now
        self._pending: set[tuple[str, int, int]] = set()

    @abstractmethod
    def _value(self, node: ast.expr, at: At) -> Any:
        """Return what an expression was made from, as of a point in the program."""

    @abstractmethod
    def _many(self, node: ast.List | ast.Tuple, at: At) -> Many:
        """Return what the elements of a list or tuple were made from."""

    def look(self, name: str) -> Any:
        """Return what a variable holds now."""
        return self._variables.get(name)

    def _name(self, node: ast.Name, at: At) -> Any:
        name = node.id
        if self._is_hidden(name, at):
            raise LostError
        key = (name, at.depth, at.at)
        if key in self._pending:
            raise LostError
        self._pending.add(key)
        try:
            if self._is_stable(name, at):
                value = self._live(name, at)
                put = put_in("numpy", self._variables.get(name), self._seen.spot(node))
                return value._replace(settings=put) if put and isinstance(value, Value) else value
            found = self._definition(name, at)
            if found is None:
                raise LostError
            return self._defined(name, *found, at)
        finally:
            self._pending.discard(key)

    def _live(self, name: str, at: At) -> Any:
        """Return what a variable stands for that has held the same object all the time."""
        obj = self._variables.get(name)
        if obj is MISSING:
            raise LostError
        if family_of(type(obj)) is not None:
            if family_of(type(obj)) in _WRITABLE and name in self.changed_in_place():
                raise LostError
            if family_of(type(obj)) == "sparse":
                return self._live_sparse(name, obj, at)
            # A method called for another argument may have changed it, too.
            alone = (
                at is self._now and self._source.about(self._statement(at), _mentions)[name] == 1
            )
            value = self._seen.of_object(obj, changed=not alone)
            if value is not None:
                return value
            return self._told_before(name, obj, at)
        if is_of(obj, (FunctionType, type, BuiltinFunctionType)):
            return constant(obj)
        if type(obj) is list:
            return self._live_list(name, obj, at)
        return self._live_number(name, obj, at)

    def _told_before(self, name: str, obj: Any, at: At) -> Value:
        """Let an object stand for what its variable was given."""
        value = self._before(name, obj, at)
        if isinstance(value, Value) and value.ndim in (None, getattr(obj, "ndim", None)):
            self._seen.tell(obj, value)
            return value
        raise LostError

    def _live_sparse(self, name: str, obj: Any, at: At) -> Value:
        """Return what a sparse matrix stands for, if nothing can have written into it.

        Only what a watched call made is nobody else's memory; of all else the definitions tell.
        """
        found = self._definition(name, at)
        made = None if found is None else self._seen.of_made(obj)
        if found is None or made is None:
            return self._told_before(name, obj, at)
        between = self._between(found[0], self._now, name)
        mentions = Mentions(name, self._joins, sparse=True)
        if self.is_shared(name, writes=False) or not is_left_alone(between, mentions):
            raise LostError
        return made

    def _joins(self, func: ast.expr) -> bool:
        """Return whether an expression is a function that copies what is in a list."""
        found = self._of_modules(func)
        homes = [sys.modules.get(name) for name in ("numpy", "scipy.sparse")]
        joins = [getattr(home, name, None) for home in homes for name in _JOINS]
        return found is not None and any(found is join for join in joins)

    def _of_modules(self, node: ast.expr) -> Any:
        """Return what a variable holds, or a module that it holds; None for anything else."""
        if isinstance(node, ast.Name):
            return self._variables.get(node.id)
        owner = self._of_modules(node.value) if isinstance(node, ast.Attribute) else None
        if isinstance(node, ast.Attribute) and type(owner) is ModuleType:
            return vars(owner).get(node.attr)
        return None

    def changed_in_place(self) -> frozenset[str]:
        """Return the variables whose arrays are written into somewhere in the function."""
        return self._source.about(self.place.body, changed_in_place)

    def _before(self, name: str, obj: Any, at: At) -> Any:
        """Return what a variable was given, by an assignment or by a caller."""
        found = self._definition(name, at)
        if found is not None:
            return self._defined(name, *found, self._now)
        return self._parameter(name, obj)

    def _parameter(self, name: str, obj: Any) -> Any:
        """Return what a caller gave for a parameter that nothing was done to since."""
        levels = self.place.levels
        if not levels or not is_parameter(self._variables.code, name):
            raise LostError
        before = list(after(levels, 0, -1, self._mentioning(name)))
        if any(binds(statement, name) for statement in before):
            raise LostError
        if family_of(type(obj)) is not None and not (
            is_left_alone(
                before, Mentions(name, self._joins, sparse=family_of(type(obj)) == "sparse")
            )
            and not self.is_shared(name, writes=False)
        ):
            raise LostError
        return self._seen.of_parameter(name)

    def _live_number(self, name: str, obj: Any, at: At) -> Any:
        known = self._seen.of_object(obj, changed=False)
        if known is not None:
            return known
        raw = obj if type(obj) in (int, bool, str) or obj is None else UNTOLD
        if self._is_counter(name, at) or self._is_setting(name):
            return constant(raw)
        found = self._definition(name, at)
        if found is not None:
            value = self._defined(name, *found, at)
            known_raw = isinstance(value, Value) and value.family == "number"
            return value._replace(raw=raw) if known_raw else value
        if not is_of(obj, PLAIN):
            raise LostError
        try:
            value = self._parameter(name, obj)
        except LostError:
            value = UNKNOWN_NUMBER
        return value._replace(raw=raw) if isinstance(value, Value) else UNKNOWN_NUMBER

    def _live_list(self, name: str, obj: list[Any], at: At) -> Many:
        """Return a list that is as it was written down."""
        found = self._definition(name, at)
        if found is None or found[1] or not isinstance(found[2], ast.List):
            raise LostError
        parts = self._many(found[2], found[0])
        if len(parts) != len(obj) or self.is_shared(name, writes=False):
            raise LostError
        if not is_left_alone(self._between(found[0], self._now, name), Mentions(name)):
            raise LostError
        return parts

    def _is_counter(self, name: str, at: At) -> bool:
        """Return whether a variable counts the turns of a loop, or takes one of some constants."""
        loops = [level.statement for level in self.place.levels[: at.depth + 1]]
        over = [
            loop.iter
            for loop in loops
            if isinstance(loop, ast.For)
            and isinstance(loop.target, ast.Name)
            and loop.target.id == name
            and not any(binds(part, name) for part in loop.body)
        ]
        if not over and at is self._now:
            over = comprehension_loops(self.place.statement, self.place.node, name)
        return len(over) == 1 and self._is_count(over[0])

    def _is_count(self, node: ast.expr) -> bool:
        """Return whether something goes over constants, or over numbers in their order."""
        if isinstance(node, ast.List | ast.Tuple):
            return all(isinstance(part, ast.Constant) for part in node.elts)
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            return False
        return self._variables.get(node.func.id) is range and all(map(_is_size, node.args))

    def _is_setting(self, name: str) -> bool:
        """Return whether a global variable is a constant of its file."""
        if not self._variables.is_shared(name) or name in self._variables.code.co_freevars:
            return False
        tree = self._source.tree
        stores = [tree[i] for i in self._mentioning(name)(tree) if binds(tree[i], name)]
        if len(stores) != 1 or self.is_shared(name, writes=True):
            return False
        found = _assigned(stores[0], name)
        return found is not None and not found[0] and _is_literal(found[1])

    def _defined(self, name: str, where: At, path: tuple[int, ...], node: ast.expr, at: At) -> Any:
        """Return what a variable was given, if nothing can have changed it up to a point."""
        value = self._value(node, where)
        for i in path:
            value = take_item(value, constant(i))
        if isinstance(value, Value) and value.family == "number":
            return value
        if isinstance(value, Many) and isinstance(node, ast.List):
            raise LostError  # it can grow
        if self.is_shared(name, writes=False):
            raise LostError
        between = self._between(where, at, name)
        sparse = isinstance(value, Value) and is_sparse(value)
        if not is_left_alone(between, Mentions(name, self._joins, sparse)):
            raise LostError
        return value

    def _between(self, start: At, end: At, name: str) -> list[ast.stmt]:
        """Return the statements between two points that mention a variable."""
        levels = self.place.levels
        if end is not self._now:
            levels = (*levels[: end.depth], Level(levels[end.depth].block, end.at))
        return list(after(levels, start.depth, start.at, self._mentioning(name)))

    def _mentioning(self, name: str) -> Index:
        """Return what tells which statements of a block mention a variable."""
        return lambda block: self._source.about(block, positions_by_name).get(name, ())

    def _statement(self, at: At) -> ast.stmt:
        levels = self.place.levels
        return levels[at.depth].block[at.at] if levels else self.place.statement

    def _is_stable(self, name: str, at: At) -> bool:
        """Return whether a variable has held the same object since a point."""
        if self.is_shared(name, writes=True):
            return False
        statement = self._statement(at)
        if name in self._source.about(statement, _walruses):
            return False
        if at is self._now:
            return True
        if binds(statement, name):
            return False
        between = after(self.place.levels, at.depth, at.at, self._mentioning(name))
        return not any(binds(statement, name) for statement in between)

    def _require_stable(self, name: str, at: At) -> None:
        if self._is_hidden(name, at) or not self._is_stable(name, at):
            raise LostError

    def _is_hidden(self, name: str, at: At) -> bool:
        """Return whether a variable may be another one of the same name, of a comprehension."""
        statement = self._statement(at)
        if not self.place.levels or name not in self._source.about(statement, comprehension_names):
            return False
        return at is not self._now or not is_inside_comprehension(statement, self.place.node, name)

    def is_shared(self, name: str, *, writes: bool) -> bool:
        """Return whether other functions may give a variable another value, or change the value."""
        variables = self._variables
        if not variables.is_shared(name):
            return False
        known = self._shared.get((name, writes))
        if known is None:
            code = variables.code
            if name in code.co_cellvars or name in code.co_freevars:
                # Only functions inside of the same outermost one share its variables.
                family = code.co_qualname.partition(".<locals>")[0]
                known = not writes or any(
                    stores_free(other, name)
                    for other in self._source.all_codes
                    if other.co_qualname.partition(".<locals>")[0] == family
                )
            else:
                if self._functions is None:
                    self._functions = list(functions_of(variables.shared))
                other = [*self._functions, *self._source.all_codes]
                ask = stores_global if writes else mentions
                # The module itself, and other cells, run one after the other.
                known = any(ask(c, name) for c in other if c is not code and not _is_module(c))
            self._shared[name, writes] = known
        return known

    def _definition(self, name: str, at: At) -> tuple[At, tuple[int, ...], ast.expr] | None:
        """Return the last assignment to a variable before a point, if that is certain."""
        levels = self.place.levels
        if not levels:
            return None
        for depth in range(at.depth, -1, -1):
            block = levels[depth].block
            last = at.at if depth == at.depth else levels[depth].at
            if depth < at.depth and binds(levels[depth].statement, name):
                return None  # in a loop, or on another way
            positions = self._mentioning(name)(block)
            for position in reversed(positions[: bisect_left(positions, last)]):
                if binds(block[position], name):
                    found = _assigned(block[position], name)
                    return None if found is None else (At(depth, position), *found)
        return None


def _assigned(statement: ast.stmt, name: str) -> tuple[tuple[int, ...], ast.expr] | None:
    """Return the expression that a statement gives to a variable, and which part of it."""
    if isinstance(statement, ast.AnnAssign) and statement.value is not None:
        target: ast.expr = statement.target
    elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
    else:
        return None
    value = statement.value
    assert value is not None
    if isinstance(target, ast.Name):
        return (), value
    if not isinstance(target, ast.Tuple):
        return None
    names = [part.id if isinstance(part, ast.Name) else None for part in target.elts]
    if None in names or names.count(name) != 1:
        return None
    at = names.index(name)
    if isinstance(value, ast.Tuple) and len(value.elts) == len(names):
        return (), value.elts[at]
    return (at,), value


def _is_module(code: CodeType) -> bool:
    return code.co_name == "<module>"


def _is_literal(node: ast.expr) -> bool:
    allowed = (ast.Constant, ast.UnaryOp, ast.BinOp, ast.operator, ast.unaryop)
    return all(isinstance(part, allowed) for part in ast.walk(node))


def _mentions(statement: ast.stmt) -> Counter[str]:
    """Count how often a statement mentions each variable."""
    return Counter(node.id for node in ast.walk(statement) if isinstance(node, ast.Name))


def _walruses(statement: ast.stmt) -> frozenset[str]:
    """Return the variables that a statement assigns to on the way."""
    nodes = ast.walk(statement)
    return frozenset(node.target.id for node in nodes if isinstance(node, ast.NamedExpr))


def _is_size(node: ast.expr) -> bool:
    """Return whether an expression is a constant, or the size of something."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "len"
    if isinstance(node, ast.Subscript):
        return isinstance(node.value, ast.Attribute) and node.value.attr == "shape"
    return _is_literal(node)
