"""What variables of a file are given, as far as the syntax tree tells.

The order of statements does not matter here: everything that a variable is given anywhere counts.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from lineage_stats._lines import is_cell, known_cells
from lineage_stats.features._cache import BoundedCache
from lineage_stats.hooks._numpy._scopes import span_of
from lineage_stats.hooks._source import Source

Function = ast.FunctionDef | ast.AsyncFunctionDef
Scope = Function | ast.Module

_GROWING = frozenset("append add update extend insert setdefault".split())
_MODULES: BoundedCache[tuple[int, ...], tuple[tuple[list[ast.stmt], ...], ast.Module]]
_MODULES = BoundedCache(512)
_BINDINGS: BoundedCache[int, tuple[ast.AST, dict[str, list[ast.AST | None]]]] = BoundedCache(4096)


def module_of(file: str) -> ast.Module:
    """Return the syntax tree of a file; of a notebook's cell, that of all cells together."""
    cells = known_cells() if is_cell(file) else [file]
    bodies = tuple(Source.of(f).body for f in cells)
    key = tuple(map(id, bodies))
    known = _MODULES.get(key)
    if known is None:
        tree = ast.Module([statement for body in bodies for statement in body], [])
        known = _MODULES.keep(key, (bodies, tree))  # bodies are held, so that ids stay theirs
    return known[1]


def path_to(tree: ast.AST, node: ast.AST) -> list[ast.AST]:
    """Return what a node stands in, the outermost first, without itself; empty if nowhere.

    The node may be of another tree of the same text: a file may have been parsed again since.
    """
    line = getattr(node, "lineno", 0)
    for part in ast.iter_child_nodes(tree):
        if part is node or _is_same(part, node):
            return [tree]
        first = min(
            [
                getattr(part, "lineno", line),
                *(d.lineno for d in getattr(part, "decorator_list", ())),
            ]
        )
        if first <= line <= (getattr(part, "end_lineno", None) or line):
            path = path_to(part, node)
            if path:
                return [tree, *path]
    return []


def _is_same(node: ast.AST, other: ast.AST) -> bool:
    if type(node) is not type(other) or not isinstance(node, ast.expr | ast.stmt):
        return False
    return isinstance(other, ast.expr | ast.stmt) and span_of(node) == span_of(other)


def inner_names(part: ast.AST) -> Iterator[str]:
    """Yield the variables that a lambda or a comprehension has to itself."""
    if isinstance(part, ast.Lambda):
        arguments = part.args
        every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        yield from (argument.arg for argument in every)
    for generator in getattr(part, "generators", ()):
        yield from _names_in(generator.target)


def _names_in(target: ast.AST) -> Iterator[str]:
    for node in ast.walk(target):
        if isinstance(node, ast.Name):
            yield node.id


def parameters_of(scope: Function) -> set[str]:
    """Return the names of a function's parameters."""
    every = scope.args
    found = {a.arg for a in (*every.posonlyargs, *every.args, *every.kwonlyargs)}
    return found | {a.arg for a in (every.vararg, every.kwarg) if a is not None}


def bindings_of(scope: Scope, name: str) -> list[ast.AST | None]:
    """Return all that a variable of a scope is given; None for what cannot be told."""
    known = _BINDINGS.get(id(scope))
    if known is None or known[0] is not scope:
        found: dict[str, list[ast.AST | None]] = {}
        for variable, part in _all_bindings(scope.body):
            found.setdefault(variable, []).append(part)
        known = _BINDINGS.keep(id(scope), (scope, found))
    return known[1].get(name, [])


def _all_bindings(body: Iterable[ast.AST]) -> Iterator[tuple[str, ast.AST | None]]:
    for node in body:
        yield from _own_bindings(node)
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            yield from _all_bindings(ast.iter_child_nodes(node))


def _own_bindings(node: ast.AST) -> Iterator[tuple[str, ast.AST | None]]:
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _targets(target, node.value)
    elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr):
        if node.value is not None:
            yield from _targets(node.target, node.value)
    elif isinstance(node, ast.For | ast.AsyncFor):
        yield from _targets(node.target, node.iter)
    elif isinstance(node, ast.withitem):
        if node.optional_vars is not None:
            yield from _targets(node.optional_vars, node.context_expr)
    elif isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.asname or alias.name.partition(".")[0], alias
    elif isinstance(node, ast.ImportFrom):
        for alias in node.names:
            yield alias.asname or alias.name, node
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name, node
    elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
        if node.name is not None:
            yield node.name, None
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield from _grown(node.value)


def _targets(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.AST | None]]:
    """Yield the variables of an assignment, those too of which an item or attribute is set."""
    if isinstance(target, ast.Tuple | ast.List):
        for part in target.elts:
            yield from _targets(part, value)
        return
    root = root_of(target.value if isinstance(target, ast.Starred) else target)
    if isinstance(root, ast.Name):
        yield root.id, value


def _grown(call: ast.Call) -> Iterator[tuple[str, ast.AST | None]]:
    """Yield what a list or dictionary is given by a method."""
    if isinstance(call.func, ast.Attribute) and call.func.attr in _GROWING:
        root = root_of(call.func.value)
        if isinstance(root, ast.Name):
            for part in (*call.args, *(word.value for word in call.keywords)):
                yield root.id, part


def class_of(tree: ast.Module, scope: Scope) -> ast.ClassDef | None:
    """Return the innermost class that a function stands in."""
    for part in reversed(path_to(tree, scope)):
        if isinstance(part, ast.ClassDef):
            return part
    return None


def given_to_attribute(cls: ast.ClassDef, name: str) -> Iterator[tuple[ast.expr, Function | None]]:
    """Yield what an attribute of objects of a class is given, and in which method."""
    for part in cls.body:
        targets, value = _assignment(part)
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            yield value, None
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in ast.walk(part):
                targets, value = _assignment(node)
                if any(_is_attribute_of_self(target, name) for target in targets):
                    yield value, part


def _assignment(node: ast.AST) -> tuple[list[ast.expr], ast.expr]:
    """Return the targets and the value of an assignment; no targets of anything else."""
    nothing = ast.Constant(None)
    if isinstance(node, ast.Assign):
        return node.targets, node.value
    if isinstance(node, ast.AnnAssign | ast.AugAssign):
        return [node.target], node.value or nothing
    return [], nothing


def _is_attribute_of_self(target: ast.expr, name: str) -> bool:
    owner = target.value if isinstance(target, ast.Attribute) and target.attr == name else None
    return isinstance(owner, ast.Name) and owner.id == "self"


def root_of(node: ast.expr) -> ast.expr:
    """Return what stands in front of all attributes and items."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node
