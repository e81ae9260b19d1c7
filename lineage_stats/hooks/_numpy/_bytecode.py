"""What code assigns to, as its instructions tell."""

from __future__ import annotations

import opcode
from types import CellType, CodeType, FunctionType

from lineage_stats.features._cache import BoundedCache

# Methods that put what they are given into a list or dictionary.
KEEPERS = frozenset(("append", "appendleft", "extend", "insert", "add", "update", "setdefault"))
# Methods, and functions by their first argument, that write into an array.
WRITERS = frozenset(
    """sort fill put partition resize itemset setfield byteswap setflags copyto place putmask
    fill_diagonal put_along_axis shuffle at setdiag""".split()
)

_STORE_GLOBAL = opcode.opmap["STORE_GLOBAL"]
_DELETE_GLOBAL = opcode.opmap["DELETE_GLOBAL"]
_STORE_DEREF = opcode.opmap["STORE_DEREF"]
_DELETE_DEREF = opcode.opmap["DELETE_DEREF"]
_STORES = frozenset(
    opcode.opmap[name]
    for name in ("STORE_SUBSCR", "STORE_SLICE", "STORE_ATTR")
    if name in opcode.opmap
)
_BINARY_OP = opcode.opmap["BINARY_OP"]
_MOST_DEEP = 3  # functions that call each other
_IN_PLACE = range(13, 26)  # ``+=`` and so on, among the operators

_globals_stored: BoundedCache[int, tuple[CodeType, frozenset[str]]] = BoundedCache(4096)


def writes_into(code: CodeType) -> bool:
    """Return whether code may write into arrays that its variables hold."""
    names = code.co_names
    if not (WRITERS | KEEPERS).isdisjoint(names):
        return True
    bytecode = code.co_code
    return any(
        bytecode[at] in _STORES or (bytecode[at] == _BINARY_OP and bytecode[at + 1] in _IN_PLACE)
        for at in range(0, len(bytecode), 2)
    )


def may_write(function: FunctionType, depth: int = 0) -> bool:
    """Return whether a function, or one of the program's that it calls, may write into arrays."""
    code = function.__code__
    if writes_into(code) or depth >= _MOST_DEEP:
        return True
    shared, cells = function.__globals__, function.__closure__ or ()
    called = [shared.get(name) for name in code.co_names]
    called += [vars(function).get("__wrapped__"), *map(_held_by, cells)]
    return any(
        may_write(other, depth + 1)
        for other in called
        if type(other) is FunctionType and other is not function
    )


def _held_by(cell: CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # nothing so far
        return None


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
