"""Recording a notebook: what ``%load_ext lineage_stats`` does."""

from __future__ import annotations

import atexit
import hashlib
import os
import sys
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

from lineage_stats._config import settings_from_environment
from lineage_stats._magic import make_magic
from lineage_stats._session import Session
from lineage_stats.hooks._steps import Cell

_notebook: Notebook | None = None


class Notebook:
    """The run of a notebook, which goes on from cell to cell.

    Parameters
    ----------
    shell : InteractiveShell
        IPython's shell.

    Attributes
    ----------
    session : Session
        The run.
    """

    def __init__(self, shell: Any) -> None:
        settings = settings_from_environment()
        self.session = Session(replace(settings, pipeline=settings.pipeline or _own_name()))
        self._shell = shell

    def start(self) -> None:
        """Begin to record, and to listen to cells."""
        self.session.start()
        running = _frame_of_cell(self._shell)
        if running is not None:
            number = _next_number(self._shell) - 1
            self.session.start_cell(Cell(f"cell [{number}]", number, running))
        self._shell.events.register("pre_run_cell", self.before_cell)
        magic = make_magic(self._shell, self.session.so_far, self.session.pipeline)
        self._shell.register_magic_function(magic, "line_cell", "lineage")
        atexit.register(self.stop)

    def stop(self) -> None:
        """End the run; a second call does nothing."""
        if self._shell is not None:
            self._shell.events.unregister("pre_run_cell", self.before_cell)
            self._shell = None
            atexit.unregister(self.stop)
            self.session.finish()

    def before_cell(self, info: Any) -> None:
        """Note which cell runs; IPython calls this."""
        text, number = info.raw_cell, _next_number(self._shell)
        file = self._shell.compile.get_code_name(text, text, number)
        self.session.start_cell(Cell(_identity(info), number, file))


def load(shell: Any) -> None:
    """Begin to record; IPython calls this for ``%load_ext``."""
    global _notebook
    unload(shell)
    _notebook = Notebook(shell)
    _notebook.start()


def unload(shell: Any) -> None:
    """End the run; IPython calls this for ``%unload_ext``."""
    global _notebook
    if _notebook is not None:
        _notebook.stop()
        _notebook = None


def _identity(info: Any) -> str:
    """Return the cell's id; where the front end tells none, a digest of its text."""
    known = getattr(info, "cell_id", None)
    if known:
        return str(known)
    text = str(info.raw_cell).encode(errors="surrogatepass")
    return hashlib.blake2b(text, digest_size=8).hexdigest()


def _next_number(shell: Any) -> int:
    """Return the number of the next cell whose text will be stored.

    Of IPython's own count, versions differ in whether it has been raised already.
    """
    return len(shell.history_manager.input_hist_parsed)


def _own_name() -> str | None:
    """Return the name of the notebook's file, where the server tells it."""
    return Path(os.environ.get("JPY_SESSION_NAME", "")).stem or None


def _frame_of_cell(shell: Any) -> str | None:
    """Return the file of the cell that is running: the one that loads the extension."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if frame.f_globals is shell.user_ns:
            return frame.f_code.co_filename
        frame = frame.f_back
    return None
