"""What a run record says about the surroundings of the run."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence

from lineage_stats._orchestrator import parent_of
from lineage_stats.storage._process import host_name

_SECRET_NAME = re.compile(
    r"pass|secret|token|key|credential|auth|pwd|signature|\b(sig|sas|p)$", re.IGNORECASE
)
# A password may hold anything, an unquoted slash too.
_URL_LOGIN = re.compile(r"(?<=://)([^/@\s]*:\S*|[^/@\s]+)@")
_URL_SECRET = re.compile(r"(?<=[?&;])([^=&;\s]*)=([^&;#\s]*)")

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
        is_url = "://" in name
        secret = not is_url and bool(_SECRET_NAME.search(name))
        if hide_next and not argument.startswith("-"):
            clean.append("***")
        elif secret and equals:
            clean.append(f"{name}=***")
        else:
            clean.append(_URL_SECRET.sub(_without_value, _URL_LOGIN.sub("***@", argument)))
        hide_next = argument.startswith("-") and secret and not equals
    return clean


def _without_value(found: re.Match[str]) -> str:
    return f"{found[1]}=***" if _SECRET_NAME.search(found[1]) else found[0]


def at_start() -> dict[str, str]:
    """Return what is known at once: Python, platform, host, process, arguments, orchestrator."""
    return {
        "python": sys.version.split()[0],
        "platform": sys.platform,
        "host": host_name(),
        "pid": str(os.getpid()),
        "argv": " ".join(redact(sys.argv)),
        **parent_of(os.environ),
    }


def at_end() -> dict[str, str]:
    """Return the versions of the packages that the program imported."""
    found = {}
    for package in _PACKAGES:
        version = getattr(sys.modules.get(package), "__version__", None)
        if isinstance(version, str):
            found[f"package:{package}"] = version
    return found
