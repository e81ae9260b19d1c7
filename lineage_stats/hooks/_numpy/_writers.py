"""Calls that may put what they are given into what a variable holds."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from types import BuiltinFunctionType, FunctionType
from typing import Any, Final, NamedTuple

from lineage_stats.features._families import family_of
from lineage_stats.hooks._numpy._bytecode import KEEPERS, WRITERS, may_write
from lineage_stats.hooks._numpy._holders import function_called, is_of, is_of_library, object_at
from lineage_stats.hooks._numpy._mutation import INSIDE, bases_of
from lineage_stats.hooks._numpy._nodes import base_of, last_name
from lineage_stats.hooks._numpy._variables import MISSING

# Functions of libraries write only where they are told to: by ``out``, which may be the third.
_FIRST_OUT: Final = 2
_LOOKERS: Final = frozenset("print len isinstance type repr str id float int bool format".split())

Variable = Callable[[str], Any]


class Asked(NamedTuple):
    """A variable, and all names under which its memory may be known."""

    name: str
    names: frozenset[str]

    def may_be(self, node: ast.expr) -> bool:
        """Return whether an expression may stand for its memory, or for part of it."""
        return base_of(node) in self.names or not self.names.isdisjoint(bases_of(node))

    def is_itself(self, node: ast.expr) -> bool:
        """Return whether an expression stands for nothing but the variable, or part of it."""
        bases = {base.rstrip(INSIDE) for base in bases_of(node)}
        return base_of(node) == self.name or bases == {self.name}


def put_in(call: ast.Call, asked: Asked, variable: Variable) -> list[ast.expr]:
    """Return what a call may put into what a variable holds.

    Parameters
    ----------
    call : Call
        What stands in the source.
    asked : Asked
        The variable.
    variable : callable
        Returns what a variable holds now.
    """
    func, args, words = call.func, call.args, call.keywords
    of_owner = isinstance(func, ast.Attribute) and asked.may_be(func.value)
    at = [i for i, arg in enumerate(args) if asked.may_be(arg)]
    named = [str(word.arg) for word in words if asked.may_be(word.value)]
    keeps = of_owner and (last_name(func) in KEEPERS | WRITERS or _is_foreign(asked, variable))
    if not keeps and not _may_write(func, at, named, variable):
        return []
    parts = [*args, *(word.value for word in words)]
    if isinstance(func, ast.Attribute) and not of_owner:
        parts.append(func.value)
    return [part for part in parts if not asked.is_itself(part)]


def _may_write(func: ast.expr, at: Sequence[int], named: Sequence[str], variable: Variable) -> bool:
    """Return whether a function may write into arguments at some positions, or of a name."""
    if not (at or named):
        return False
    name = last_name(func)
    if name in WRITERS or name.startswith(("inplace", "__")) or "out" in named:
        return True
    if name in _LOOKERS:
        return False
    called, found = function_called(func, variable), object_at(func, variable)
    if is_of(found, BuiltinFunctionType) and found.__module__ == "_operator":
        return name.startswith("i")  # iadd, and so on
    if found is MISSING and not isinstance(func, ast.Attribute):
        return True
    # What is no function may be anything, and would run code when asked for its module.
    home = found.__module__ if is_of(found, FunctionType) else type(found).__module__
    if is_of_library(home):
        return any(position >= _FIRST_OUT for position in at) and name != "where"
    return called is None or may_write(called)


def _is_foreign(asked: Asked, variable: Variable) -> bool:
    """Return whether a variable holds an object whose methods may keep what they are given."""
    cls = type(variable(asked.name))
    return family_of(cls) is None and not is_of_library(cls.__module__)
