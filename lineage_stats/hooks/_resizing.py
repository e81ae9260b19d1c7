"""Arrays that a program may resize in place, which NumPy refuses where anything refers to them.

A weak reference is enough to be refused. Programs that resize arrays are rare, and their arrays
are not referred to from then on: they come from nowhere.
"""

from __future__ import annotations

import re
from typing import Any

from lineage_stats._lines import source_text

_RESIZES = re.compile(r"(?<!\bnp)(?<!\bnumpy)\.resize\s*\(")
_OF_IMAGES = re.compile(r"\b(PIL|cv2|skimage|imageio|torch|torchvision|tensorflow|keras)\b")
_INSTALLED = ("site-packages", "dist-packages")

_state = {"resizes": False}


def note_source(file: str) -> None:
    """Look whether the code of a file of the program resizes arrays in place."""
    if not _state["resizes"] and not any(part in file for part in _INSTALLED):
        text = source_text(file)
        _state["resizes"] = bool(_RESIZES.search(text) and not _OF_IMAGES.search(text))


def may_be_resized(obj: Any) -> bool:
    """Return whether something is an array that the program may resize."""
    return _state["resizes"] and type(obj).__name__ == "ndarray" and bool(obj.flags.owndata)
