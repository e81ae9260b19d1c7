"""The command ``lineage-stats``: parses, calls the public names of the package, prints."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

__all__ = ["main"]

_INTERRUPTED = 130  # as of `lineage_stats._script`, which a program may want to meet unloaded


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit.

    Parameters
    ----------
    arguments : sequence of str, default=None
        The arguments; None takes those of the process.
    """
    # Here, because parsing loads libraries that a recorded program may want to meet unloaded.
    from lineage_stats.cli._app import run_app

    code = run_app(sys.argv[1:] if arguments is None else list(arguments))
    if code == _INTERRUPTED and getattr(sys, "last_type", None) is KeyboardInterrupt:
        # Of a script, and shown: the interpreter ends by the signal, as a loop of a shell asks.
        sys.excepthook = lambda *shown: None
        raise KeyboardInterrupt
    sys.exit(code)
