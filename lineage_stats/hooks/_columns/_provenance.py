"""Whether a value is the program's own: written in it, configured, and not computed from data.

The source is read where values came from, when there is time: names lead to what was assigned to
them anywhere in their function, parameters to what the callers of that moment gave. A value is the
program's own if nothing on the way comes from a library of data, from a function that uses one,
from data itself or from the clock. Whatever cannot be told is not its own.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable
from types import CodeType, FrameType

from lineage_stats.features._cache import BoundedCache
from lineage_stats.hooks._columns._bindings import (
    Function,
    Scope,
    bindings_of,
    class_of,
    given_to_attribute,
    inner_names,
    module_of,
    parameters_of,
    path_to,
    root_of,
)
from lineage_stats.hooks._columns._data_libraries import (
    DATA,
    HARMLESS,
    MOVING,
    is_free_of_data,
    uses_data,
)
from lineage_stats.hooks._numpy._scopes import node_at
from lineage_stats.hooks._source import Source
from lineage_stats.hooks._syntax import Span

MOST_CALLERS = 5
MOST_STEPS = 400  # expressions looked at for one value
MOST_SPOTS = 10_000

Chain = tuple[tuple[CodeType, int], ...]


class Spot:
    """A place of the program where something was given a value."""

    __slots__ = ("chain", "node")

    def __init__(self, frame: FrameType, node: ast.expr | None = None) -> None:
        chain: list[tuple[CodeType, int]] = []
        at: FrameType | None = frame
        while at is not None and len(chain) <= MOST_CALLERS:
            chain.append((at.f_code, at.f_lasti))
            at = at.f_back
        self.chain: Chain = tuple(chain)
        self.node = node


_KNOWN: BoundedCache[tuple[object, ...], tuple[Chain, ast.AST | None, bool]] = BoundedCache(
    MOST_SPOTS
)


def is_own(spot: Spot | None, which: int | str) -> bool:
    """Return whether an argument of a call, by position or by name, is the program's own.

    Parameters
    ----------
    spot : Spot or None
        Where it was given; None for what is certain to be.
    which : int or str
        Position, not counting the object that a method belongs to, or name.
    """
    if spot is None:
        return True
    key = (*((id(code), at) for code, at in spot.chain), which, id(spot.node))
    known = _KNOWN.get(key)
    if known is None:
        found = _look(spot, which)
        known = _KNOWN.keep(key, (spot.chain, spot.node, found))  # held, so that ids stay theirs
    return known[2]


def _look(spot: Spot, which: int | str) -> bool:
    try:
        reader = _Reader(spot.chain)
        if spot.node is not None:
            return reader.own(spot.node, 0)
        node = reader.node(0)
        if node is None:
            return False
        # Of an operator one side is the data: were both the program's own, that is not told apart.
        return sum(reader.own(part, 0) for part in _given(node, which)) == 1
    except (_TooMuchError, RecursionError):
        return False


def _given(node: ast.AST, which: int | str) -> Iterable[ast.expr]:
    """Return the expressions that an argument may be."""
    if isinstance(node, ast.Compare):
        return (node.left, *node.comparators) if len(node.comparators) == 1 else ()
    if isinstance(node, ast.BinOp):
        return node.left, node.right
    if isinstance(node, ast.Subscript):
        return (node.slice,)
    if not isinstance(node, ast.Call):
        return ()
    if isinstance(which, str):
        return [word.value for word in node.keywords if word.arg == which]
    if any(isinstance(arg, ast.Starred) for arg in node.args):
        return ()
    return node.args[which : which + 1]


class _TooMuchError(Exception):
    """There is too much to look at."""


class _Reader:
    """Reads the source along a chain of calls."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._steps = 0
        self._pending: set[tuple[int, str]] = set()

    def node(self, height: int) -> ast.AST | None:
        """Return what a caller was at."""
        code, at = self._chain[height]
        span = _span(code, at)
        statement = None if span is None else Source.of(code.co_filename).statement(span)
        return None if statement is None or span is None else node_at(statement, span)

    def own(self, node: ast.expr, height: int) -> bool:
        """Return whether an expression in the code of a caller is the program's own."""
        path = path_to(self._tree(height), node)
        scopes = [part for part in path if isinstance(part, Scope)]
        inner = {n for part in path if not isinstance(part, Scope) for n in inner_names(part)}
        return self._own(node, scopes, height, inner)

    def _tree(self, height: int) -> ast.Module:
        return module_of(self._chain[height][0].co_filename)

    def _own(self, node: ast.AST, scopes: list[Scope], height: int, inner: set[str]) -> bool:
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise _TooMuchError
        if isinstance(node, ast.Constant | ast.Lambda):
            return True
        if isinstance(node, ast.Name):
            return node.id not in inner and self._name(node.id, scopes, height)
        if isinstance(node, ast.Attribute):
            if _is_self(node.value, scopes):
                return self._attribute(node.attr, scopes, height)
            return self._member(node, scopes, height, inner)
        if isinstance(node, ast.Call):
            given = (*node.args, *(word.value for word in node.keywords))
            return self._function(node.func, scopes, height, inner) and all(
                self._own(part, scopes, height, inner) for part in given
            )
        if isinstance(node, ast.Await | ast.Yield | ast.YieldFrom | ast.NamedExpr):
            return False
        if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            return self._comprehension(node, scopes, height, inner)
        parts = [part for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)]
        return all(self._own(part, scopes, height, inner) for part in parts)

    def _comprehension(
        self, node: ast.expr, scopes: list[Scope], height: int, inner: set[str]
    ) -> bool:
        """Return whether all that a comprehension mentions is the program's own."""
        known = set(inner_names(node))
        for part in ast.walk(node):
            if isinstance(part, ast.Attribute) and part.attr in MOVING:
                return False
            is_free = isinstance(part, ast.Name) and part.id not in known
            if is_free and not self._own(part, scopes, height, inner):
                return False
        return True

    # -- names ------------------------------------------------------------------------------

    def _name(self, name: str, scopes: list[Scope], height: int) -> bool:
        for depth in range(len(scopes) - 1, -1, -1):
            scope = scopes[depth]
            found = bindings_of(scope, name)
            is_parameter = not isinstance(scope, ast.Module) and name in parameters_of(scope)
            if found:
                key = id(scope), name
                if key in self._pending:
                    return True  # of ``x = x + 1`` the rest tells
                self._pending.add(key)
                try:
                    if not all(self._bound(part, scopes[: depth + 1], height) for part in found):
                        return False
                finally:
                    self._pending.discard(key)
            if is_parameter:
                return self._parameter(name, scope, height)
            if found:
                return True
        return hasattr(builtins, name) and name != "input"

    def _bound(self, part: ast.AST | None, scopes: list[Scope], height: int) -> bool:
        if part is None:
            return False
        if isinstance(part, ast.alias):
            return part.name.partition(".")[0] not in DATA
        if isinstance(part, ast.ImportFrom):
            return (part.module or "").partition(".")[0] not in DATA
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return not uses_data(part, scopes[0])
        return self._own(part, scopes, height, set())

    def _parameter(self, name: str, scope: Scope, height: int) -> bool:
        """Return whether what the caller gave for a parameter is its own."""
        assert not isinstance(scope, ast.Module)
        at = next(
            (i for i in range(height, len(self._chain)) if self._chain[i][0].co_name == scope.name),
            None,
        )
        if at is None or at + 1 >= len(self._chain):
            return scope.name == "__init__"  # whoever made the object configured it
        call = self.node(at + 1)
        if not isinstance(call, ast.Call) or not _calls(call, scope.name):
            return False
        if any(isinstance(arg, ast.Starred) for arg in call.args):
            return False
        if any(word.arg is None for word in call.keywords):
            return False
        given = next((word.value for word in call.keywords if word.arg == name), None)
        names = [arg.arg for arg in (*scope.args.posonlyargs, *scope.args.args)]
        bound = bool(names) and names[0] in ("self", "cls")
        if given is None and name in names:
            position = names.index(name) - bound
            if position < 0:
                return isinstance(call.func, ast.Attribute) and self.own(call.func.value, at + 1)
            given = call.args[position] if position < len(call.args) else None
        if given is None:  # the default was taken, unless it is ``*args`` or ``**kwargs``
            return name in names or name in {arg.arg for arg in scope.args.kwonlyargs}
        return self.own(given, at + 1)

    def _attribute(self, name: str, scopes: list[Scope], height: int) -> bool:
        """Return whether nothing but the program's own is given to an attribute of ``self``."""
        cls = class_of(self._tree(height), scopes[-1])
        if cls is None:
            return False
        key = id(cls), name
        if key in self._pending:
            return True
        self._pending.add(key)
        try:
            given = list(given_to_attribute(cls, name))
            return bool(given) and all(
                self._given_in(method, part, scopes[0], height) for part, method in given
            )
        finally:
            self._pending.discard(key)

    def _given_in(
        self, method: Function | None, part: ast.expr, module: Scope, height: int
    ) -> bool:
        """Return whether what a method gives an attribute is its own, where that can be told."""
        if method is None:
            return self._own(part, [module], height, set())
        if method.name == "__init__":
            return self._own(part, [module, method], height, set())
        return isinstance(part, ast.Constant)

    # -- members and calls ------------------------------------------------------------------

    def _member(
        self, node: ast.Attribute, scopes: list[Scope], height: int, inner: set[str]
    ) -> bool:
        if node.attr in MOVING:
            return False
        root = root_of(node)
        if isinstance(root, ast.Name) and node.attr in HARMLESS:
            return True
        return self._own(node.value, scopes, height, inner)

    def _function(self, func: ast.expr, scopes: list[Scope], height: int, inner: set[str]) -> bool:
        """Return whether a function that is called does not bring data in."""
        if isinstance(func, ast.Attribute):
            module = self._module_of(func.value, scopes)
            if module is not None and func.attr not in HARMLESS:
                return func.attr not in MOVING and is_free_of_data(module, func.attr)
            return self._member(func, scopes, height, inner)
        if not isinstance(func, ast.Name):
            return False
        for scope in reversed(scopes):
            for part in bindings_of(scope, func.id):
                if isinstance(part, ast.ImportFrom):
                    name = next(a.name for a in part.names if (a.asname or a.name) == func.id)
                    if name in HARMLESS:
                        return True
                    return part.level == 0 and is_free_of_data(part.module or "", name)
        return self._own(func, scopes, height, inner)

    def _module_of(self, node: ast.expr, scopes: list[Scope]) -> str | None:
        """Return the module that a name stands for."""
        if not isinstance(node, ast.Name):
            return None
        for scope in reversed(scopes):
            for part in bindings_of(scope, node.id):
                if isinstance(part, ast.alias):
                    return part.name if part.asname else part.name.partition(".")[0]
        return None


def _span(code: CodeType, at: int) -> Span | None:
    for number, (line, end_line, column, end_column) in enumerate(code.co_positions()):
        if number == at // 2:
            if line is None or end_line is None or column is None or end_column is None:
                return None
            return line, end_line, column, end_column
    return None


def _calls(call: ast.Call, name: str) -> bool:
    """Return whether a call is one of a function of that name."""
    func = call.func
    called = func.id if isinstance(func, ast.Name) else getattr(func, "attr", "")
    return called == name or name == "__init__"


def _is_self(node: ast.expr, scopes: list[Scope]) -> bool:
    if not isinstance(node, ast.Name) or not scopes or isinstance(scopes[-1], ast.Module):
        return False
    arguments = (*scopes[-1].args.posonlyargs, *scopes[-1].args.args)
    return node.id == "self" and bool(arguments) and arguments[0].arg == "self"
