"""From a parameter of a function to the expression that its caller gave for it."""

from __future__ import annotations

import ast
from collections.abc import Callable
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any, NamedTuple

from lineage_stats.hooks._numpy._holders import attributes_of, is_of
from lineage_stats.hooks._numpy._variables import MISSING

_SUSPENDED = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR


class Given(NamedTuple):
    """What a caller gave for a parameter.

    Attributes
    ----------
    node : expr or None
        The expression; None where the default was taken.
    default : object
        The default.
    """

    node: ast.expr | None
    default: Any = MISSING


def is_parameter(code: CodeType, name: str) -> bool:
    """Return whether a variable is a parameter that takes one argument."""
    return name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


def caller_of(frame: FrameType) -> FrameType | None:
    """Return the frame that called, if it waits where it called."""
    return None if frame.f_code.co_flags & _SUSPENDED else frame.f_back


def given_for(name: str, code: CodeType, node: ast.AST, look: Callable[[str], Any]) -> Given | None:
    """Return what a call gives for a parameter.

    Parameters
    ----------
    name : str
        The parameter.
    code : CodeType
        Code of the function.
    node : AST
        Where the caller is now.
    look : callable
        Returns what a variable of the caller holds.

    Returns
    -------
    Given or None
        None where it is not certain that this very function is called, or with what.
    """
    if not isinstance(node, ast.Call) or any(isinstance(a, ast.Starred) for a in node.args):
        return None
    if any(word.arg is None for word in node.keywords):
        return None
    found = _called(node.func, code, look)
    if found is None:
        return None
    function, n_bound = found
    for word in node.keywords:
        if word.arg == name:
            return Given(word.value)
    names = code.co_varnames
    at = names.index(name)
    if at < code.co_argcount and 0 <= at - n_bound < len(node.args):
        return Given(node.args[at - n_bound])
    return _default(function, name, at)


def _default(function: FunctionType, name: str, at: int) -> Given | None:
    code = function.__code__
    if at >= code.co_argcount:
        defaults = function.__kwdefaults__ or {}
        return Given(None, defaults[name]) if name in defaults else None
    values = function.__defaults__ or ()
    position = at - (code.co_argcount - len(values))
    return Given(None, values[position]) if 0 <= position < len(values) else None


def _called(
    func: ast.expr, code: CodeType, look: Callable[[str], Any]
) -> tuple[FunctionType, int] | None:
    """Return the function that is called, and how many arguments it is given besides."""
    if isinstance(func, ast.Name):
        owner = look(func.id)
        if is_of(owner, type):
            return _method(owner, "__init__", code)
        return _checked(owner, 0, code)
    if not isinstance(func, ast.Attribute) or not isinstance(func.value, ast.Name):
        return None
    owner = look(func.value.id)
    if type(owner) is ModuleType:
        found = vars(owner).get(func.attr)
        if found is not None and is_of(found, type):
            return _method(found, "__init__", code)
        return _checked(found, 0, code)
    if is_of(owner, type) or owner is MISSING:
        return None
    if func.attr in attributes_of(owner):
        return None
    return _method(type(owner), func.attr, code)


def _method(cls: type, name: str, code: CodeType) -> tuple[FunctionType, int] | None:
    for base in cls.__mro__:
        if name in vars(base):
            found = vars(base)[name]
            if is_of(found, staticmethod):
                return _checked(found.__func__, 0, code)
            return _checked(found, 1, code)
    return None


def _checked(found: Any, n_bound: int, code: CodeType) -> tuple[FunctionType, int] | None:
    if is_of(found, FunctionType) and found.__code__ is code:
        return found, n_bound
    return None
