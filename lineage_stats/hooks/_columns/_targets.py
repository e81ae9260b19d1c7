"""Which variables the result of a call is given to, read from the caller's bytecode.

The names are those that people know their data by: ``raw`` in ``raw = pd.read_csv(path)``.
"""

from __future__ import annotations

import opcode
from types import CodeType, FrameType

from lineage_stats.features._cache import BoundedCache

_NAME = opcode.opmap
_STORES = {
    _NAME.get("STORE_NAME"): "names",
    _NAME.get("STORE_GLOBAL"): "names",
    _NAME.get("STORE_ATTR"): "names",
    _NAME.get("STORE_FAST"): "locals",
    _NAME.get("STORE_DEREF"): "locals",
}
_STORES.pop(None, None)
_RETURN = _NAME["RETURN_VALUE"]
_UNPACK = _NAME["UNPACK_SEQUENCE"]
# Of ``a = b = f()`` the first name, of ``owner.x = f()`` the attribute.
_PASSED = {
    _NAME.get(name)
    for name in (
        "COPY", "LOAD_FAST", "LOAD_FAST_BORROW", "LOAD_FAST_CHECK", "LOAD_DEREF", "LOAD_NAME",
        "LOAD_GLOBAL",
    )
} - {None}  # fmt: skip
_STORE_AND_LOAD = _NAME.get("STORE_FAST_LOAD_FAST", -1)
_STORE_TWICE = _NAME.get("STORE_FAST_STORE_FAST", -1)
MAX_CALLERS = 3  # functions that hand on what they were returned
Chain = tuple[tuple[CodeType, int], ...]
_MOST = 32  # variables on the left of one assignment
_RETURNING: BoundedCache[int, tuple[CodeType, frozenset[int]]] = BoundedCache(4096)


def assigned_names(code: CodeType, position: int) -> tuple[str | None, ...]:
    """Return the names of the variables that get the result of the call at `position`.

    Parameters
    ----------
    code : CodeType
        Code of the calling function.
    position : int
        Offset of the call in it, as ``frame.f_lasti``.

    Returns
    -------
    tuple of (str or None)
        One name for each part of the result; empty where it is given to no variable.

    Examples
    --------
    >>> assigned_names(compile("x = f()", "", "exec"), -2)
    ()
    """
    if position < 0:
        return ()
    found: list[str | None] = []
    wanted = 1
    bytecode = code.co_code
    at, argument = _next(bytecode, position), 0
    while len(found) < wanted and at < len(bytecode):
        op = bytecode[at]
        argument = argument << 8 | bytecode[at + 1]
        if op == opcode.EXTENDED_ARG:
            at += 2
            continue
        if op == _UNPACK and not found and wanted == 1 and 0 < argument <= _MOST:
            wanted = argument
        elif op not in _PASSED and not _store(code, op, argument, found):
            return ()
        if len(found) >= wanted:
            return tuple(found[:wanted])
        at, argument = _next(bytecode, at), 0
    return ()


def calls_above(frame: FrameType) -> Chain:
    """Return the code and the offset of a call, and of those above that return what it returns.

    Parameters
    ----------
    frame : FrameType
        Frame of the function that calls.
    """
    code, position = frame.f_code, frame.f_lasti
    if position not in _returning(code):
        return ((code, position),)  # nearly always; it costs a microsecond to look at a caller
    chain = [(code, position)]
    caller = frame.f_back
    while caller is not None and len(chain) <= MAX_CALLERS:
        code, position = caller.f_code, caller.f_lasti
        chain.append((code, position))
        if position not in _returning(code):
            break
        caller = caller.f_back
    return tuple(chain)


def variables_of(chain: Chain) -> tuple[str | None, ...]:
    """Return the variables that get the result of a call, also that of a function returning it.

    Parameters
    ----------
    chain : tuple of (code, int)
        The call, and those above it, as `calls_above` returns them.
    """
    for code, position in chain:
        names = assigned_names(code, position)
        if names or not is_returned(code, position):
            return names
    return ()


def is_returned(code: CodeType, position: int) -> bool:
    """Return whether the result of the call at `position` is what the function returns."""
    return position in _returning(code)


def _returning(code: CodeType) -> frozenset[int]:
    """Return the offsets of instructions, with their caches, whose result is returned at once.

    Where a call stands depends on how it was specialised: at the call, or at one of its caches.
    """
    known = _RETURNING.get(id(code))
    if known is not None and known[0] is code:
        return known[1]
    found: set[int] = set()
    bytecode = code.co_code
    at = bytecode.find(_RETURN)
    while at >= 0:
        if at % 2 == 0:  # else it is an argument
            found.update(range(_before(bytecode, at), at, 2))
        at = bytecode.find(_RETURN, at + 1)
    return _RETURNING.keep(id(code), (code, frozenset(found)))[1]


def _store(code: CodeType, op: int, argument: int, found: list[str | None]) -> bool:
    kind = _STORES.get(op)
    if kind == "names":
        found.append(code.co_names[argument])
    elif kind == "locals":
        found.append(_local(code, argument))
    elif op == _STORE_AND_LOAD:
        found.append(_local(code, argument >> 4))
    elif op == _STORE_TWICE:
        found.extend((_local(code, argument >> 4), _local(code, argument & 15)))
    else:
        return False
    return True


def _local(code: CodeType, number: int) -> str | None:
    names = (*code.co_varnames, *(c for c in code.co_cellvars if c not in code.co_varnames),
             *code.co_freevars)  # fmt: skip
    return names[number] if number < len(names) else None


def _before(bytecode: bytes, at: int) -> int:
    """Return where the instruction before begins, past its caches; -2 where there is none."""
    at -= 2
    while at >= 0 and bytecode[at] == 0:
        at -= 2
    return at


def _next(bytecode: bytes, at: int) -> int:
    """Return where the next instruction begins, past the caches of this one."""
    at += 2
    while at < len(bytecode) and bytecode[at] == 0:
        at += 2
    return at
