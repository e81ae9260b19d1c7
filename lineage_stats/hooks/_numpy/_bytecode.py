"""Which variables of other functions code assigns to."""

from __future__ import annotations

import opcode
from types import CodeType

from lineage_stats.features._cache import BoundedCache

_STORE_GLOBAL = opcode.opmap["STORE_GLOBAL"]
_DELETE_GLOBAL = opcode.opmap["DELETE_GLOBAL"]
_STORE_DEREF = opcode.opmap["STORE_DEREF"]
_DELETE_DEREF = opcode.opmap["DELETE_DEREF"]

_globals_stored: BoundedCache[int, tuple[CodeType, frozenset[str]]] = BoundedCache(4096)


def stores_global(code: CodeType, name: str) -> bool:
    """Return whether code, or a function inside of it, assigns to a global variable."""
    known = _globals_stored.get(id(code))
    if known is None or known[0] is not code:
        known = _globals_stored.keep(id(code), (code, _all_globals_stored(code)))
    return name in known[1]


def _all_globals_stored(code: CodeType) -> frozenset[str]:
    at = _arguments(code, _STORE_GLOBAL, _DELETE_GLOBAL)
    own = frozenset(code.co_names[i] for i in at)
    return own.union(*(_all_globals_stored(part) for part in _inside(code)))


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
