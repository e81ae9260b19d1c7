"""``%lineage`` and ``%%lineage``: what was recorded, shown in the notebook."""

from __future__ import annotations

import ast
import shlex
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from typing import Any, Final

from lineage_stats._config import settings_from_environment
from lineage_stats._session import record
from lineage_stats.exceptions import LineageStatsError
from lineage_stats.hooks._steps import Cell
from lineage_stats.trace import Trace

_OPTIONS: Final[tuple[tuple[tuple[str, ...], dict[str, Any]], ...]] = (
    (
        ("pipeline",),
        {"nargs": "?", "help": "name of the pipeline (default: the notebook's, -cell)"},
    ),
    (("--tag",), {"action": "append", "default": [], "help": "tag of the run, as key=value"}),
    (("--dir",), {"help": "folder of the traces (default: lineage_traces)"}),
    (("-o", "--output"), {"help": "variable that the trace is given to"}),
)


def make_magic(shell: Any, so_far: Callable[[], Trace], name: str) -> Callable[..., Any]:
    """Return the function behind ``%lineage`` and ``%%lineage``.

    Parameters
    ----------
    shell : InteractiveShell
        IPython's shell.
    so_far : callable
        Returns what the run of the notebook has recorded.
    name : str
        Name of the notebook's pipeline.

    Returns
    -------
    callable
        Takes the line, and the cell below it, if there is one.
    """
    # Untyped, and only there where a notebook is.
    magic: Any = import_module("IPython.core.magic_arguments")
    display: Any = import_module("IPython.display").display

    def lineage(line: str, cell: str | None = None) -> Any:
        """Record this cell as a run of its own, and show its trace.

        Without a cell, show what the notebook has recorded so far.
        """
        options = untyped.parser.parse_args(_words(line))
        if cell is None:
            if line.strip():
                raise ValueError(
                    f"%lineage shows what was recorded so far and takes no arguments. Got "
                    f"{line.strip()!r}. Write %%lineage above a cell to record it alone."
                )
            return so_far()
        pipeline = options.pipeline or f"{name}-cell"
        recorded = not settings_from_environment().disabled
        session = None
        try:
            with record(pipeline, tags=_tags(options.tag), directory=options.dir) as session:
                value = _run(shell, cell, session.start_cell)
        except BaseException:
            if options.output and recorded and session is not None:
                with suppress(LineageStatsError, OSError):  # the error is the cell's
                    shell.user_ns[options.output] = session.trace()
            raise
        if recorded:
            trace = session.trace()
            if options.output:
                shell.user_ns[options.output] = trace
            display(trace)
        return value

    untyped: Any = lineage
    for names, option in reversed(_OPTIONS):
        untyped = magic.argument(*names, **option)(untyped)
    untyped = magic.magic_arguments()(untyped)
    function: Callable[..., Any] = untyped
    return function


def _words(line: str) -> list[str]:
    """Split a line at spaces, but not within quotes; a backslash is one of a path."""
    words = shlex.shlex(line, posix=True, punctuation_chars=False)
    words.whitespace_split, words.escape, words.commenters = True, "", ""
    return list(words)


def _tags(options: Sequence[str]) -> dict[str, str]:
    pairs = [option.partition("=") for option in options]
    for key, sign, _ in pairs:
        if not (key.strip() and sign):
            raise ValueError(f"A tag is written as --tag key=value. Got {key!r}.")
    return {key.strip(): value.strip() for key, _, value in pairs}


def _run(shell: Any, cell: str, begin: Callable[[Cell], None]) -> Any:
    """Run the code below a cell magic; return the value of its last line, if it is to be shown."""
    source = "\n" + shell.transform_cell(cell)  # lines count from that of the magic
    number = len(shell.history_manager.input_hist_parsed) - 1  # what stands beside the cell
    file = shell.compile.cache(source, number)
    begin(Cell(f"cell [{number}]", number, file))
    tree = ast.parse(source, file)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(shell.compile(tree, file, "exec"), shell.user_ns)  # the user's own cell
    if not isinstance(last, ast.Expr):
        return None
    value = eval(shell.compile(ast.Expression(last.value), file, "eval"), shell.user_ns)
    return None if cell.rstrip().endswith(";") else value
