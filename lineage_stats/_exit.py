"""How the main program ends, as far as an exit handler can still find out.

The interpreter shows an uncaught exception through `sys.last_type`, but `SystemExit` is gone,
with its code, before the first exit handler runs. Three things tell of it: the code that was
handed to `sys.exit`, or to `SystemExit` in a statement of the main module, and the frame of that
module, which stands where it was left.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from opcode import opmap
from types import FrameType
from typing import TYPE_CHECKING, Any

from lineage_stats._lines import source_text
from lineage_stats.hooks._journal import PatchJournal

if TYPE_CHECKING:
    import ast

_RETURNS = frozenset(opmap[name] for name in ("RETURN_VALUE", "RETURN_CONST") if name in opmap)
_EXIT = "SystemExit"
_EXITS = (_EXIT, "exit", "quit")
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
        """Begin to see calls of `sys.exit`, `exit` and `quit`, and ``raise SystemExit(...)``."""
        self._journal.set_attribute(sys, "exit", self._noting(sys.exit))
        quitter = getattr(sys.modules.get("_sitebuiltins"), "Quitter", None)
        if quitter is not None:
            self._journal.set_attribute(quitter, "__call__", self._noting_method(quitter.__call__))
        main, frame = sys.modules.get("__main__"), self._main
        is_main = main is not None and frame is not None and frame.f_globals is vars(main)
        if frame is not None and is_main and only_raises_exits(_source_of(frame)):
            self._journal.set_attribute(main, _EXIT, _NotingExit(self._note))

    def stop(self) -> None:
        """See no more of it, and let go of the program's frame."""
        self._journal.restore()
        self._main = None

    def failed(self) -> bool:
        """Return whether the program, which has come to its end, failed.

        Returns
        -------
        bool
            True after an uncaught exception or an exit code that is not 0. Where the main module
            does more with `SystemExit` than to raise it, or has no file, the computed code of a
            ``raise SystemExit(...)`` in it cannot be known and counts as 0; one that another
            module raises, not by way of `sys.exit`, counts as a failure.
        """
        if is_dialogue():
            return False  # its last error does not end it
        if getattr(sys, "last_type", None) is not None:
            return True
        if self._main is not None:
            if _has_returned(self._main):
                return False
            if self._code is _NOT_SEEN:
                return _ends_in_failure(self._main)
        return self._code is not _NOT_SEEN and is_failure(self._code)

    def _note(self, code: object) -> None:
        if threading.get_ident() == threading.main_thread().ident:
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


class _NotingExit:
    """Stands for `SystemExit` in statements that raise it, and notes the code."""

    def __init__(self, note: Callable[[object], None]) -> None:
        self._note = note

    def __call__(self, *codes: object) -> SystemExit:
        if len(codes) < 2:
            self._note(next(iter(codes), None))
        return SystemExit(*codes)

    def __getattr__(self, name: str) -> Any:
        return getattr(SystemExit, name)

    def __reduce__(self) -> tuple[Any, ...]:
        return type, (SystemExit(),)  # the class itself

    def __repr__(self) -> str:
        return repr(SystemExit)


def is_dialogue() -> bool:
    """Return whether the program is a shell or a notebook; libraries import IPython, too."""
    shell = sys.modules.get("IPython.core.getipython")
    return hasattr(sys, "ps1") or (shell is not None and shell.get_ipython() is not None)


def only_raises_exits(source: str) -> bool:
    r"""Return whether a module does nothing with `SystemExit` but to raise it with a code.

    Where it is a name for anything else, as in ``except SystemExit``, it has to stay a class.

    Examples
    --------
    >>> only_raises_exits("raise SystemExit(main())")
    True
    >>> only_raises_exits("try: main()\nexcept SystemExit: raise SystemExit(1)")
    False
    """
    if _EXIT not in source:
        return False
    import ast

    try:
        nodes = list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    raised = [node.exc for node in nodes if isinstance(node, ast.Raise)]
    calls = [node.func for node in raised if isinstance(node, ast.Call) and not node.keywords]
    meant = {id(node) for node in calls if isinstance(node, ast.Name) and node.id == _EXIT}
    return bool(meant) and not any(
        value == _EXIT and id(node) not in meant
        for node in nodes
        for _, field in ast.iter_fields(node)
        for value in (field if isinstance(field, list) else [field])
    )


def keep_interrupt() -> None:
    """Let an unhandled Ctrl-C end the process by its signal, as it does without us.

    The interpreter remembers it until source text is executed, which the making of a named tuple
    or of a dataclass does: modules that are loaded at the end have some.
    """
    if getattr(sys, "last_type", None) is KeyboardInterrupt and not hasattr(sys, "ps1"):
        with suppress(KeyboardInterrupt):
            exec("raise KeyboardInterrupt")


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


def _source_of(frame: FrameType) -> str:
    return source_text(frame.f_code.co_filename)


def _has_returned(frame: FrameType) -> bool:
    return frame.f_code.co_code[frame.f_lasti] in _RETURNS


def _ends_in_failure(frame: FrameType) -> bool:
    """Return whether the statement by which the main module was left tells of a failure."""
    import ast

    try:
        statement = _innermost(ast.parse(_source_of(frame)), frame.f_lineno)
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
