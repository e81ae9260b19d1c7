"""Statements that gave a variable its value, or put something into it, from the last one back."""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Generator, Iterator
from typing import Final

from lineage_stats.hooks._numpy._flow import binds, positions_by_name
from lineage_stats.hooks._numpy._holders import PLAIN, is_of
from lineage_stats.hooks._numpy._mutation import names_of_the_same
from lineage_stats.hooks._numpy._nodes import (
    assigned,
    assigned_on_the_way,
    calls_of,
    names_in,
)
from lineage_stats.hooks._numpy._scopes import CodeSource, Level, Place, blocks_of
from lineage_stats.hooks._numpy._values import LostError
from lineage_stats.hooks._numpy._variables import Variables
from lineage_stats.hooks._numpy._writers import Asked, put_in

MOST_STATEMENTS: Final = 3_000

Path = tuple[Level, ...]
# An expression, and where it stands; None for what a variable held before all statements.
Part = tuple[ast.expr | None, Path]
Parts = Generator[Part, None, bool]  # whether a value was given outright

LOOPS: Final = (ast.For, ast.AsyncFor, ast.While)
# Of whose blocks several run, one after the other.
_WITH_SIBLINGS = (*LOOPS, ast.Try, *([ast.TryStar] if hasattr(ast, "TryStar") else []))
_BINDERS = (ast.Match, ast.Import, ast.ImportFrom, ast.Delete)
_WITHS = (ast.With, ast.AsyncWith)


