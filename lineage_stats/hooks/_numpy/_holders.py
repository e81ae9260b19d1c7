"""What objects of the program hold, ``config["threshold"]``, ``args.seed``; its code never runs."""

from __future__ import annotations

import ast
from collections import namedtuple
from collections.abc import Callable
from types import (
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
    SimpleNamespace,
)
from typing import Any

from lineage_stats.features._families import family_of
from lineage_stats.hooks._numpy._variables import MISSING

_WRAPPED = (staticmethod, classmethod, MethodType)
PLAIN = (int, float, complex, str, bytes, bool, type(None))
_LIBRARIES = frozenset(("numpy", "pandas", "scipy", "sklearn", "builtins", "math"))
_PLACES = (int, str)
_ORDINARY = tuple(c.__getattribute__ for c in (object, tuple, SimpleNamespace))
_FIELDS = (MemberDescriptorType, type(vars(namedtuple("_Pair", "first"))["first"]))  # for its type


def is_of(obj: object, kinds: type | tuple[type, ...]) -> bool:
    """Return whether an object is of a type, by its very type: `isinstance` asks the object."""
    return issubclass(type(obj), kinds)


def is_of_library(module: object) -> bool:
    """Return whether a module, by its name, belongs to a library that is known well."""
    return type(module) is str and module.partition(".")[0] in _LIBRARIES


def plain_value(node: ast.expr, variable: Callable[[str], Any]) -> Any:
    """Return the number or text that an item or attribute holds; `MISSING` if it is none.

    No code of the program runs for it: only dictionaries, lists and tuples proper are opened, and
    objects whose attributes are looked up in the ordinary way.

    Parameters
    ----------
    node : expression
        What stands in the source.
    variable : callable
        Returns what a variable holds, or `MISSING`.
    """
    found = _held(node, variable)
    return found if type(found) in PLAIN else MISSING


def attributes_of(obj: Any) -> dict[str, Any]:
    """Return the attributes that an object of the program keeps; no code of it runs."""
    cls: Any = type(obj)
    if cls.__module__ == "builtins" or cls.__getattribute__ not in _ORDINARY:
        return {}
    own = _of_class(cls, "__dict__")
    if own is not MISSING and type(own) is not GetSetDescriptorType:
        return {}
    try:
        found = object.__getattribute__(obj, "__dict__")
    except AttributeError:
        return {}
    return found if type(found) is dict else {}


def object_at(node: ast.expr, variable: Callable[[str], Any]) -> Any:
    """Return what a name or attribute stands for; `MISSING` if code of the program would run."""
    if isinstance(node, ast.Name):
        return variable(node.id)
    if not isinstance(node, ast.Attribute):
        return MISSING
    owner = object_at(node.value, variable)
    if type(owner) is ModuleType:  # others may be loaded when they are asked
        return vars(owner).get(node.attr, MISSING)
    return _attribute(owner, node.attr)


def function_called(func: ast.expr, variable: Callable[[str], Any]) -> FunctionType | None:
    """Return the function in Python that a call runs, if that is certain."""
    found = object_at(func, variable)
    found = found.__func__ if is_of(found, _WRAPPED) else found
    return found if is_of(found, FunctionType) else None


def _held(node: ast.expr, variable: Callable[[str], Any]) -> Any:
    if isinstance(node, ast.Name):
        return variable(node.id)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return _item(_held(node.value, variable), node.slice.value)
    if isinstance(node, ast.Attribute):
        return _attribute(_held(node.value, variable), node.attr)
    return MISSING


def _item(owner: Any, place: Any) -> Any:
    if type(owner) not in (dict, list, tuple) or type(place) not in _PLACES:
        return MISSING
    try:
        return owner[place]
    except (LookupError, TypeError):
        return MISSING


def _attribute(owner: Any, name: str) -> Any:
    cls: Any = type(owner)
    if owner is MISSING or cls is ModuleType or family_of(cls) is not None:
        return MISSING
    if cls is type:
        return _of_class(owner, name)
    if cls.__getattribute__ not in _ORDINARY:
        return MISSING
    inherited = _of_class(cls, name)
    if type(inherited) in _FIELDS:
        try:
            return inherited.__get__(owner, cls)
        except AttributeError:  # a slot without a value
            return MISSING
    if hasattr(type(inherited), "__set__"):
        return MISSING  # a property, which would run
    try:
        own = object.__getattribute__(owner, "__dict__")
    except AttributeError:
        return inherited
    return own[name] if type(own) is dict and name in own else inherited


def _of_class(cls: type, name: str) -> Any:
    """Return what stands in a class or what it inherits from, without asking descriptors."""
    for base in type.mro(cls) if type(cls) is not type else cls.__mro__:
        if name in vars(base):
            return vars(base)[name]
    return MISSING
