"""Why Spark failed, in a word: never what a message says, which may hold the user's values."""

from __future__ import annotations

import re
from contextlib import suppress

MOST_TEXT = 20_000

# What an exception says of itself on the line after the frames, which are indented.
_RAISED = re.compile(
    r"Traceback \(most recent call last\):\n  File \"[^\n]*\n(?:[ \t][^\n]*\n)*"
    r"([A-Za-z_][\w.]{0,99})(?::| *$)",
    re.M,
)
# After it Python shows the exception that came of the one before it.
_THEN = re.compile(
    r"^(?:The above exception was the direct cause of the following exception"
    r"|During handling of the above exception, another exception occurred):\n\n",
    re.M,
)
_CAUSES = (
    (re.compile(r"\[SPARK_JOB_CANCELLED\]|\bJob \d+ cancelled\b"), "cancelled"),
    (re.compile(r"Python worker exited unexpectedly"), "worker died"),
    (re.compile(r"\bExecutorLostFailure\b"), "executor lost"),
)


def cause_of(error: BaseException | None) -> str | None:
    """Return why a call of Spark failed; None where that is not known.

    Parameters
    ----------
    error : BaseException or None
        What it raised.

    Returns
    -------
    str or None
        The type of the exception in a function of the user's; ``"cancelled"``,
        ``"worker died"`` or ``"executor lost"``; the name that Spark gives to the sort of error,
        as ``"DIVIDE_BY_ZERO"``; or ``"stage failed"``.
    """
    with suppress(Exception):  # the Java side may have ended
        text = _text_of(error)
        raised = _raised(text) if "Python" in text else None
        if raised is not None:
            return raised
        for pattern, cause in _CAUSES:
            if pattern.search(text):
                return cause
        return _condition_of(error) or ("stage failed" if "stage failure" in text else None)
    return None


def _raised(text: str) -> str | None:
    """Return the type of the exception that a traceback in a text ends with."""
    found = _RAISED.search(text)
    name = None
    while found is not None:
        name = found[1]
        then = _THEN.search(text, found.end())
        found = None if then is None else _RAISED.match(text, then.end())
    return name


def _text_of(error: BaseException | None) -> str:
    """Return the message of an error of Spark's; empty for any other."""
    for name in ("_desc", "desc", "_message"):  # of Spark 4, and of older ones
        text = getattr(error, name, None)
        if isinstance(text, str):
            return text[:MOST_TEXT]
    java = getattr(error, "java_exception", None)
    return str(java.getMessage())[:MOST_TEXT] if java is not None else ""


def _condition_of(error: BaseException | None) -> str | None:
    """Return what Spark calls the sort of error."""
    for source in (error, getattr(error, "java_exception", None)):
        for name in ("getCondition", "getErrorClass"):
            with suppress(Exception):  # only some errors have a name, and older versions another
                found = getattr(source, name)()
                if isinstance(found, str) and found:
                    return found
    return None
