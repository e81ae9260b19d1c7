"""Which arrays a function may change in place, under any of their names."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from lineage_stats.hooks._numpy._bytecode import KEEPERS, WRITERS

# What returns another view of an array, perhaps.
VIEWS = frozenset(
    """reshape ravel view transpose squeeze swapaxes asarray asanyarray ascontiguousarray
    asfortranarray atleast_1d atleast_2d atleast_3d expand_dims diagonal broadcast_to moveaxis
    rollaxis array_split split hsplit vsplit flatten astype real imag items flat T array
    nan_to_num tocsr tocsc tocoo tolil todok tobsr todia asformat csr_matrix csc_matrix coo_matrix
    lil_matrix csr_array csc_array coo_array lil_array""".split()
)
_ITEMS = frozenset(("get", "setdefault"))  # of a dictionary
# By these names everybody knows modules, which all arrays would share otherwise.
_MODULES = frozenset(("np", "numpy", "pd", "pandas", "rng"))
MOST_ALIASES = 400  # ways by which one variable gets hold of what another one holds
# Ends the name of what a variable holds as an element or attribute.
INSIDE = "]"
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def changed_in_place(body: Iterable[ast.stmt]) -> frozenset[str]:
    """Return the variables whose arrays some code may write into, wherever it does.

    Parameters
    ----------
    body : iterable of stmt
        The code of a function or module. Functions inside of it are not looked at.

    Returns
    -------
    frozenset of str
        Names, those included under which only another view of the same memory is known.

    Examples
    --------
    >>> sorted(changed_in_place(ast.parse("v = x[:, 0]; v[3] = 1; y = x * 2").body))
    ['v', 'x']
    """
    holds, written = _memory(body)
    memory = {part for name in written for part in holds[name]}
    return frozenset(n for n, held in holds.items() if n[-1] != INSIDE and held & memory)


def names_of_the_same(body: Iterable[ast.stmt]) -> dict[str, frozenset[str]] | None:
    """Return for each variable under which others its memory, or its elements', may be known.

    None of code that hands on so much that finding out would take too long.

    Examples
    --------
    >>> sorted(names_of_the_same(ast.parse("v = x[:, 0]; y = x * 2").body)["x"])
    ['v', 'x']
    """
    body = list(body)
    if sum(1 for s in body for node in _walk(s) for _ in _aliases(node)) > MOST_ALIASES:
        return None
    holds, _ = _memory(body)
    nothing: set[str] = set()
    own = dict.fromkeys(name.removesuffix(INSIDE) for name in holds)
    reach = {n: holds.get(n, nothing) | holds.get(n + INSIDE, nothing) for n in own}
    known_as: dict[str, set[str]] = {}
    for name, held in reach.items():
        for part in held:
            known_as.setdefault(part, set()).add(name)
    return {n: frozenset().union(*(known_as[part] for part in held)) for n, held in reach.items()}


def _memory(body: Iterable[ast.stmt]) -> tuple[dict[str, set[str]], set[str]]:
    """Return what memory variables hold, and the variables that are written into."""
    holds: dict[str, set[str]] = {}
    written: set[str] = set()
    pairs: set[tuple[str, str]] = set()
    for statement in body:
        for node in _walk(statement):
            written.update(_written(node))
            pairs.update(_aliases(node))
    for name in (*written, *(name for pair in pairs for name in pair)):
        holds.setdefault(name, {name})  # memory of its own
    grows = True
    while grows:
        grows = False
        for target, source in pairs:
            if not holds[source] <= holds[target]:
                holds[target] |= holds[source]
                grows = True
    return holds, written


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, _FUNCTIONS):
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _walk(child)


def _written(node: ast.AST) -> Iterator[str]:
    """Yield the variables into whose arrays a node writes."""
    if isinstance(node, ast.Subscript | ast.Attribute) and not isinstance(node.ctx, ast.Load):
        yield from bases_of(node.value)
    elif isinstance(node, ast.AugAssign):
        yield from bases_of(node.target)
    elif isinstance(node, ast.Call):
        for word in node.keywords:
            if word.arg == "out":
                yield from bases_of(word.value)
        if isinstance(node.func, ast.Attribute | ast.Name):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            if name in WRITERS or name.startswith("__"):
                if isinstance(node.func, ast.Attribute):
                    yield from bases_of(node.func.value)
                for argument in node.args[:1]:
                    yield from bases_of(argument)


def _aliases(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield pairs of variables that may hold the same memory after a node."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _pairs(target, node.value)
        for one, other in zip(node.targets, node.targets[1:], strict=False):
            yield from (*_pairs(one, other), *_pairs(other, one))
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
        yield from _pairs(node.target, node.value)
    elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
        yield from _pairs(node.target, node.iter)
        first = ast.Subscript(node.iter, ast.Constant(0), ast.Load())
        yield from _pairs(node.target, first)
    elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") in KEEPERS:
        assert isinstance(node.func, ast.Attribute)
        holder = ast.Subscript(node.func.value, ast.Constant(0), ast.Store())
        for argument in node.args:
            yield from _pairs(holder, argument)


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, str]]:
    if isinstance(target, ast.Tuple | ast.List):
        parts = value.elts if isinstance(value, ast.Tuple | ast.List) else []
        alike = len(parts) == len(target.elts)
        values = parts if alike else [value] * len(target.elts)
        for one, other in zip(target.elts, values, strict=True):
            yield from _pairs(one, other)
    elif isinstance(target, ast.Starred):
        yield from _pairs(target.value, value)
    elif isinstance(target, ast.Name):
        if isinstance(value, ast.Tuple | ast.List | ast.Dict):
            yield from ((target.id + INSIDE, base) for base in bases_of(value))
        else:
            yield from ((target.id, base) for base in bases_of(value))
    elif isinstance(target, ast.Subscript | ast.Attribute):
        holders = [base for base in bases_of(target.value) if base[-1] != INSIDE]
        for holder in holders:
            yield from ((holder + INSIDE, base) for base in bases_of(value))


def bases_of(node: ast.expr) -> Iterator[str]:
    """Yield the variables whose memory the value of an expression may share.

    One whose elements or attributes may share it has a bracket behind its name.
    """
    if isinstance(node, ast.Name):
        if node.id not in _MODULES:
            yield node.id
    elif isinstance(node, ast.Starred):
        yield from bases_of(node.value)
    elif isinstance(node, ast.Subscript | ast.Attribute):
        if isinstance(node, ast.Attribute) and node.attr in ("values", "array"):
            return  # of pandas, which lets nobody write
        for base in bases_of(node.value):
            yield base
            if base[-1] != INSIDE:
                yield base + INSIDE
    elif isinstance(node, ast.IfExp):
        yield from bases_of(node.body)
        yield from bases_of(node.orelse)
    elif isinstance(node, ast.NamedExpr):
        yield node.target.id
        yield from bases_of(node.value)
    elif isinstance(node, ast.BoolOp):
        for part in node.values:
            yield from bases_of(part)
    elif isinstance(node, ast.Tuple | ast.List | ast.Set):
        for part in node.elts:
            yield from bases_of(part)
    elif isinstance(node, ast.Dict):
        for part in node.values:
            yield from bases_of(part)
    elif isinstance(node, ast.Call):
        yield from _shared_by_call(node)


def _shared_by_call(node: ast.Call) -> Iterator[str]:
    """Yield the variables whose memory the result of a call may share."""
    func = node.func
    name = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
    if name in VIEWS:
        if isinstance(func, ast.Attribute):
            yield from bases_of(func.value)
        for argument in node.args[:1]:
            yield from bases_of(argument)
    elif name in _ITEMS and isinstance(func, ast.Attribute):
        yield from bases_of(ast.Subscript(func.value, ast.Constant(0), ast.Load()))
    elif name in ("vars", "zip", "enumerate", "reversed", "list", "tuple", "iter", "dict"):
        for argument in (*node.args, *(word.value for word in node.keywords)):
            yield from bases_of(argument)
