"""What a figure was measured with: columns that stand in every CSV."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).parent


def has_autolineage() -> bool:
    try:
        metadata.version("autolineage")
    except metadata.PackageNotFoundError:
        return False
    return True


def versions() -> dict[str, str]:
    """Return versions of Python and packages, and the commit (with + if files were changed)."""
    found = {"commit": _commit(), "python": platform.python_version()}
    for package in ("lineage-stats", "autolineage", "pandas", "scikit-learn", "numpy"):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = ""
    return found


def single_threaded() -> dict[str, str]:
    """Return the environment with one thread per numerical library, for repeatable times."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    return {**os.environ, **dict.fromkeys(names, "1")}


def peak_mb(pid: int | str = "self") -> float:
    """Return the largest memory of this process, or of one that runs, so far, on Linux.

    `resource.getrusage` would count that of the process which started it.
    """
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    # One that has ended and was not waited for has none.
    return sum(int(line.split()[1]) for line in lines if "VmHWM" in line) / 1024


def _commit() -> str:
    def git(*arguments: str) -> str:
        command = ["git", "-C", str(HERE), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    try:
        changed = git("status", "--porcelain", "--untracked-files=no", "--", "../lineage_stats")
        return git("rev-parse", "--short", "HEAD") + ("+" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return ""
