"""Running a script unchanged, as ``python script.py`` would, while recording it."""

from __future__ import annotations

import atexit
import builtins
import io
import os
import runpy
import sys
import types
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import CodeType, TracebackType

from lineage_stats._config import Settings
from lineage_stats._session import Session
from lineage_stats.hooks._callsite import current_folder

INTERRUPTED = 130  # what shells say of a program that Ctrl-C ended


def run_script(
    path: str | os.PathLike[str],
    argv: Sequence[str] = (),
    *,
    module: bool = False,
    settings: Settings,
    at_end: Callable[[Session], None] | None = None,
) -> int:
    """Run a script or a module as the main program, recorded as one run.

    Parameters
    ----------
    path : path-like
        The script; with `module`, the dotted name of a module.
    argv : sequence of str, default=()
        Arguments of the script.
    module : bool, default=False
        Whether to run a module, as ``python -m`` does.
    settings : Settings
        How to record.
    at_end : callable, default=None
        Called with the session when the run has ended.

    Returns
    -------
    int
        What the program would have returned to the shell.

    Raises
    ------
    FileNotFoundError
        If there is no such script; nothing is recorded then.

    Notes
    -----
    The run ends with this process: the interpreter first waits for the script's threads and
    executors, and calls what the script registered with `atexit`. All that belongs to the run.
    """
    target = os.fspath(path)
    code = None if module else _compile(target)
    sys.argv = [target, *argv]
    if not sys.flags.safe_path:
        sys.path[0] = current_folder() if module else str(Path(target).resolve().parent)
    if settings.pipeline is None:
        name = target.rpartition(".")[2] if module else Path(target).stem
        settings = replace(settings, pipeline=name)
    # The session asks what program it is that runs.
    main = None if code is None else _new_main(target)
    session = Session(settings)
    session.start()
    exit_code = 1

    def end() -> None:
        session.finish("ok" if exit_code == 0 else "failed")
        if at_end is not None:
            at_end(session)

    atexit.register(end)
    try:
        if code is None or main is None:
            runpy.run_module(target, run_name="__main__", alter_sys=True)
        else:
            exec(code, main.__dict__)
        exit_code = 0
    except SystemExit as stop:
        exit_code = _exit_code(stop)
    except BaseException as error:  # noqa: BLE001  # shown and turned into an exit code
        kind, traceback = type(error), _without_ours(error.__traceback__)
        error = error.with_traceback(traceback)
        # As the interpreter does, before the program's own functions run at the exit.
        sys.last_type, sys.last_value, sys.last_traceback = kind, error, traceback
        if sys.version_info >= (3, 12):
            sys.last_exc = error
        sys.excepthook(kind, error, traceback)
        exit_code = INTERRUPTED if isinstance(error, KeyboardInterrupt) else 1
    return exit_code


def _compile(path: str) -> CodeType:
    if not Path(path).is_file():
        raise FileNotFoundError(f"There is no script '{path}'.")
    with io.open_code(str(Path(path).resolve())) as file:
        return compile(file.read(), str(Path(path).absolute()), "exec", dont_inherit=True)


def _new_main(path: str) -> types.ModuleType:
    """Put a fresh ``__main__`` in place, so that pickling by name finds the script's own."""
    main = types.ModuleType("__main__")
    main.__file__ = str(Path(path).absolute())  # as Python does since 3.9
    main.__dict__.update(__builtins__=builtins)
    if sys.version_info < (3, 15):
        main.__dict__.update(__cached__=None)
    if sys.version_info < (3, 14):  # since then annotations are worked out when they are asked for
        main.__dict__.update(__annotations__={})
    sys.modules["__main__"] = main
    return main


def _exit_code(stop: SystemExit) -> int:
    if stop.code is None:
        return 0
    if isinstance(stop.code, int):
        return stop.code
    print(stop.code, file=sys.stderr)  # noqa: T201  # as the interpreter does
    return 1


def _without_ours(traceback: TracebackType | None) -> TracebackType | None:
    """Return a traceback from the script's own first frame on."""
    ours = {__file__, runpy.__file__, "<frozen runpy>"}
    while traceback is not None and traceback.tb_frame.f_code.co_filename in ours:
        traceback = traceback.tb_next
    return traceback
