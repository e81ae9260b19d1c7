"""Digest of what a statement is computed from, as far as no recorded operation stands there.

A line such as ``n = len(rows) - len(other)`` calls nothing that is recorded, and yet everything
after it depends on it. What a statement depends on is its backward slice [1]_: here that by names,
within the function, with the functions and constants of the same file that are named in it.
Parameters are not followed to who calls or to their defaults, nor names to an enclosing function
or into classes.

References
----------
.. [1] M. Weiser (1984). Program slicing. IEEE Transactions on Software Engineering SE-10(4),
   352-357.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from lineage_stats.hooks._syntax import nodes_of

MAX_STATEMENTS = 1000  # of a function, or of a file outside of its functions
MAX_STEPS = 100_000  # looks at who binds a name, in all slices of a file

Names = frozenset[str]
_NO_NAMES: Names = frozenset()
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Loop = ast.For | ast.AsyncFor | ast.While
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_CHANGING = frozenset(
    {"add", "append", "appendleft", "clear", "discard", "extend", "fill", "insert", "pop",
     "popitem", "remove", "reverse", "setdefault", "sort", "update"}
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Line:
    """A statement, of a compound one its head, with the names that it reads and binds."""

    node: ast.stmt
    around: tuple[_Line, ...]
    reads: Names = field(repr=False)
    binds: Names = field(repr=False)

    def may_come_before(self, other: _Line) -> bool:
        """Whether it can have run before another one of its function."""
        if _place(self.node) < _place(other.node):
            return True
        return any(isinstance(a.node, _Loop) and a in other.around for a in self.around)


class Scope:
    """The statements of one function, or of a file outside of its functions."""

    def __init__(
        self,
        body: Sequence[ast.stmt],
        head: Callable[[ast.stmt], ast.stmt],
        parameters: Names = _NO_NAMES,
    ) -> None:
        self._head = head
        self.parameters = parameters
        self.lines: dict[ast.stmt, _Line] = {}
        self._read(body, ())

    def _read(self, body: Sequence[ast.stmt], around: tuple[_Line, ...]) -> None:
        for node in body:
            line = _Line(node, around, *_names_of(self._head(node)))
            self.lines[node] = line
            if not isinstance(node, _SCOPES):
                for block in blocks_of(node):
                    self._read(block, (*around, line))

    @cached_property
    def makers(self) -> dict[str, list[_Line]]:
        """The statements that bind each name."""
        found: dict[str, list[_Line]] = {}
        for line in self.lines.values():
            for name in line.binds:
                found.setdefault(name, []).append(line)
        return found

    @cached_property
    def returns(self) -> list[_Line]:
        """The statements by which something comes out of it."""
        kinds = (ast.Return, ast.Expr)
        lines = (line for line in self.lines.values() if isinstance(line.node, kinds))
        return [line for line in lines if not isinstance(line.node, ast.Expr) or _yields(line.node)]


class Slicer:
    """Finds slices in the source of one file.

    Parameters
    ----------
    body : sequence of ast.stmt
        The file.
    head : callable
        Makes of a compound statement one without its blocks.
    """

    def __init__(self, body: Sequence[ast.stmt], head: Callable[[ast.stmt], ast.stmt]) -> None:
        self._body, self._head = body, head
        self._scopes: dict[ast.stmt | None, Scope] = {}
        self._steps = 0

    def slice_of(
        self, statement: ast.stmt, within: Sequence[ast.stmt], recorded: Collection[ast.stmt]
    ) -> list[ast.stmt] | None:
        """Return the statements that one depends on, in their order in the file.

        Parameters
        ----------
        statement : ast.stmt
            Where to begin.
        within : sequence of ast.stmt
            The statements that it stands in, from the outside.
        recorded : collection of ast.stmt
            Statements with operations of their own. They are passed through and left out, and so
            are those by which a variable becomes a copy of itself.

        Returns
        -------
        list of ast.stmt or None
            None where there is too much to look at.
        """
        owner = next((s for s in reversed(within) if isinstance(s, _SCOPES)), None)
        scope = self._scope(owner)
        if statement not in scope.lines or len(scope.lines) > MAX_STATEMENTS:
            return None
        if self._steps > MAX_STEPS:
            return None
        walk = _Walk(self._scope, scope, scope.lines[statement])
        found = walk.behind()
        self._steps += walk.n_steps
        kept = found - {statement} - set(recorded)
        told = (s for s in kept if not (isinstance(s, _SCOPES) or _copies_itself(s)))
        return sorted(told, key=_place)

    def _scope(self, owner: ast.stmt | None) -> Scope:
        if owner not in self._scopes:
            body = self._body if owner is None else getattr(owner, "body", [])
            parameters = _parameters(owner) if isinstance(owner, _Function) else _NO_NAMES
            self._scopes[owner] = Scope(body, self._head, parameters)
        return self._scopes[owner]


class _Walk:
    """One way back through the statements of a file, which looks at no name of a scope twice."""

    def __init__(
        self, scope_of: Callable[[ast.stmt | None], Scope], scope: Scope, start: _Line
    ) -> None:
        self._scope_of = scope_of
        self._scope, self._start = scope, start
        self._found: set[ast.stmt] = set()
        self._asked: set[tuple[int, str]] = set()
        self._waiting: list[tuple[Scope, _Line]] = []
        self.n_steps = 0

    def behind(self) -> set[ast.stmt]:
        """Return all statements that the first one depends on, and itself."""
        self._add(self._scope, self._start)
        while self._waiting:
            scope, line = self._waiting.pop()
            for name in sorted(line.reads):
                self._follow(scope, name)
        return self._found

    def _follow(self, scope: Scope, name: str) -> None:
        """Add the statements of a scope that bind a name, else those outside of functions."""
        if (id(scope), name) in self._asked:
            return
        self._asked.add((id(scope), name))
        makers = scope.makers.get(name, ())
        self.n_steps += 1 + len(makers)
        if scope is self._scope:  # elsewhere, any may have run before
            makers = [maker for maker in makers if maker.may_come_before(self._start)]
        for maker in makers:
            self._add(scope, maker)
        module = self._scope_of(None)
        outside = not makers and name not in scope.parameters and scope is not module
        if outside and len(module.lines) <= MAX_STATEMENTS:
            self._follow(module, name)

    def _add(self, scope: Scope, line: _Line) -> None:
        for each in (line, *line.around):
            if each.node not in self._found:
                self._found.add(each.node)
                self._waiting.append((scope, each))
                if isinstance(each.node, _Function):
                    self._add_returns(self._scope_of(each.node))

    def _add_returns(self, scope: Scope) -> None:
        if len(scope.lines) <= MAX_STATEMENTS:
            for line in scope.returns:
                self._add(scope, line)


def _parameters(function: _Function) -> Names:
    args = function.args
    several = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
    return frozenset(arg.arg for arg in several if arg is not None)


def _names_of(node: ast.stmt) -> tuple[Names, Names]:
    """Return the names that a statement reads and those that it binds or changes."""
    reads: set[str] = set()
    binds: set[str] = set()
    for part in _parts(node):
        if isinstance(part, ast.Name):
            (reads if isinstance(part.ctx, ast.Load) else binds).add(part.id)
        elif isinstance(part, ast.Attribute | ast.Subscript) and not isinstance(part.ctx, ast.Load):
            binds.update(_root(part))
        elif isinstance(part, ast.alias):
            binds.add((part.asname or part.name).partition(".")[0])
    if isinstance(node, ast.AugAssign):
        reads |= binds
    if isinstance(node, ast.Expr):
        binds.update(_changed(node.value))
    if isinstance(node, _SCOPES):
        binds.add(getattr(node, "name", ""))
    return frozenset(reads), frozenset(binds)


def _parts(node: ast.stmt) -> Iterator[ast.AST]:
    """Yield what belongs to a statement itself; of a function or class its head."""
    if not isinstance(node, _SCOPES):
        yield from nodes_of(node)
        return
    for part in (getattr(node, "args", None), *getattr(node, "bases", ()), *node.decorator_list):
        if part is not None:
            yield from nodes_of(part)


def _root(node: ast.expr) -> Iterator[str]:
    """Yield the variable in which something lies, ``x`` of ``x.a[1]``, if not itself."""
    whole = node
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
        node = node.value
    if isinstance(node, ast.Name) and node is not whole:
        yield node.id


def _changed(node: ast.expr) -> Iterator[str]:
    """Yield what a call changes whose result nobody takes, as ``rows.append(row)``."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return
    if node.func.attr in _CHANGING or any(k.arg == "inplace" for k in node.keywords):
        yield from _root(node.func)


def blocks_of(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    """Yield the blocks of statements inside a statement."""
    for owner in (node, *getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(owner, name, None)
            if block:
                yield block


def _copies_itself(node: ast.stmt) -> bool:
    """Return whether a statement is ``x = x.copy()``: the variable holds what it held."""
    if not (isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)):
        return False
    made = node.value.func
    if not (isinstance(made, ast.Attribute) and made.attr == "copy" and not node.value.args):
        return False
    names = [n.id if isinstance(n, ast.Name) else None for n in (*node.targets, made.value)]
    return names[0] is not None and len(set(names)) == 1


def _yields(node: ast.Expr) -> bool:
    return isinstance(node.value, ast.Yield | ast.YieldFrom)


def _place(node: ast.stmt) -> tuple[int, int]:
    return node.lineno, node.col_offset
