"""A small file by which a program tells its worker processes which of its runs go on.

Workers outlive a run: a pool that was filled in one block serves the next one too.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

Run = dict[str, Any]


class Board:
    """The file of one program, in the folder of a trace store.

    Parameters
    ----------
    directory : Path
        An existing folder.
    """

    def __init__(self, directory: Path) -> None:
        self._pid = os.getpid()
        self._removed = False
        self.path = directory / f".running-{self._pid}-{os.urandom(4).hex()}.json"

    def publish(self, runs: Sequence[Run]) -> None:
        """Tell which runs go on; raises `OSError` where that cannot be written."""
        if self._removed:
            return
        temporary = self.path.with_suffix(".tmp")
        temporary.write_text(json.dumps(list(runs)))
        temporary.replace(self.path)

    def remove(self) -> None:
        """Take the file away; a child process leaves it to its parent."""
        if os.getpid() == self._pid:
            self._removed = True
            with suppress(OSError):
                self.path.unlink()


def read_board(path: Path) -> list[Run]:
    """Return the runs that go on; none where nobody tells."""
    try:
        runs = json.loads(path.read_text())
    except (OSError, ValueError):
        return []
    return [run for run in runs if isinstance(run, dict)] if isinstance(runs, list) else []
