"""Writes a report to a file."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from lineage_stats.report._build import build_report
from lineage_stats.report._html import render_html
from lineage_stats.report._text import render_text
from lineage_stats.trace import Trace

_JSON_INDENT = 1


def save_report(trace: Trace, path: str | os.PathLike[str], **results: Any) -> Path:
    """Build the report of a run and write it to a file.

    Parameters
    ----------
    trace : Trace
        The run.
    path : path-like
        Where to write. The ending chooses the form: ``.html``, ``.txt`` or ``.json``; any other
        one gives HTML.
    **results : object
        `score`, `attribution`, `history` and `repository`, as `build_report` takes them.

    Returns
    -------
    Path
        The written file.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    path = Path(path)
    report = build_report(trace, **results)
    match path.suffix.lower():
        case ".txt":
            text = render_text(report)
        case ".json":
            text = json.dumps(report, indent=_JSON_INDENT, allow_nan=False) + "\n"
        case _:
            text = render_html(report)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8", "replace"))  # names may hold half a surrogate pair
    return path
