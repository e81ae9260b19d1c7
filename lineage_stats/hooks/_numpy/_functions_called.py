"""What functions of the program find in variables that are not their own."""

from __future__ import annotations

from collections.abc import Iterator
from types import CellType, CodeType, FunctionType
from typing import Any, Final

from lineage_stats.features import is_data
from lineage_stats.hooks._numpy._holders import attributes_of, is_of_library
from lineage_stats.hooks._objects import HOLDERS, parts_of

MOST_FUNCTIONS: Final = 30


def functions_from(function: FunctionType) -> Iterator[FunctionType]:
    """Yield a function, and those of the program that it may call by their names; bounded."""
    waiting, known = [function], {id(function)}
    while waiting and len(known) <= MOST_FUNCTIONS:
        found = waiting.pop()
        yield found
        for other in shared_with(found):
            if type(other) is not FunctionType or id(other) in known:
                continue
            if not is_of_library(other.__module__):
                known.add(id(other))
                waiting.append(other)


def shared_with(function: FunctionType) -> Iterator[Any]:
    """Yield what a function, and code inside of it, finds in variables that are not its own."""
    shared = function.__globals__
    for name in dict.fromkeys(_names_in(function.__code__)):
        if name in shared:
            yield shared[name]
    for cell in function.__closure__ or ():
        if _is_filled(cell):
            yield cell.cell_contents


def data_in(value: Any) -> list[Any]:
    """Return a piece of data, or those in a list, tuple, dictionary or object of the program."""
    if is_data(value):
        return [value]
    held = parts_of(value if type(value) in HOLDERS else attributes_of(value))
    return [part for one in held for part in parts_of(one) if is_data(part)]


def _names_in(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield from _names_in(part)


def _is_filled(cell: CellType) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False
