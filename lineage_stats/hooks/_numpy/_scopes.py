"""The syntax tree behind running code, where it is certain that the code was compiled from it."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from types import CodeType
from typing import Any, NamedTuple, TypeVar, cast

from lineage_stats._lines import is_cell
from lineage_stats.features._cache import BoundedCache
from lineage_stats.hooks._numpy._comprehensions import comprehensions_in
from lineage_stats.hooks._source import Source
from lineage_stats.hooks._syntax import Span

T = TypeVar("T")

MOST_CODES = 4096

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

# What cannot be called, and where the compiler looks at what it is indexed by.
_DISPLAYS = (
    ast.Constant, ast.Tuple, ast.List, ast.Set, ast.Lambda, ast.JoinedStr, *_COMPREHENSIONS,
)  # fmt: skip


_WITHOUT_ITEMS = (ast.Set, ast.SetComp, ast.GeneratorExp, ast.Lambda)


class Level(NamedTuple):
    """A statement in its block."""

    block: list[ast.stmt]
    at: int

    @property
    def statement(self) -> ast.stmt:
        """The statement itself."""
        return self.block[self.at]


class Place(NamedTuple):
    """Where an instruction stands.

    Attributes
    ----------
    node : AST
        The expression, or the statement that it belongs to.
    levels : tuple of Level
        The statement and those that it stands in, the outermost in front, inside of one function.
        Empty where the code is that of an expression: a lambda or a comprehension.
    statement : stmt
        The statement that holds it.
    body : list of stmt
        The outermost function that it stands in, or the module.
    """

    node: ast.AST
    levels: tuple[Level, ...]
    statement: ast.stmt
    body: list[ast.stmt]


class CodeSource:
    """The source of one code object.

    Attributes
    ----------
    spans : dict of Span to list of int
        Offsets of the instructions at each position.
    tree : list of stmt
        Statements of the file.
    all_codes : list of CodeType
        All code that they are compiled to.
    """

    def __init__(self, code: CodeType, tree: list[ast.stmt], all_codes: list[CodeType]) -> None:
        self.code = code
        self.tree = tree
        self.all_codes = all_codes
        self._about: dict[tuple[int, Any], Any] = {}
        self._places: dict[int, Place | None] = {}
        self._end: Place | None = None
        self.spans: dict[Span, list[int]] = defaultdict(list)
        self._by_offset: dict[int, Span] = {}
        for number, (line, end_line, column, end_column) in enumerate(code.co_positions()):
            if not (line is None or end_line is None or column is None or end_column is None):
                span = line, end_line, column, end_column
                self.spans[span].append(2 * number)
                self._by_offset[2 * number] = span

    @cached_property
    def inner(self) -> dict[Span, list[tuple[CodeType, int]]]:
        """Offsets at each position of comprehensions that are code of their own."""
        found: dict[Span, list[tuple[CodeType, int]]] = defaultdict(list)
        for code in comprehensions_in(self.code):
            for number, position in enumerate(code.co_positions()):
                if None not in position:
                    line, end_line, column, end_column = position
                    found[cast(Span, (line, end_line, column, end_column))].append(
                        (code, 2 * number)
                    )
        return found

    def about(self, part: Any, look: Callable[[Any], T]) -> T:
        """Return what a function finds out about part of the tree, asked once."""
        key = (id(part), look)  # the tree keeps it
        if key not in self._about:
            self._about[key] = look(part)
        found: T = self._about[key]
        return found

    def place(self, offset: int) -> Place | None:
        """Return where an instruction stands; None where that cannot be told."""
        if offset not in self._places:
            span = self._by_offset.get(offset)
            self._places[offset] = None if span is None else self._find(span)
        return self._places[offset]

    def end(self) -> Place:
        """Return the place behind the last statement."""
        if self._end is None:
            after = ast.Pass(lineno=0, col_offset=0, end_lineno=0, end_col_offset=0)
            level = Level([*self.tree, after], len(self.tree))
            self._end = Place(after, (level,), after, self.tree)
        return self._end

    def _find(self, span: Span) -> Place | None:
        levels = tuple(_levels(self.tree, span))
        if not levels:
            return None
        statement = levels[-1].statement
        node = node_at(statement, span)
        if node is None:
            return None
        inside = [d for d, level in enumerate(levels[:-1]) if isinstance(level.statement, _SCOPES)]
        functions = [d for d in inside if not isinstance(levels[d].statement, ast.ClassDef)]
        body = levels[functions[0] + 1 if functions else 0].block
        name = self.code.co_name
        if name.startswith("<") and name != "<module>":
            return Place(node, (), statement, body)
        return Place(node, levels[inside[-1] + 1 if inside else 0 :], statement, body)


class Sources:
    """The sources of code objects."""

    def __init__(self) -> None:
        self._known: BoundedCache[int, tuple[CodeType, CodeSource | None]]
        self._known = BoundedCache(MOST_CODES)
        self._compiled: dict[str, tuple[Source, list[CodeType]]] = {}

    def of(self, code: CodeType) -> CodeSource | None:
        """Return the source of code; None where it was compiled from anything else."""
        known = self._known.get(id(code))
        if known is None or known[0] is not code:
            known = self._known.keep(id(code), (code, self._look(code)))
        return known[1]

    def of_cell(self, file: str) -> CodeSource | None:
        """Return the source of a cell that has run, as of its end; None where it has none."""
        source, codes = self._codes_of(file)
        if not codes or not is_cell(file):
            return None
        found = CodeSource(codes[0].replace(co_filename=file), source.body, codes)
        found.spans.clear()  # its statements were other code
        return found

    def _codes_of(self, file: str) -> tuple[Source, list[CodeType]]:
        source = Source.of(file)
        compiled = self._compiled.get(file)
        if compiled is None or compiled[0] is not source:
            compiled = self._compiled[file] = source, list(_all_codes(source, file))
        return compiled

    def _look(self, code: CodeType) -> CodeSource | None:
        source, codes = self._codes_of(code.co_filename)
        for other in codes:
            if other == code and other.co_linetable == code.co_linetable:
                return CodeSource(code, source.body, codes)
        return None


def _all_codes(source: Source, file: str) -> Iterator[CodeType]:
    """Yield all code that the source of a file is compiled to."""
    body = source.body
    if not body or _would_warn(body):
        return
    trees: list[ast.Module | ast.Interactive] = [ast.Module(body, [])]
    if is_cell(file):  # each statement is compiled by itself
        trees += [ast.Module([statement], []) for statement in body]
        trees += [ast.Interactive([statement]) for statement in body]
    for tree in trees:
        mode = "single" if isinstance(tree, ast.Interactive) else "exec"
        try:
            code = compile(tree, "<lineage_stats>", mode, dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        yield from _codes_in(code)


def assigned_names(body: list[ast.stmt]) -> list[str]:
    """Return the variables that statements give a value by assignments of their own."""
    targets = [
        target
        for statement in body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
    ]
    parts = [part for t in targets for part in (t.elts if isinstance(t, ast.Tuple) else [t])]
    return list(dict.fromkeys(part.id for part in parts if isinstance(part, ast.Name)))


def _codes_in(code: CodeType) -> Iterator[CodeType]:
    yield code
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield from _codes_in(part)


def _would_warn(body: list[ast.stmt]) -> bool:
    """Return whether the compiler would warn of something, which the program would see."""
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Assert) and isinstance(node.test, ast.Tuple):
                return True
            if isinstance(node, ast.Compare) and _compares_identity(node):
                return True
            if isinstance(node, ast.Call) and isinstance(node.func, _DISPLAYS):
                return True
            if isinstance(node, ast.Subscript) and _indexes_oddly(node):
                return True
            if isinstance(node, ast.Try) and node.finalbody:
                leaves = (ast.Return, ast.Break, ast.Continue)
                if any(isinstance(n, leaves) for part in node.finalbody for n in ast.walk(part)):
                    return True
    return False


def _indexes_oddly(node: ast.Subscript) -> bool:
    """Return whether a display is indexed that cannot be, or by what cannot be an index."""
    if not isinstance(node.value, _DISPLAYS):
        return False
    if isinstance(node.value, _WITHOUT_ITEMS):
        return True
    if isinstance(node.value, ast.Constant) and not isinstance(node.value.value, str | bytes):
        return True
    if isinstance(node.slice, ast.Constant):
        return not isinstance(node.slice.value, int)
    return isinstance(node.slice, (*_DISPLAYS, ast.Dict, ast.DictComp))


def _compares_identity(node: ast.Compare) -> bool:
    if not any(isinstance(op, ast.Is | ast.IsNot) for op in node.ops):
        return False
    sides = (node.left, *node.comparators)
    plain = (None, True, False, ...)
    return any(
        isinstance(side, ast.Tuple) or (isinstance(side, ast.Constant) and side.value not in plain)
        for side in sides
    )


def span_of(node: ast.expr | ast.stmt) -> Span:
    """Return where a node stands."""
    line, column = node.lineno, node.col_offset
    return line, node.end_lineno or line, column, node.end_col_offset or column


def runs_at(node: ast.expr | ast.stmt) -> Span:
    """Return where the instruction stands that does what a node says.

    Of a call or a reading of an attribute in a chain over several lines that is where the
    attribute's name begins.
    """
    line, end_line, column, end_column = span_of(node)
    attribute = node.func if isinstance(node, ast.Call) else node
    if not isinstance(attribute, ast.Attribute) or attribute.end_lineno in (None, line):
        return line, end_line, column, end_column
    name_line, name_end = attribute.end_lineno or line, attribute.end_col_offset or 0
    column = name_end - len(attribute.attr)
    return name_line, max(name_line, end_line), column, max(column, end_column)


def _holds(node: ast.stmt, span: Span) -> bool:
    _, end_line, _, end_column = span_of(node)
    return _start(node) <= (span[0], span[2]) and (span[1], span[3]) <= (end_line, end_column)


def _start(node: ast.stmt) -> tuple[int, int]:
    """Return line and column where a statement begins, with its decorators."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return min([node.lineno, *(d.lineno for d in node.decorator_list)]), 0
    return node.lineno, node.col_offset


