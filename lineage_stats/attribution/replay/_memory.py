"""What runs gave, kept in a file, so that no version is run twice."""

from __future__ import annotations

import json
import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from lineage_stats.attribution.replay._coalitions import Outcome

# Variables that say nothing of what a program computes.
_VOLATILE = frozenset(
    "_ PWD OLDPWD SHLVL COLUMNS LINES TERM TERM_PROGRAM COLORTERM DISPLAY WINDOWID LS_COLORS "
    "PYTEST_CURRENT_TEST PYTEST_VERSION LOGNAME MAIL".split()
)
_VOLATILE_BEGINNINGS = ("SSH_", "XDG_", "VSCODE_", "LC_", "TMUX", "LINEAGE_STATS_", "INVOCATION")


class Memory:
    """Outcomes by key; those of a file are known from the start.

    Parameters
    ----------
    path : Path or None
        File to keep them in; None keeps them as long as the process lives.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._known: dict[str, Outcome] = {}
        if path is not None and path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                self._read(line)

    def _read(self, line: str) -> None:
        try:
            record: dict[str, Any] = json.loads(line)
            values = tuple(float(value) for value in record["values"])
            self._known[record["key"]] = Outcome(values, str(record["error"]))
        except (ValueError, KeyError, TypeError):
            return  # a line that was cut short

    def get(self, key: str) -> Outcome | None:
        """Return what is known."""
        return self._known.get(key)

    def put(self, key: str, outcome: Outcome) -> None:
        """Keep an outcome."""
        with self._lock:
            self._known[key] = outcome
            if self._path is None:
                return
            record = {"key": key, "values": list(outcome.values), "error": outcome.error}
            with suppress(OSError):  # what cannot be kept is run again
                self._path.parent.mkdir(parents=True, exist_ok=True)
                with self._path.open("a", encoding="utf-8") as file:
                    file.write(f"\n{json.dumps(record)}\n")


def stable_environment() -> dict[str, str]:
    """Return the variables that a program may depend on."""
    return {
        name: value
        for name, value in sorted(os.environ.items())
        if name not in _VOLATILE and not name.startswith(_VOLATILE_BEGINNINGS)
    }
