"""Which process writes a file, and whether that process is gone."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

_PROC = Path("/proc")
_AFTER_NAME_STATE, _AFTER_NAME_START = 0, 19  # fields of /proc/<pid>/stat behind the name


def this_process() -> dict[str, str]:
    """Return what tells this process from all others: host, boot, space of ids, id, start.

    Returns
    -------
    dict of str to str
        A process id is used again after a while, on every host, after every boot and in every
        container; with all five it is not. What the platform does not tell is left out.
    """
    pid = os.getpid()
    known = {**this_machine(), "pid": str(pid), "started": _started(pid)}
    return {name: value for name, value in known.items() if value}


def host_name() -> str:
    """Return the name of this computer in its network; ``""`` if it has none."""
    if hasattr(os, "uname"):
        return os.uname().nodename
    return os.environ.get("COMPUTERNAME", "")


def this_machine() -> dict[str, str]:
    """Return host, boot and space of process ids of this process."""
    return {
        "platform": sys.platform,
        "host": host_name(),
        "boot": _text(_PROC / "sys/kernel/random/boot_id"),
        "pid_space": _target(_PROC / "self/ns/pid"),
    }


def is_gone(process: Mapping[str, str]) -> bool:
    """Return whether a process has certainly ended.

    Parameters
    ----------
    process : mapping of str to str
        What `this_process` returned in that process.

    Returns
    -------
    bool
        False where the process lives and where it cannot be known: on another host, in another
        container, or on a platform that does not tell.
    """
    pid = str(process.get("pid", ""))
    if not pid.isdigit():
        return False
    here = this_machine()
    if any(process.get(name, "") != value for name, value in here.items()):
        return False
    if here["boot"]:
        state = _stat(int(pid))
        started = process.get("started")
        return (
            not state
            or state[_AFTER_NAME_STATE] in "ZX"
            or (started is not None and state[_AFTER_NAME_START] != started)
        )
    return os.name == "posix" and not _answers(int(pid))


def _started(pid: int) -> str:
    """Return when a process started, in ticks since the boot; ``""`` if that is not known."""
    state = _stat(pid)
    return state[_AFTER_NAME_START] if state else ""


def _stat(pid: int) -> list[str]:
    """Return the fields that follow the name; none if there is no such process."""
    fields = _text(_PROC / str(pid) / "stat").rpartition(")")[2].split()
    return fields if len(fields) > _AFTER_NAME_START else []


def _answers(pid: int) -> bool:
    try:
        os.kill(pid, 0)  # sends nothing
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except (OSError, ValueError):
        return ""


def _target(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:
        return ""
