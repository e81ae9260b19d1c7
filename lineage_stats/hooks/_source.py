"""Digests of the user's source: of a call, its statement, and what that is computed from."""

from __future__ import annotations

import ast
import bisect
import linecache
import re
import threading

from lineage_stats._digest import text_digest
from lineage_stats._lines import source_text
from lineage_stats.hooks._slice import Slicer, blocks_of
from lineage_stats.hooks._syntax import Span, nodes_of, text_of, texts_of

MAX_SOURCES = 512  # files that are remembered

# Python 3.11 counts the depth of the tree for all threads together.
_PARSING = threading.RLock()

# A backslash that escapes nothing. The parser warns of it, and the program would see that.
_ODD_ESCAPE = re.compile(r"\\(?:[\n\r\\'\"abfnrtv0-7xNuU]|(.))", re.DOTALL)

_MARK = "\x01"  # in its place while the source is parsed

_Position = tuple[int, float]


def source_facts(file: str, span: Span | None) -> dict[str, str]:
    """Return the digests ``call``, ``statement`` and ``slice`` of the source at a position.

    Digests are those of the syntax tree: comments and layout do not enter. ``call`` is the
    function's name with its arguments, without the expression that the method is called on, so
    that each link of a chain has a digest of its own.
    """
    return {} if span is None else Source.of(file).facts(span)


def forget_sources() -> None:
    """Forget parsed files; a file may have been edited between two runs in one process."""
    Source._known.clear()
    linecache.checkcache()


class Source:
    """The syntax tree of one file. Parsed at once, looked at only where something is called."""

    _known: dict[str, Source] = {}  # noqa: RUF012  # a cache shared by all

    def __init__(self, text: str) -> None:
        try:
            body = parse_quietly(text).body
        except (SyntaxError, ValueError):
            body = []
        self._read(body)

    def _read(self, body: list[ast.stmt]) -> None:
        self._body = body
        self._statements: dict[ast.stmt, str] = {}  # those of recorded calls
        self._calls: dict[ast.stmt, dict[Span, str]] = {}
        self._slices: dict[ast.stmt, dict[str, str]] = {}
        self._digests: dict[ast.stmt, str] = {}  # those of others
        self._starts: dict[int, list[_Position]] = {}  # of the statements of a block
        self._slicer = Slicer(body, _without_body)

    @classmethod
    def of(cls, file: str) -> Source:
        """Return the source of a file; an empty one where it cannot be read."""
        source = cls._known.get(file)
        if source is None:
            with _PARSING:
                try:
                    source = cls(source_text(file))
                except (RecursionError, MemoryError, SystemError):
                    source = cls.__new__(cls)
                    source._read([])
                    return source  # it may be read another time, where the stack is not as deep
            if len(cls._known) >= MAX_SOURCES:
                cls._known.clear()
            cls._known[file] = source
        return source

    @property
    def body(self) -> list[ast.stmt]:
        """Statements of the file; none where it cannot be read."""
        return self._body

    def facts(self, span: Span) -> dict[str, str]:
        """Return the digests of the call at a position; none where no statement is."""
        path = self._path(span)
        if not path:
            return {}
        statement = path[-1]
        whole = self._statements.get(statement)
        if whole is None:
            text, self._calls[statement] = texts_of(_without_body(statement))
            whole = self._statements[statement] = text_digest(text)
        call = self._calls[statement].get(span)
        facts = {"call": whole if call is None else text_digest(call), "statement": whole}
        if statement not in self._slices:
            self._slices[statement] = self._slice(path)
        return facts | self._slices[statement]

    def _slice(self, path: list[ast.stmt]) -> dict[str, str]:
        try:
            found = self._slicer.slice_of(path[-1], path[:-1], self._statements)
            if found is None:
                return {}
            return {"slice": text_digest(" ".join([self._digest(node) for node in found]))}
        except RecursionError:  # somewhere behind, and no reason to do without the others
            return {}

    def _digest(self, node: ast.stmt) -> str:
        digest = self._statements.get(node) or self._digests.get(node)
        if digest is None:
            digest = self._digests[node] = text_digest(text_of(_without_body(node)))
        return digest

    def statement(self, span: Span) -> ast.stmt | None:
        """Return the innermost statement that holds a position, in its head if it is compound."""
        path = self._path(span)
        return path[-1] if path else None

    def _path(self, span: Span) -> list[ast.stmt]:
        """Return the statements that hold a position, the outermost first."""
        first: _Position = span[0], span[2]
        last: _Position = span[1], span[3]
        body, path = self._body, []
        while True:
            at = bisect.bisect_right(self._starts_of(body), first) - 1
            if at < 0:
                return []
            path.append(body[at])
            blocks = [block for block in blocks_of(body[at]) if _start_of(block[0]) <= first]
            if not blocks:
                return path if last <= _end_of_head(body[at]) else []
            body = max(blocks, key=lambda block: _start_of(block[0]))

    def _starts_of(self, body: list[ast.stmt]) -> list[_Position]:
        starts = self._starts.get(id(body))
        if starts is None:
            starts = self._starts[id(body)] = [_start_of(node) for node in body]
        return starts


def _start_of(node: ast.stmt) -> _Position:
    """Return where a statement begins; what decorates a function stands above it."""
    if not hasattr(node, "body") and not isinstance(node, ast.Match):
        return node.lineno, node.col_offset
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(d.lineno for d in decorators)]), 0


def _end_of_head(node: ast.stmt) -> _Position:
    """Return where a simple statement ends, and of a compound one what belongs to itself."""
    if isinstance(node, ast.Match):
        return node.subject.end_lineno or node.lineno, float("inf")
    body: list[ast.stmt] = getattr(node, "body", [])
    if body:
        return body[0].lineno, body[0].col_offset
    return node.end_lineno or node.lineno, node.end_col_offset or node.col_offset


_EMPTY: dict[str, list[ast.AST]] = {
    name: [] for name in ("body", "orelse", "finalbody", "handlers", "cases")
}


def _without_body(node: ast.stmt) -> ast.stmt:
    """Return the head of a compound statement; a simple one as it is."""
    if not hasattr(node, "body") and not isinstance(node, ast.Match):
        return node
    values = {name: _EMPTY.get(name, value) for name, value in ast.iter_fields(node)}
    return ast.copy_location(type(node)(**values), node)


def parse_quietly(text: str) -> ast.Module:
    """Parse source without a warning of a backslash that escapes nothing.

    The tree is that of the source, since code compiled from it is compared with the code that
    runs; but for a text that spells the very character that is put in for such a backslash.
    """
    marked = _ODD_ESCAPE.sub(_without_warning, text)
    tree = ast.parse(marked)
    if marked != text and _MARK not in text:
        for node in nodes_of(tree):
            if isinstance(node, ast.Constant):
                if isinstance(node.value, str):
                    node.value = node.value.replace(_MARK, "\\")
                elif isinstance(node.value, bytes):
                    node.value = node.value.replace(_MARK.encode(), b"\\")
    return tree


def _without_warning(escape: re.Match[str]) -> str:
    """Put another character of one byte for such a backslash, so that positions stay."""
    return escape[0] if escape[1] is None else f"{_MARK}{escape[1]}"
