"""A digest of a file that the program read or wrote, taken so that the program keeps its locks."""

from __future__ import annotations

import os
import threading
from io import FileIO
from stat import S_ISREG
from typing import NamedTuple

WHOLE_BYTES = 8 << 20  # a larger file is sampled
SAMPLE_BYTES = 64 << 10
N_SAMPLES = 32
LOCKS = "/proc/locks"
_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)

# Descriptors and what they were of: closing these would have released a lock of the program.
_kept: dict[int, tuple[int, int]] = {}
_closing = threading.Lock()


class FileState(NamedTuple):
    """What tells one state of a file from another."""

    device: int
    inode: int
    size: int
    modified_ns: int


def state_of(path: str) -> FileState | None:
    """Return the state of a regular file; None of anything else."""
    try:
        return _state(os.stat(path))  # noqa: PTH116  # light
    except (OSError, ValueError):
        return None


def digest_of(path: str, state: FileState) -> str | None:
    """Return a digest of a file's content; None if it is not in that state any more.

    A process that closes a file loses its POSIX locks of it, by whatever descriptor they were
    taken. A file that the program has locked so has no digest; where it was locked meanwhile, it
    stays open until it is not. Only Linux tells of locks.

    Returns
    -------
    str or None
        ``blake2b:<hex>`` of the whole content, for a file of more than `WHOLE_BYTES`
        ``blake2b-sampled:<hex>`` of its size and of `N_SAMPLES` evenly spaced pieces, the first
        and the last bytes among them.
    """
    _close_kept()
    if _is_locked(state.inode):
        return None
    try:
        number = os.open(path, _FLAGS)
        status = os.fstat(number)
    except (OSError, ValueError):
        return None
    _kept[number] = status.st_dev, status.st_ino
    try:
        return _digest(FileIO(number, closefd=False), state)
    except (OSError, ValueError):
        return None
    finally:
        _close_kept()


def _digest(file: FileIO, state: FileState) -> str | None:
    from hashlib import blake2b  # late, as it takes milliseconds

    if _state(os.fstat(file.fileno())) != state:
        return None
    digest = blake2b(digest_size=16)
    whole = state.size <= WHOLE_BYTES
    if whole:
        while piece := file.read(1 << 20):
            digest.update(piece)
    else:
        digest.update(str(state.size).encode())
        last = state.size - SAMPLE_BYTES
        for i in range(N_SAMPLES):
            file.seek(last * i // (N_SAMPLES - 1))
            digest.update(file.read(SAMPLE_BYTES))
    if _state(os.fstat(file.fileno())) != state:
        return None
    return f"blake2b{'' if whole else '-sampled'}:{digest.hexdigest()}"


def _close_kept() -> None:
    """Close what was read, but for files that the program has locked."""
    if not _closing.acquire(blocking=False):
        return  # another thread does it, or did in the process that this one was forked from
    try:
        for number, was in [*_kept.items()]:
            try:
                status = os.fstat(number)
                if (status.st_dev, status.st_ino) != was:
                    del _kept[number]  # the program closed it, and has the number for its own
                elif not _is_locked(status.st_ino):
                    del _kept[number]
                    os.close(number)
            except OSError:
                _kept.pop(number, None)
    finally:
        _closing.release()


def _is_locked(inode: int) -> bool:
    """Return whether this process has a POSIX lock of a file."""
    try:
        with FileIO(LOCKS) as file:
            text = file.readall().decode("ascii", "replace")
    except OSError:
        return False
    owner, end = str(os.getpid()), f":{inode}"
    locks = (line.split() for line in text.splitlines())
    return any(
        len(lock) > 5 and lock[1] == "POSIX" and lock[4] == owner and lock[5].endswith(end)
        for lock in locks
    )


def _state(status: os.stat_result) -> FileState | None:
    if not S_ISREG(status.st_mode):
        return None
    return FileState(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