def blocks_of(statement: ast.AST) -> Iterator[list[ast.stmt]]:
    """Yield the blocks of statements inside a statement."""
    for owner in (
        statement, *getattr(statement, "handlers", ()), *getattr(statement, "cases", ()),
    ):  # fmt: skip
        for name in ("body", "orelse", "finalbody"):
            block = getattr(owner, name, None)
            if isinstance(block, list) and block:
                yield block


def _levels(body: list[ast.stmt], span: Span) -> Iterator[Level]:
    inside: Iterable[list[ast.stmt]] = (body,)
    while True:
        found = ((block, _holder(block, span)) for block in inside)
        level = next((Level(block, at) for block, at in found if at is not None), None)
        if level is None:
            return
        yield level
        inside = blocks_of(level.statement)


def _holder(block: list[ast.stmt], span: Span) -> int | None:
    """Return which statement of a block a position is in; those of a block are in order."""
    at = bisect_right(block, (span[0], span[2]), key=_start) - 1
    return at if at >= 0 and _holds(block[at], span) else None


def node_at(statement: ast.stmt, span: Span) -> ast.AST | None:
    """Return what stands at a position, the outermost that does anything."""
    for node in ast.walk(statement):
        if isinstance(node, ast.expr | ast.stmt) and runs_at(node) == span:
            if isinstance(node, ast.Expr):
                continue
            return node
    return None


