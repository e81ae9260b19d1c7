"""How the main program ends, as far as an exit handler can still find out.

The interpreter shows an uncaught exception through `sys.last_type`, but `SystemExit` is gone,
with its code, before the first exit handler runs. Two things tell of it: the code that was
handed to `sys.exit`, and the frame of the main module, which stands where it was left.
"""

from __future__ import annotations

import linecache
import sys
import threading
from collections.abc import Callable
from opcode import opmap
from types import FrameType
from typing import TYPE_CHECKING, Any

from lineage_stats.hooks._journal import PatchJournal

if TYPE_CHECKING:
    import ast

_RETURNS = frozenset(opmap[name] for name in ("RETURN_VALUE", "RETURN_CONST") if name in opmap)
_EXITS = ("SystemExit", "exit", "quit")
_NOT_SEEN = object()


class ExitWatch:
    """Sees with what code the program asks to end.

    Parameters
    ----------
    main : frame, default=None
        A frame of the program; the outermost one of the main module above it is watched.
    """

    def __init__(self, main: FrameType | None = None) -> None:
        self._main = _main_frame(main)
        self._code: object = _NOT_SEEN
        self._journal = PatchJournal()

    def start(self) -> None:
        """Begin to see calls of `sys.exit`, `exit` and `quit`."""
        self._journal.set_attribute(sys, "exit", self._noting(sys.exit))
        quitter = getattr(sys.modules.get("_sitebuiltins"), "Quitter", None)
        if quitter is not None:
            self._journal.set_attribute(quitter, "__call__", self._noting_method(quitter.__call__))

    def stop(self) -> None:
        """See no more of it, and let go of the program's frame."""
        self._journal.restore()
        self._main = None

    def failed(self) -> bool:
        """Return whether the program, which has come to its end, failed.

        Returns
        -------
        bool
            True after an uncaught exception or an exit code that is not 0. A computed code of a
            ``raise SystemExit(...)`` in the main module cannot be known and counts as 0; one
            raised further down, not by way of `sys.exit`, counts as a failure.
        """
        if hasattr(sys, "ps1") or "IPython" in sys.modules:
            return False  # the last error of a dialogue does not end it
        if getattr(sys, "last_type", None) is not None:
            return True
        if self._main is not None:
            if _has_returned(self._main):
                return False
            if self._code is _NOT_SEEN:
                return _ends_in_failure(self._main)
        return self._code is not _NOT_SEEN and is_failure(self._code)

    def _note(self, code: object) -> None:
        if threading.current_thread() is threading.main_thread():
            self._code = code

    def _noting(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def exit(status: object = None, /) -> Any:  # noqa: A001  # is its name
            self._note(status)
            return original(status)

        return _disguised(exit, original)

    def _noting_method(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def __call__(quitter: Any, code: object = None) -> Any:  # noqa: N807  # is its name
            self._note(code)
            return original(quitter, code)

        return _disguised(__call__, original)


def is_failure(code: object) -> bool:
    """Return whether an exit code, as handed to `sys.exit`, tells of a failure."""
    return code is not None and not (isinstance(code, int) and code == 0)


def _disguised(ours: Callable[..., Any], original: Any) -> Callable[..., Any]:
    for name in ("__module__", "__qualname__", "__doc__"):
        setattr(ours, name, getattr(original, name, None))
    ours.__annotations__ = {}
    return ours


def _main_frame(frame: FrameType | None) -> FrameType | None:
    """Return the frame of the main module that is being executed, if there is one."""
    found = None
    while frame is not None:
        if frame.f_globals.get("__name__") == "__main__" and frame.f_code.co_name == "<module>":
            found = frame
        frame = frame.f_back
    return found


def _has_returned(frame: FrameType) -> bool:
    return frame.f_code.co_code[frame.f_lasti] in _RETURNS


def _ends_in_failure(frame: FrameType) -> bool:
    """Return whether the statement by which the main module was left tells of a failure."""
    import ast

    try:
        source = "".join(linecache.getlines(frame.f_code.co_filename))
        statement = _innermost(ast.parse(source), frame.f_lineno)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    raised = statement.exc if isinstance(statement, ast.Raise) else None
    called = statement.value if isinstance(statement, ast.Expr) else raised
    if not isinstance(called, ast.Call):
        return statement is not None and raised is None
    name = getattr(called.func, "id", getattr(called.func, "attr", None))
    if name not in _EXITS:
        return raised is None
    code = called.args[0] if called.args else ast.Constant(None)
    return isinstance(code, ast.JoinedStr) or (
        isinstance(code, ast.Constant) and is_failure(code.value)
    )


def _innermost(tree: ast.Module, line: int) -> ast.stmt | None:
    import ast

    found: ast.stmt | None = None
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno):
            found = node
    return found
