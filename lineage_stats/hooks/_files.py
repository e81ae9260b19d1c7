"""Which file was read or written: path, size, time of its last change, digest of its content.

A file is looked at as soon as the call has returned. The content of a small one is read at once,
since programs delete such files again; that of others when there is time, in the thread that
writes; a file that has changed by then gets no digest. Nothing here raises.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from os.path import abspath, exists, expanduser, isdir  # as they are without mocks
from typing import Any

from lineage_stats._interrupts import pass_on
from lineage_stats.hooks._file_digest import FileState, digest_of, state_of
from lineage_stats.hooks._provider import NOTHING_MORE, Call, OperationSpec

# Names of parameters that take a file.
PARAMETERS = (
    "filepath_or_buffer", "path_or_buf", "path", "io", "path_or_buffer", "buf", "filepath_or_buf",
    "excel_writer", "filename", "fname", "con",
)  # fmt: skip
_IN_MEMORY = ("StringIO", "BytesIO", "str", "bytes")

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_LOGIN = re.compile(r"(?<=://)(?:[^/]*:.*@|[^/]*@)", re.DOTALL)  # a password may hold anything
_MAX_PATH = 4096
READ_AT_ONCE = 256 << 10  # bytes; takes a fraction of a millisecond


def file_facts(
    arguments: Mapping[str, Any], *, written: bool = False, owner: Any = None
) -> Mapping[str, str]:
    """Return what identifies the file that a call read or wrote.

    Parameters
    ----------
    arguments : mapping of str to object
        Arguments of the call by name.
    owner : object, default=None
        What stands for the file where no argument does, as an `HDFStore`.
    written : bool, default=False
        Whether the call wrote the file. One that the program holds open is not complete then.

    Returns
    -------
    mapping of str to str
        ``file[path]`` and, of regular files, ``file[size]`` in bytes, ``file[modified]`` in UTC
        and ``file[digest]``; worked out when it is asked for. Empty if there is no file;
        ``file[unknown]``, with a type, where it cannot be known what was read or written.
    """
    try:
        value = next((arguments[n] for n in PARAMETERS if arguments.get(n) is not None), owner)
        path, is_open = _path_of(value)
        if path is None:
            return _unknown(value)
        if path.lower().startswith("file:"):
            path = _local_path(path)
        if _URL.match(path):
            return {} if path.lower().startswith("data:") else {"file[path]": without_secrets(path)}
        absolute = abspath(expanduser(path))  # noqa: PTH100, PTH111  # light
        changing = is_open and (written or getattr(value, "_mode", "r") != "r")
        state = None if changing else state_of(absolute)
        if state is None and not is_open:
            return {"file[path]": absolute} if isdir(absolute) else {}  # noqa: PTH112
        return FileFacts(absolute, state)
    except Exception as error:  # noqa: BLE001  # paths of any kind, of any program
        pass_on(error)
        return {}


def with_file(
    describe: Callable[[Call], OperationSpec | None] | None,
    *,
    written: bool = False,
    of_owner: bool = False,
) -> Callable[[Call], OperationSpec]:
    """Return a description of a call that says also which file it read or wrote.

    With `of_owner`, the object whose method is called stands for the file.
    """

    def described(call: Call) -> OperationSpec:
        spec = (None if describe is None else describe(call)) or NOTHING_MORE
        if spec.ignore or call.failed:
            return spec
        if of_owner:
            facts = file_facts({}, written=written, owner=call.args[0])
        else:
            facts = file_facts(call.bound, written=written)
        return spec._replace(facts=facts) if facts and not spec.facts else spec

    return described


def without_secrets(url: str) -> str:
    """Return a URL without login, query and fragment, where keys and signatures stand.

    Examples
    --------
    >>> without_secrets("s3://me:pw@bucket/day.csv?signature=x#part")
    's3://bucket/day.csv'
    """
    return _LOGIN.sub("", url, count=1).partition("#")[0].partition("?")[0]


class FileFacts(Mapping[str, str]):
    """Facts of a file, of which the digest is worked out late unless the file is small.

    Parameters
    ----------
    path : str
        Absolute path.
    state : FileState or None
        As it was when the call had returned; None where that is not known.
    """

    def __init__(self, path: str, state: FileState | None) -> None:
        self._path = path
        self._state = state
        if state is not None and state.size <= READ_AT_ONCE:
            _ = self._facts

    def __bool__(self) -> bool:
        return True  # asked in the program's own thread, where the content is not to be read

    @cached_property
    def _facts(self) -> dict[str, str]:
        facts = {"file[path]": self._path}
        state = self._state
        if state is not None:
            seconds, rest = divmod(state.modified_ns, 1_000_000_000)
            when = dt.datetime.fromtimestamp(seconds, dt.UTC)
            facts["file[size]"] = str(state.size)
            facts["file[modified]"] = f"{when:%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"
            digest = digest_of(self._path, state)
            if digest is not None:
                facts["file[digest]"] = digest
        return facts

    def __getitem__(self, name: str) -> str:
        return self._facts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)


def _path_of(value: Any) -> tuple[str | None, bool]:
    """Return the path that a value stands for, and whether it is a file that is open."""
    if isinstance(value, str | os.PathLike):
        path = os.fspath(value)
        path = os.fsdecode(path) if isinstance(path, bytes) else path
        known = path if 0 < len(path) <= _MAX_PATH and "\n" not in path else None
        return known, hasattr(value, "close")  # as a writer of sheets or a store of tables
    show = getattr(getattr(getattr(value, "engine", value), "url", None), "render_as_string", None)
    if show is not None:
        return str(show(hide_password=True)), True
    name = getattr(value, "name", None)
    if isinstance(name, int) and hasattr(value, "fileno"):
        name = os.readlink(f"/proc/self/fd/{value.fileno()}")  # noqa: PTH115  # light
    if isinstance(name, str) and name and hasattr(value, "fileno"):
        return (name if exists(name) else None), True  # noqa: PTH110  # light
    return None, False


def _unknown(value: Any) -> dict[str, str]:
    """Return that it is not known what something stands for; nothing for what is in memory."""
    kind = type(value).__name__
    readable = any(hasattr(value, name) for name in ("read", "write", "cursor", "execute"))
    return {"file[unknown]": kind} if readable and kind not in _IN_MEMORY else {}


def _local_path(url: str) -> str:
    """Return the path in a ``file:`` URL; of another host, the URL."""
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    parts = urlsplit(url)
    return url2pathname(parts.path) if parts.netloc in ("", "localhost") else url
