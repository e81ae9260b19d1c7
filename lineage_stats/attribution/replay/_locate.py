"""How much the operations of a run speak against a piece of code or a file."""

from __future__ import annotations

import ast
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lineage_stats.attribution._attribution import Attribution
from lineage_stats.trace import Trace

# How far a hunk is from the statement of an operation, as a factor.
TOUCHED, NAMED, SAME_FUNCTION, SAME_FILE = 1.0, 0.7, 0.5, 0.1
_FLOOR = 1e-6  # of operations that nothing speaks against: they come before code that ran none


@dataclass(frozen=True)
class Accused:
    """An operation upstream of the metric.

    Attributes
    ----------
    key : str
        Its key.
    path : str
        File of the call, relative to the root; ``""`` where it is elsewhere.
    line : int
        Line of the call in it.
    read : str
        File that it read, as an absolute path; ``""`` for none.
    weight : float
        How much speaks against it, from 0 to 1.
    """

    key: str
    path: str
    line: int
    read: str
    weight: float


def accused(trace: Trace, prior: Attribution, directory: Path, root: Path) -> list[Accused]:
    """Return the operations upstream with what the trace says against them."""
    in_trace = {op.key: op for op in trace}
    found = []
    for c in prior.contributions:
        op = in_trace.get(c.operation)
        file, _, line = c.location.rpartition(":")
        share = max(c.share, 0.0) / prior.drop if prior.drop > 0 else 0.0
        found.append(
            Accused(
                c.operation,
                _below(root, directory / file) if file else "",
                int(line) if line.isdecimal() else 0,
                op.facts.get("file[path]", "") if op is not None and op.kind == "source" else "",
                max(min(share, 1.0), c.probability, _FLOOR),
            )
        )
    return found


def _below(root: Path, file: Path) -> str:
    path = Path(os.path.normpath(file))
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else ""


class Source:
    """A module of Python, to see how near a hunk is to an operation.

    Parameters
    ----------
    text : bytes
        The faulty version.
    """

    def __init__(self, text: bytes) -> None:
        self._text = text

    @cached_property
    def _tree(self) -> ast.Module:
        try:
            return ast.parse(self._text)
        except (SyntaxError, ValueError):
            return ast.Module([], [])

    @cached_property
    def _functions(self) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
        return [node for node in ast.walk(self._tree) if isinstance(node, kinds)]

    def nearness(self, lines: range, line: int) -> float:
        """Return how near some lines are to the operation that a line calls."""
        statement = self._statement(line)
        if statement is None:
            return TOUCHED if line in lines else SAME_FILE
        first, last = statement.lineno, statement.end_lineno or statement.lineno
        if lines.start <= last and first < lines.stop:
            return TOUCHED
        if self._bound(lines) & _names(statement):
            return NAMED
        inside = self._function(line)
        if inside is not None and self._function(lines.start) is inside:
            return SAME_FUNCTION
        return SAME_FILE

    def _statement(self, line: int) -> ast.stmt | None:
        """Return the innermost statement that holds a line; of a compound one, its head."""
        best = None
        for node in ast.walk(self._tree):
            if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or 0):
                best = node
        if best is not None and hasattr(best, "body") and best.lineno != line:
            return None
        return best

    def _function(self, line: int) -> ast.AST | None:
        holding = [f for f in self._functions if f.lineno <= line <= (f.end_lineno or 0)]
        return max(holding, key=lambda f: f.lineno, default=None)

    def _bound(self, lines: range) -> set[str]:
        """Return the names that some lines give a value to, and the function they are in."""
        bound = {
            node.id
            for node in ast.walk(self._tree)
            if isinstance(node, ast.Name)
            and isinstance(node.ctx, ast.Store)
            and node.lineno in lines
        }
        function = self._function(lines.start)
        name = getattr(function, "name", None)
        return bound | {name} if name else bound


def _names(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def weigh(
    operations: Sequence[Accused], path: str, lines: range, source: Source
) -> tuple[float, tuple[str, ...]]:
    """Return what speaks against some lines, and the operations that say so, first the strongest.

    Parameters
    ----------
    operations : sequence of Accused
        The operations upstream.
    path : str
        File of the lines, relative to the root.
    lines : range
        Their numbers.
    source : Source
        The file.
    """
    found = [
        (op.weight * source.nearness(lines, op.line), op.key)
        for op in operations
        if op.path == path and op.line
    ]
    found = sorted((item for item in found if item[0] > 0), key=lambda item: -item[0])
    near = tuple(key for weight, key in found if weight >= found[0][0] * SAME_FUNCTION)
    return (found[0][0], near) if found else (0.0, ())


def weigh_file(operations: Sequence[Accused], file: Path) -> tuple[float, tuple[str, ...]]:
    """Return what speaks against a data file, and the operations that read it."""
    readers = [op for op in operations if op.read and Path(op.read) == file]
    return max((op.weight for op in readers), default=0.0), tuple(op.key for op in readers)
