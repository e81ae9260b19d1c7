"""Keeping other processes away from files for a moment, with what every file system has."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lineage_stats.storage._process import is_gone, this_process

_SECONDS = 60.0  # after which a lock that names nobody is nobody's


@contextmanager
def alone(lock: Path) -> Iterator[bool]:
    """Keep other processes away from what the lock stands for; yields whether that is so."""
    try:
        file = lock.open("x")
    except FileExistsError:
        if _is_abandoned(lock):
            lock.unlink(missing_ok=True)  # it will be free the next time
        yield False
        return
    try:
        with file:
            json.dump(this_process(), file)
        yield True
    finally:
        lock.unlink(missing_ok=True)


def _is_abandoned(lock: Path) -> bool:
    try:
        text, age = lock.read_text(), time.time() - lock.stat().st_mtime
        return is_gone(json.loads(text)) if text else age > _SECONDS
    except (OSError, ValueError):
        return False
