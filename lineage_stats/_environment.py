"""What a run record says about the surroundings of the run."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from collections.abc import Sequence

_SECRET_NAME = re.compile(r"pass|secret|token|key|credential|auth|pwd", re.IGNORECASE)
_URL_LOGIN = re.compile(r"(?<=://)[^/@\s]+@")

# Packages whose versions matter to a pipeline; recorded if the program imported them.
_PACKAGES = (
    "catboost duckdb joblib lightgbm numpy pandas polars pyarrow pyspark scipy sklearn statsmodels "
    "tensorflow torch xgboost"
).split()


def redact(arguments: Sequence[str]) -> list[str]:
    """Return command-line arguments without secrets.

    The value of an option whose name looks like a secret's is replaced, in the forms
    ``--token=x`` and ``--token x``, and so is a login inside a URL.

    Examples
    --------
    >>> redact(["--token", "abc", "--db=postgres://me:pw@host/x", "--password=y"])
    ['--token', '***', '--db=postgres://***@host/x', '--password=***']
    """
    clean = []
    hide_next = False
    for argument in arguments:
        name, equals, _ = argument.partition("=")
        secret = bool(_SECRET_NAME.search(name))
        if hide_next and not argument.startswith("-"):
            clean.append("***")
        elif secret and equals:
            clean.append(f"{name}=***")
        else:
            clean.append(_URL_LOGIN.sub("***@", argument))
        hide_next = argument.startswith("-") and secret and not equals
    return clean


def at_start() -> dict[str, str]:
    """Return what is known at once: Python, platform, host, process, arguments."""
    return {
        "python": platform.python_version(),
        "platform": sys.platform,
        "host": platform.node(),
        "pid": str(os.getpid()),
        "argv": " ".join(redact(sys.argv)),
    }


def at_end() -> dict[str, str]:
    """Return the versions of the packages that the program imported."""
    found = {}
    for package in _PACKAGES:
        version = getattr(sys.modules.get(package), "__version__", None)
        if isinstance(version, str):
            found[f"package:{package}"] = version
    return found


def git_state(directory: str | None = None, timeout: float = 2.0) -> dict[str, str]:
    """Return commit, branch and whether files were changed; nothing where there is no git.

    Parameters
    ----------
    directory : str, default=None
        Folder to ask in; None takes the current one.
    timeout : float, default=2.0
        Most seconds to wait for each of the three calls.
    """
    commit = _git(["rev-parse", "HEAD"], directory, timeout)
    if commit is None:
        return {}
    state = {"git_commit": commit}
    branch = _git(["rev-parse", "--abbrev-ref", "HEAD"], directory, timeout)
    changed = _git(["status", "--porcelain", "--untracked-files=no"], directory, timeout)
    if branch is not None:
        state["git_branch"] = branch
    if changed is not None:
        state["git_dirty"] = str(bool(changed)).lower()
    return state


def _git(arguments: list[str], directory: str | None, timeout: float) -> str | None:
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=directory,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
        )
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
