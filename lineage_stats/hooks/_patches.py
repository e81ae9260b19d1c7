"""Seeing through functions that others have put in the place of a library's own.

`mlflow.autolog` replaces methods and functions by ones that call the original and log around it.
Names that a program imported before still hold the original, so that is what is watched, whichever
of the two came first; and who calls the replacement has called the original in effect. What the
replacement computes for its own log is called by it, and by nobody else.
"""

from __future__ import annotations

from types import FrameType, FunctionType
from typing import Any

# Modules whose functions replace others, and how these functions are called.
_REPLACING = {"mlflow.utils.autologging_utils.safety": "safe_patch_function"}
_MOST_FRAMES = 20


def without_patches(function: Any) -> Any:
    """Return the function that stood there before others replaced it."""
    while isinstance(function, FunctionType) and replaces(function.__globals__.get("__name__")):
        inner = function.__dict__.get("__wrapped__")
        if inner is None:
            break
        function = inner
    return function


def replaces(module: object) -> bool:
    """Return whether functions of a module stand in the place of others."""
    return type(module) is str and module in _REPLACING


def caller_of_patch(frame: FrameType) -> FrameType | None:
    """Return who called the replacement that a frame is part of."""
    name = _REPLACING[frame.f_globals["__name__"]]
    inside: FrameType | None = frame
    for _ in range(_MOST_FRAMES):
        if inside is None:
            break
        if inside.f_code.co_name == name and replaces(inside.f_globals.get("__name__")):
            return inside.f_back
        inside = inside.f_back
    return frame.f_back
