"""Pieces of code that differ between two versions, each of which can be put back alone."""

from __future__ import annotations

import ast
import io
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from lineage_stats.attribution.replay._git import Range

MAX_DETAIL = 60  # characters of a line that are shown


@dataclass(frozen=True)
class Hunk:
    """Neighbouring lines of one file that differ.

    Attributes
    ----------
    old_start, new_start : int
        Index of the first line in the healthy and in the faulty file, from 0.
    old, new : tuple of bytes
        The lines, with their ends.
    """

    old_start: int
    new_start: int
    old: tuple[bytes, ...]
    new: tuple[bytes, ...]

    @property
    def lines(self) -> range:
        """Numbers of the lines in the faulty file; of a deletion, those around it."""
        first = self.new_start + 1
        return range(first, first + len(self.new)) if self.new else range(first - 1, first + 1)

    @property
    def detail(self) -> str:
        """Both versions, for people."""
        return f"{_shown(self.old)} -> {_shown(self.new)}"


def _shown(lines: Sequence[bytes]) -> str:
    texts = [line.decode(errors="replace").strip() for line in lines]
    texts = [text for text in texts if text]
    if not texts:
        return "(nothing)"
    first = texts[0] if len(texts[0]) <= MAX_DETAIL else f"{texts[0][: MAX_DETAIL - 3]}..."
    return f"{first} ({len(texts)} lines)" if len(texts) > 1 else first


def hunks_of(healthy: bytes, faulty: bytes, ranges: Iterable[Range]) -> list[Hunk]:
    """Return the hunks that git's ranges mean; statements of one line each count apart."""
    old, new = lines_of(healthy), lines_of(faulty)
    found = []
    for first, n_old, second, n_new in ranges:
        # Git names the line before where there are none.
        i, j = first - (n_old > 0), second - (n_new > 0)
        hunk = Hunk(i, j, tuple(old[i : i + n_old]), tuple(new[j : j + n_new]))
        found += _split(hunk, healthy, faulty)
    return found


def lines_of(text: bytes) -> list[bytes]:
    """Return the lines of a file as git counts them, with their ends."""
    return io.BytesIO(text).readlines()


def compose(healthy: bytes, hunks: Sequence[Hunk], at_faulty: Collection[Hunk]) -> bytes:
    """Return a file in which some of its hunks are at the faulty version."""
    old = lines_of(healthy)
    parts: list[bytes] = []
    position = 0
    for hunk in sorted(hunks, key=lambda h: (h.old_start, h.new_start)):
        parts += old[position : hunk.old_start]
        parts += hunk.new if hunk in at_faulty else hunk.old
        position = hunk.old_start + len(hunk.old)
    return b"".join([*parts, *old[position:]])


def is_silent(healthy: bytes, faulty: bytes, hunks: Sequence[Hunk], hunk: Hunk) -> bool:
    """Whether a program is the same with and without a hunk: comments, layout, docstrings."""
    without = compose(healthy, hunks, [other for other in hunks if other != hunk])
    try:
        return _program(without) == _program(faulty)
    except (SyntaxError, ValueError):
        return False


def _program(text: bytes) -> str:
    tree = ast.parse(text)
    for node in ast.walk(tree):
        first = next(iter(getattr(node, "body", None) or ()), None) if _has_docs(node) else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            first.value.value = None
    return ast.dump(tree)


def _has_docs(node: ast.AST) -> bool:
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return isinstance(node, kinds)


def _split(hunk: Hunk, healthy: bytes, faulty: bytes) -> list[Hunk]:
    n = len(hunk.old)
    if n < 2 or n != len(hunk.new):
        return [hunk]
    of_old, of_new = _single_line_statements(healthy), _single_line_statements(faulty)
    alone = all(
        hunk.old_start + k + 1 in of_old and hunk.new_start + k + 1 in of_new for k in range(n)
    )
    if not alone:
        return [hunk]
    return [
        Hunk(hunk.old_start + k, hunk.new_start + k, (hunk.old[k],), (hunk.new[k],))
        for k in range(n)
    ]


def _single_line_statements(text: bytes) -> set[int]:
    """Return the numbers of the lines that hold a whole statement and nothing of another."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return set()
    found: set[int] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt) or hasattr(node, "body"):
            continue
        if node.lineno == node.end_lineno:
            found.add(node.lineno)
    return found
