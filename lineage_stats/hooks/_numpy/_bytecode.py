"""Which variables of other functions code assigns to."""

from __future__ import annotations

import opcode
from types import CodeType

_STORE_GLOBAL = opcode.opmap["STORE_GLOBAL"]
_DELETE_GLOBAL = opcode.opmap["DELETE_GLOBAL"]
_STORE_DEREF = opcode.opmap["STORE_DEREF"]
_DELETE_DEREF = opcode.opmap["DELETE_DEREF"]


def stores_global(code: CodeType, name: str) -> bool:
    """Return whether code, or a function inside of it, assigns to a global variable."""
    if name in code.co_names:
        at = code.co_names.index(name)
        if at in _arguments(code, _STORE_GLOBAL, _DELETE_GLOBAL):
            return True
    return any(stores_global(part, name) for part in _inside(code))


def stores_free(code: CodeType, name: str) -> bool:
    """Return whether code itself assigns to a variable of an outer function."""
    if name not in code.co_freevars:
        return False
    cells = [cell for cell in code.co_cellvars if cell not in code.co_varnames]
    at = len(code.co_varnames) + len(cells) + code.co_freevars.index(name)
    return at in _arguments(code, _STORE_DEREF, _DELETE_DEREF)


def _inside(code: CodeType) -> list[CodeType]:
    return [part for part in code.co_consts if isinstance(part, CodeType)]


def _arguments(code: CodeType, *operations: int) -> set[int]:
    """Return the arguments of all instructions of some kinds."""
    found: set[int] = set()
    extended = 0
    bytecode = code.co_code
    for at in range(0, len(bytecode), 2):
        operation, argument = bytecode[at], bytecode[at + 1] | extended
        extended = argument << 8 if operation == opcode.EXTENDED_ARG else 0
        if operation in operations:
            found.add(argument)
    return found
