"""What may happen to variables between two statements."""

from __future__ import annotations

import ast
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import CodeType, FunctionType
from typing import Any, NamedTuple

from lineage_stats.hooks._numpy._scopes import Level

_HIDDEN = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_LOOKS = frozenset("shape dtype size ndim nbytes itemsize".split())
# Methods of arrays whose results share no memory with them.
_FRESH = frozenset(
    """mean sum std var min max argmin argmax any all prod astype copy tolist round cumsum argsort
    item nonzero toarray""".split()
)
Index = Callable[[list[ast.stmt]], Sequence[int]]

_HARMLESS = frozenset("len print type isinstance float int bool str repr id".split())


def after(levels: tuple[Level, ...], depth: int, at: int, where: Index) -> Iterator[ast.stmt]:
    """Yield what runs between a statement and the last of `levels`, both left out.

    Parameters
    ----------
    levels : tuple of Level
        The later statement and those that it stands in.
    depth : int
        Level of the earlier statement.
    at : int
        Its position in the block there.
    where : callable
        Given a block, returns which of its statements mention the variable that is asked for:
        of a block of a thousand statements these are few.
    """
    level = levels[depth]
    positions = where(level.block)
    last = level.at + (depth < len(levels) - 1 and at < level.at)  # with all of a loop
    for i in positions[bisect_right(positions, at) : bisect_left(positions, last)]:
        yield level.block[i]


def positions_by_name(block: list[ast.stmt]) -> dict[str, list[int]]:
    """Return which statements of a block mention each variable anywhere, in order."""
    found: dict[str, list[int]] = defaultdict(list)
    for i, statement in enumerate(block):
        names = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
        for name in names | bound_names(statement):
            found[name].append(i)
    return found


def binds(node: ast.AST, name: str) -> bool:
    """Return whether a variable is given another value anywhere in some code."""
    return name in bound_names(node)


def bound_names(node: ast.AST) -> set[str]:
    """Return all variables that get a value anywhere in some code."""
    known: set[str] | None = getattr(node, "_lineage_stats_bound", None)
    if known is None:
        known = set()
        for part in ast.walk(node):
            known.update(_bound_by(part))
        node._lineage_stats_bound = known  # type: ignore[attr-defined]  # our own tree
    return known


def _bound_by(part: ast.AST) -> Iterator[str]:
    if isinstance(part, ast.Name):
        if not isinstance(part.ctx, ast.Load):
            yield part.id
    elif isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield part.name
    elif isinstance(part, ast.alias):
        yield (part.asname or part.name).partition(".")[0]
    elif isinstance(part, ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
        if part.name:
            yield part.name
    elif isinstance(part, ast.MatchMapping):
        if part.rest:
            yield part.rest
    elif isinstance(part, ast.Global | ast.Nonlocal):
        yield from part.names


class Mentions(NamedTuple):
    """How a variable may be mentioned by code that does not write into what it holds.

    Attributes
    ----------
    name : str
        The variable.
    joins : callable
        Whether an expression is a function that copies all that its first argument lists.
    sparse : bool
        Whether it holds a sparse matrix, of which an index takes a copy.
    """

    name: str
    joins: Callable[[ast.expr], bool] = lambda func: False
    sparse: bool = False


def is_left_alone(statements: Iterable[ast.stmt], mentions: Mentions) -> bool:
    """Return whether an array that a variable holds cannot be changed by some statements."""
    return all(_leaves_alone(statement, mentions) for statement in statements)


def _leaves_alone(node: ast.AST, mentions: Mentions) -> bool:
    """Return whether every mention of a variable only looks at its value."""
    name = mentions.name
    if isinstance(node, _HIDDEN):
        return not any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(node))
    if isinstance(node, ast.Name):
        return node.id != name
    if _only_looks(node, mentions):
        return True
    return all(_leaves_alone(child, mentions) for child in ast.iter_child_nodes(node))


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)


def _only_looks(node: ast.AST, mentions: Mentions) -> bool:
    """Return whether code mentions a variable, and only to compute something of its value."""
    name = mentions.name
    rest: list[Any]
    if isinstance(node, ast.Attribute) and _is(node.value, name):
        return node.attr in _LOOKS
    if isinstance(node, ast.Call):
        func = node.func
        if isinstance(func, ast.Attribute) and _is(func.value, name) and _is_fresh(node, func):
            rest = [*node.args, *node.keywords]
        elif isinstance(func, ast.Name) and func.id in _HARMLESS:
            rest = [*(a for a in node.args if not _is(a, name)), *node.keywords]
        elif node.args and mentions.joins(func):
            first, *others = node.args
            parts = [part for part in _elements(first) if not _is(part, name)]
            rest = [*parts, *others, *node.keywords]
        else:
            return False
    elif isinstance(node, ast.Subscript):
        index = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        is_copy = mentions.sparse and isinstance(node.ctx, ast.Load)
        taken = is_copy and _is(node.value, name)
        if not taken and not any(_is(part, name) for part in index):
            return False
        rest = [*([] if taken else [node.value]), *(p for p in index if not _is(p, name))]
    elif isinstance(node, ast.BinOp | ast.Compare | ast.UnaryOp):
        rest = [c for c in ast.iter_child_nodes(node) if not _is(c, name)]
    else:
        return False
    return all(_leaves_alone(part, mentions) for part in rest)


def _is_fresh(call: ast.Call, method: ast.Attribute) -> bool:
    """Return whether the result of a method shares no memory with the array."""
    if method.attr not in _FRESH:
        return False
    may_say = method.attr != "astype" or len(call.args) < 2
    return may_say and not any(word.arg in ("copy", None) for word in call.keywords)


def _elements(node: ast.expr) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.List | ast.Tuple) else [node]


_WITH_CODE = (FunctionType, type, staticmethod, classmethod)


def functions_of(variables: dict[str, Any]) -> Iterator[CodeType]:
    """Yield the code of all functions that share some global variables."""
    values = list(variables.values())
    kinds = {kind for kind in set(map(type, values)) if issubclass(kind, _WITH_CODE)}
    for value in [value for value in values if type(value) in kinds]:
        inside = [value, *vars(value).values()] if isinstance(value, type) else [value]
        for found in inside:
            found = getattr(found, "__func__", None) if _is_wrapped(found) else found
            if isinstance(found, FunctionType) and found.__globals__ is variables:
                yield found.__code__


def _is_wrapped(found: object) -> bool:
    return isinstance(found, staticmethod | classmethod)


def mentions(code: CodeType, name: str) -> bool:
    """Return whether code, or a function inside of it, may use a global variable."""
    if name in code.co_names:
        return True
    return any(mentions(part, name) for part in code.co_consts if isinstance(part, CodeType))
