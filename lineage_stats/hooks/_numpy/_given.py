"""From what a watched call was given to the expressions in the source that it was given by."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lineage_stats.hooks._calls import WatchedCall
    from lineage_stats.hooks._numpy._evaluate import Evaluator
    from lineage_stats.hooks._numpy._scopes import Place


def given_to(place: Place, call: WatchedCall) -> Iterator[tuple[ast.expr, Any]]:
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


def parts_of_literal(node: ast.expr, live: Any) -> Iterator[tuple[ast.expr, Any]]:
    """Yield an expression, and those inside of a list, tuple or dictionary, with what they are."""
    yield node, live
    if isinstance(node, ast.List | ast.Tuple) and type(live) in (list, tuple):
        if len(node.elts) == len(live) and not any(isinstance(n, ast.Starred) for n in node.elts):
            for part, item in zip(node.elts, live, strict=True):
                yield from parts_of_literal(part, item)
    elif isinstance(node, ast.Dict) and type(live) is dict:
        alike = None not in node.keys and len(node.keys) == len(live)
        for part, item in zip(node.values, live.values(), strict=True) if alike else ():
            yield from parts_of_literal(part, item)


def expression_of(obj: Any, call: WatchedCall, evaluator: Evaluator) -> ast.expr | None:
    """Return the expression of what a call was given; None where that is not certain."""
    place = evaluator.place
    for node, live in given_to(place, call):
        for part, found in parts_of_literal(node, live):
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