def is_inside_comprehension(statement: ast.stmt, inner: ast.AST, name: str) -> bool:
    """Return whether a node stands in the only comprehension of a statement that has a variable."""
    found = [
        node
        for node in ast.walk(statement)
        if isinstance(node, _COMPREHENSIONS) and name in _targets(node)
    ]
    if len(found) != 1 or any(isinstance(node, ast.Lambda) for node in ast.walk(statement)):
        return False
    (comprehension,) = found
    first = comprehension.generators[0].iter  # it is worked out outside
    inside = any(node is inner for node in ast.walk(comprehension))
    return inside and not any(node is inner for node in ast.walk(first))


def comprehension_loops(statement: ast.stmt, inner: ast.AST, name: str) -> list[ast.expr]:
    """Return what the comprehension goes over that a node stands in, for one of its variables."""
    if not is_inside_comprehension(statement, inner, name):
        return []
    return [
        part.iter
        for node in ast.walk(statement)
        if isinstance(node, _COMPREHENSIONS)
        for part in node.generators
        if isinstance(part.target, ast.Name) and part.target.id == name
    ]


def _targets(node: ast.AST) -> set[str]:
    """Return the variables of a comprehension."""
    parts = [part.target for part in getattr(node, "generators", ())]
    return {n.id for part in parts for n in ast.walk(part) if isinstance(n, ast.Name)}


def comprehension_names(statement: ast.stmt) -> set[str]:
    """Return the variables that comprehensions and lambdas of a statement have to themselves."""
    found: set[str] = set()
    for node in ast.walk(statement):
        if isinstance(node, _COMPREHENSIONS):
            found |= _targets(node)
        elif isinstance(node, ast.Lambda):
            arguments = node.args
            every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
            found |= {argument.arg for argument in every}
    return found
