"""Where the command line writes: results to stdout, everything else to stderr."""

from __future__ import annotations

import io
import json
import math
import os
import shlex
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from lineage_stats.exceptions import LineageStatsWarning

if TYPE_CHECKING:
    from rich.console import Console

# Wide enough that a key and a path fit in one line of a file or a pipe.
PIPE_WIDTH = 220
SECONDS_BEFORE_PROGRESS = 0.5


def console() -> Console:
    """Return the console for results; a pipe is wide, so that no line is broken."""
    from rich.console import Console

    _accept_any_character(sys.stdout)
    return Console(width=None if is_terminal(sys.stdout) else PIPE_WIDTH, highlight=False)


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether somebody reads along; a stream that was closed (``>&-``) is None."""
    return stream is not None and stream.isatty()


def emit_json(document: Mapping[str, Any], *, indent: int | None = 2) -> None:
    """Write the result as one JSON document; what is no number becomes null."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    plain = not encoding.lower().startswith("utf")
    text = json.dumps(_finite(document), indent=indent, ensure_ascii=plain, allow_nan=False)
    _write(text)


def emit_text(text: str) -> None:
    """Write the result as it is: no colours, no wrapping."""
    _accept_any_character(sys.stdout)
    _write(text)


def note(text: str) -> None:
    """Tell the user something that is not the result."""
    if _is_open(sys.stderr):
        sys.stderr.write(f"{text}\n")


def command(*words: object) -> str:
    """Return a command of ours as one types it into a shell."""
    return shlex.join(["lineage-stats", *map(str, words)])


_at_work: list[str] = []


@contextmanager
def working(title: str) -> Iterator[Callable[[int, int], None]]:
    """Show on stderr, if that is a terminal, that something goes on; yields what takes (done, of).

    What is over within half a second shows nothing, and work inside of other work is part of it.
    """
    if _at_work or not is_terminal(sys.stderr):
        yield lambda done, total: None
        return
    _at_work.append(title)
    try:
        with _shown(title) as update:
            yield update
    finally:
        _at_work.pop()


@contextmanager
def _shown(title: str) -> Iterator[Callable[[int, int], None]]:
    import threading

    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    progress = Progress(
        BarColumn(bar_width=24),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = progress.add_task(title, total=None)
    over = threading.Event()

    def begin() -> None:
        if not over.wait(SECONDS_BEFORE_PROGRESS):
            progress.start()

    waiter = threading.Thread(target=begin, daemon=True)
    waiter.start()
    try:
        yield lambda done, total: progress.update(
            task, completed=done, total=total, description=f"{title} ({done} of {total})"
        )
    finally:
        over.set()
        waiter.join()
        progress.stop()


def _write(text: str) -> None:
    if not _is_open(sys.stdout):
        return
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read has read enough; the exit code still has to say what was found.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _is_open(stream: TextIO | None) -> bool:
    """Return whether a stream takes text; a recorded script may have closed it."""
    return stream is not None and not stream.closed


def _accept_any_character(stream: TextIO | None) -> None:
    """Let a stream replace what its encoding lacks, rather than fail on it."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")


@contextmanager
def plain_warnings() -> Iterator[None]:
    """Show warnings of ours as one sentence and once, all others as they were shown before."""
    said: set[str] = set()
    with warnings.catch_warnings():
        others = warnings.showwarning

        def show(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            if issubclass(category, LineageStatsWarning):
                if str(message) not in said:
                    said.add(str(message))
                    note(f"Note: {message}")
            else:
                others(message, category, filename, lineno, file, line)

        warnings.showwarning = show
        warnings.simplefilter("always", LineageStatsWarning)
        yield


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if hasattr(value, "item") and not isinstance(value, str | bytes):
        value = value.item()  # a NumPy scalar
    return None if isinstance(value, float) and not math.isfinite(value) else value
