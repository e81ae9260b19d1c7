"""Variables and calls in the source of statements."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lineage_stats.hooks._numpy._mutation import VIEWS
from lineage_stats.hooks._numpy._scopes import blocks_of

_INTO = VIEWS | {"setdefault", "get"}  # methods whose result is part of what they are called on


def names_in(node: ast.AST) -> set[str]:
    """Return the variables that an expression or statement mentions."""
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def last_name(func: ast.expr) -> str:
    """Return the name by which a function is called, without what it belongs to."""
    return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")


def base_of(node: ast.expr) -> str:
    """Return the variable that an item or attribute belongs to, or that stands there itself."""
    while True:
        if isinstance(node, ast.Subscript | ast.Attribute | ast.Starred):
            node = node.value
        elif isinstance(node, ast.Call) and last_name(node.func) in _INTO:
            node = node.func
        else:
            break
    return node.id if isinstance(node, ast.Name) else ""


def assigned(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield targets of an assignment, each with what is known to be given to it."""
    if not isinstance(target, ast.Tuple | ast.List):
        yield target, value
        return
    parts = value.elts if isinstance(value, ast.Tuple | ast.List) else []
    alike = len(parts) == len(target.elts)
    for one, part in zip(target.elts, parts if alike else [value] * len(target.elts), strict=True):
        yield from assigned(one, part)


def calls_of(statement: ast.stmt) -> list[ast.Call]:
    """Return the calls of a statement itself, not those of the blocks inside of it."""
    return [node for node in _own(statement) if isinstance(node, ast.Call)]


def assigned_on_the_way(statement: ast.stmt) -> frozenset[str]:
    """Return the variables that a statement itself assigns to by ``:=``."""
    return frozenset(n.target.id for n in _own(statement) if isinstance(n, ast.NamedExpr))


def _own(statement: ast.stmt) -> Iterator[ast.AST]:
    inside = {id(part) for block in blocks_of(statement) for part in block}
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [part for part in ast.iter_child_nodes(node) if id(part) not in inside]