class Definitions:
    """Finds the expressions that variables of one frame may have been made from.

    Parameters
    ----------
    source : CodeSource
        The code of the frame.
    place : Place
        Where it is now.
    variables : Variables
        What its variables hold now.

    Attributes
    ----------
    grows : bool
        Whether a variable may hold something of an earlier turn of the loop around the place.
    """

    def __init__(self, source: CodeSource, place: Place, variables: Variables) -> None:
        self._source = source
        self._place = place
        self._variables = variables
        # Of each variable, block and call around: which statements were gone through.
        self._walk: dict[tuple[str, int, int], tuple[int, int]] = {}
        self._n_statements = 0
        self.grows = False

    def start_again(self) -> None:
        """Go through all statements once more, as of a turn before."""
        self._walk.clear()

    def find(self, name: str, path: Path, inside: int) -> Iterator[Part]:
        """Yield all that may have given a variable its value, or was put into it.

        Parameters
        ----------
        name : str
            The variable.
        path : tuple of Level
            Where it is read.
        inside : int
            Number of the call of a function whose arguments are gathered; 0 outside of one.

        Raises
        ------
        LostError
            If something cannot be seen.
        """
        if not path or self._is_walked(name, *path[-1], inside):
            return
        names = self._source.about(self._place.body, names_of_the_same)
        if names is None:
            raise LostError
        asked = Asked(name, names.get(name, frozenset()) | {name})
        for depth in range(len(path) - 1, -1, -1):
            block, at = path[depth]
            before, _ = self._positions(asked, block, at)
            given = yield from self._backwards(asked, block, before, path[:depth])
            if depth == len(path) - 1:
                self._walk[name, id(block), inside] = -1 if given is None else given, at
            if given is not None or (depth and (yield from self._around(asked, path, depth))):
                return
        yield None, ()

    def _around(self, asked: Asked, path: Path, depth: int) -> Parts:
        """Yield what the statement around a block gives."""
        outer, (block, at) = path[:depth], path[depth]
        around = outer[-1].statement
        if asked.name in self._source.about(around, assigned_on_the_way):
            raise LostError
        if isinstance(around, LOOPS) and block is around.body:
            _, later = self._positions(asked, block, at)
            yield from self._backwards(asked, block, later, outer)  # in the turn before
            if not isinstance(around, ast.While) and asked.name in names_in(around.target):
                yield around.iter, outer
                return True
            self.grows = self.grows or path is self._place.levels
        if isinstance(around, _WITHS) and (yield from self._by_with(around, asked, outer)):
            return True
        if isinstance(around, _WITH_SIBLINGS):
            for sibling in blocks_of(around):
                if sibling is not block:
                    yield from self._block(asked, sibling, outer)
        return False

    def _is_walked(self, name: str, block: list[ast.stmt], at: int, inside: int) -> bool:
        """Return whether all that gives a variable its value at a place was gathered already."""
        from_, to = self._walk.get((name, id(block), inside), (at, at - 1))
        if from_ < at <= to:
            return True
        self._walk[name, id(block), inside] = at - 1, at  # while it is looked for
        return False

    def _positions(
        self, asked: Asked, block: list[ast.stmt], at: int
    ) -> tuple[list[int], list[int]]:
        """Return which statements of a block mention a variable, before a position and from it."""
        known = self._source.about(block, positions_by_name)
        positions = sorted({at for name in asked.names for at in known.get(name, ())})
        now = bisect_left(positions, at)
        return positions[:now], positions[now:]

    def _block(self, asked: Asked, block: list[ast.stmt], outer: Path) -> Iterator[Part]:
        """Yield what a block gives, all of whose statements may have run."""
        positions, _ = self._positions(asked, block, len(block))
        yield from self._backwards(asked, block, positions, outer)

    def _backwards(
        self, asked: Asked, block: list[ast.stmt], positions: list[int], outer: Path
    ) -> Generator[Part, None, int | None]:
        """Yield what statements of a block give, the last one first, up to a value given outright.

        Returns the position of that one, if there is one.
        """
        for at in reversed(positions):
            if (yield from self._statement(block[at], asked, (*outer, Level(block, at)))):
                return at
        return None

    def _statement(self, statement: ast.stmt, asked: Asked, path: Path) -> Parts:
        """Yield what a statement puts into a variable."""
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            raise LostError
        self._n_statements += 1
        if self._n_statements > MOST_STATEMENTS:
            raise LostError
        if asked.name in self._source.about(statement, assigned_on_the_way):
            raise LostError
        for call in self._source.about(statement, calls_of):
            yield from ((part, path) for part in put_in(call, asked, self._variables.get))
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            return (yield from self._assignment(statement, asked, path))
        if isinstance(statement, ast.AugAssign):
            if asked.may_be(statement.target):
                yield statement.value, path
            return False
        target, over = getattr(statement, "target", None), getattr(statement, "iter", None)
        if target is not None and over is not None and asked.name in names_in(target):
            yield over, path
        if isinstance(statement, _WITHS):
            yield from self._by_with(statement, asked, path)
        elif isinstance(statement, _BINDERS) and binds(statement, asked.name):
            raise LostError
        for block in blocks_of(statement):
            yield from self._block(asked, block, path)
        return False  # a block may not have run to its end

    def _by_with(self, statement: ast.With | ast.AsyncWith, asked: Asked, path: Path) -> Parts:
        found = False
        for item in statement.items:
            if item.optional_vars is not None and asked.name in names_in(item.optional_vars):
                yield item.context_expr, path
                found = True
        return found

    def _assignment(self, statement: ast.Assign | ast.AnnAssign, asked: Asked, path: Path) -> Parts:
        value, given = statement.value, False
        if value is None:
            return False
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        for target in targets:
            for one, part in assigned(target, value):
                if isinstance(one, ast.Name):
                    if one.id == asked.name:
                        yield part, path
                        given = True
                elif asked.may_be(one):
                    yield part, path
                    if isinstance(one, ast.Subscript) and not self._is_plain(one.slice):
                        yield one.slice, path  # by which its place was chosen
        return given

    def _is_plain(self, index: ast.expr) -> bool:
        """Return whether an index is a variable with a number or text, as of a loop."""
        name = index.elts[-1] if isinstance(index, ast.Tuple) and index.elts else index
        return isinstance(name, ast.Name) and is_of(self._variables.get(name.id), PLAIN)
