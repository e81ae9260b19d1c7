"""Where a call stands in the user's source, and digests of that source."""

from __future__ import annotations

import ast
import bisect
import hashlib
import linecache
import math
import os
import re
from collections.abc import Iterator
from types import CodeType, FrameType
from typing import NamedTuple

Span = tuple[int, int, int, int]

# Comprehensions are functions of their own up to Python 3.11 and are not later.
_COMPREHENSION = re.compile(r"\.<locals>\.<(listcomp|dictcomp|setcomp|genexpr)>$")

# A backslash that escapes nothing. The parser warns of it, and the program would see that.
_ODD_ESCAPE = re.compile(r"\\(?:[\n\r\\'\"abfnrtv0-7xNuU]|(.))", re.DOTALL)


MAX_SOURCES = 512  # files and functions whose positions are remembered


class CallSite:
    """One place in the source from which something is called.

    Attributes
    ----------
    scope : str
        Calling function, as ``module.function``; ``<module>`` for top-level code of a script.
    file, line : str, int
        Position.
    """

    __slots__ = ("_facts", "_instruction", "code", "file", "line", "scope")

    def __init__(self, frame: FrameType) -> None:
        self.code: CodeType = frame.f_code
        self._instruction = frame.f_lasti
        self.file = frame.f_code.co_filename
        self.line = frame.f_lineno
        self.scope = scope_of(frame)
        self._facts: dict[str, str] | None = None

    def facts(self) -> dict[str, str]:
        """Return digests of the call and of its statement; empty where there is no source."""
        if self._facts is None:
            self._facts = source_facts(self.file, self._span())
        return self._facts

    def _span(self) -> Span | None:
        positions = _positions_of(self.code)
        if not 0 <= self._instruction // 2 < len(positions):
            return None
        line, end_line, column, end_column = positions[self._instruction // 2]
        if line is None or end_line is None or column is None or end_column is None:
            return None
        return line, end_line, column, end_column


_Position = tuple[int | None, int | None, int | None, int | None]
# By identity, since equal code may stand in two files; the code is kept, so that ids stay its own.
_positions: dict[int, tuple[CodeType, list[_Position]]] = {}


def _positions_of(code: CodeType) -> list[_Position]:
    """Return the source position of each instruction; a long function holds many calls."""
    known = _positions.get(id(code))
    if known is None:
        if len(_positions) >= MAX_SOURCES:
            _positions.clear()
        known = _positions[id(code)] = (code, list(code.co_positions()))
    return known[1]


def scope_of(frame: FrameType) -> str:
    """Return the calling function's name as it stays the same from run to run.

    The last part of the module's name stands before it, but for the script itself.
    """
    name = _COMPREHENSION.sub("", frame.f_code.co_qualname)
    module = str(frame.f_globals.get("__name__") or "").rpartition(".")[2]
    return name if module in ("", "__main__", "__mp_main__") else f"{module}.{name}"


def display_path(file: str, directory: str) -> str:
    """Return a path as people want to see it: relative where it lies below `directory`."""
    base = directory.rstrip(os.sep) + os.sep
    return file[len(base) :] if directory and file.startswith(base) else file


def current_folder() -> str:
    """Return the current folder, ``""`` if it was removed."""
    try:
        return os.getcwd()  # noqa: PTH109  # light
    except OSError:
        return ""


def source_facts(file: str, span: Span | None) -> dict[str, str]:
    """Return the digests ``call`` and ``statement`` of the source at a position.

    Digests are those of the syntax tree: comments and layout do not enter. ``call`` is the
    function's name with its arguments, without the expression that the method is called on, so
    that each link of a chain has a digest of its own.
    """
    if span is None:
        return {}
    index = _SourceIndex.of(file)
    node = index.nodes.get(span)
    statement = index.statement(span)
    if statement is None:
        return {}
    return {
        "call": _digest(_own_part(node) if node is not None else ast.dump(statement)),
        "statement": _digest(ast.dump(statement)),
    }


def _own_part(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ast.dump(node.func)
        parts = [ast.dump(part) for part in (*node.args, *node.keywords)]
        return f"{name}({', '.join(parts)})"
    if isinstance(node, ast.Subscript):
        return f"[{ast.dump(node.slice)}]"
    return ast.dump(node)


class _Statement(NamedTuple):
    first: tuple[int, float]
    last: tuple[int, float]
    node: ast.stmt


class _SourceIndex:
    """Expressions and simple statements of one file by position."""

    _known: dict[str, _SourceIndex] = {}  # noqa: RUF012  # a cache shared by all

    def __init__(self, source: str) -> None:
        self.nodes: dict[Span, ast.expr] = {}
        self._statements: list[_Statement] = []
        try:
            tree = ast.parse(_ODD_ESCAPE.sub(_without_warning, source))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return
        for node in ast.walk(tree):
            if isinstance(node, ast.Call | ast.Subscript) and not isinstance(
                getattr(node, "ctx", None), ast.Store | ast.Del
            ):
                self.nodes[_span_of(node)] = node
            elif isinstance(node, ast.stmt):
                self._statements.extend(_simple_parts(node))
        self._statements.sort(key=_first_of)

    @classmethod
    def of(cls, file: str) -> _SourceIndex:
        index = cls._known.get(file)
        if index is None:
            if len(cls._known) >= MAX_SOURCES:
                cls._known.clear()
            index = cls._known[file] = cls("".join(linecache.getlines(file)))
        return index

    def statement(self, span: Span) -> ast.stmt | None:
        """Return the innermost statement that holds a position."""
        first: tuple[int, float] = (span[0], span[2])
        last = (span[1], span[3])
        at = bisect.bisect_right(self._statements, first, key=_first_of)
        for i in range(at - 1, -1, -1):
            if last <= self._statements[i].last:
                return self._statements[i].node
        return None


def _first_of(statement: _Statement) -> tuple[int, float]:
    return statement.first


def _without_warning(escape: re.Match[str]) -> str:
    """Put another character of one byte for such a backslash, so that positions stay."""
    return escape[0] if escape[1] is None else f"\x01{escape[1]}"


def _simple_parts(node: ast.stmt) -> Iterator[_Statement]:
    body = getattr(node, "body", None)
    if isinstance(node, ast.Match):
        end = (node.subject.end_lineno or node.lineno, math.inf)
        yield _Statement((node.lineno, 0), end, _without_body(node))
    elif isinstance(body, list):
        # A compound statement: only its head is the statement that holds a call.
        start = (body[0].lineno, body[0].col_offset) if body else (node.lineno, math.inf)
        yield _Statement((_first_line(node), 0), start, _without_body(node))
    else:
        line, end_line, column, end_column = _span_of(node)
        yield _Statement((line, column), (end_line, end_column), node)


def _first_line(node: ast.stmt) -> int:
    """Return where a statement begins; what decorates a function stands above it."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(d.lineno for d in decorators)])


def _without_body(node: ast.stmt) -> ast.stmt:
    empty: dict[str, list[ast.AST]] = {
        "body": [],
        "orelse": [],
        "finalbody": [],
        "handlers": [],
        "cases": [],
    }
    values = {name: empty.get(name, value) for name, value in ast.iter_fields(node)}
    return ast.copy_location(type(node)(**values), node)


def _span_of(node: ast.expr | ast.stmt) -> Span:
    return (
        node.lineno,
        node.end_lineno or node.lineno,
        node.col_offset,
        node.end_col_offset or node.col_offset,
    )


def forget_sources() -> None:
    """Forget parsed files; a file may have been edited between two runs in one process."""
    _SourceIndex._known.clear()
    _positions.clear()
    linecache.checkcache()


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
