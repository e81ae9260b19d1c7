"""The state of the git repository that a program runs in.

Commit and branch are read from git's own files, which takes no time; whether files were changed
only git can say, and it is asked when the program has done its work.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess

_HEX = frozenset("0123456789abcdef")


def git_head(directory: str | os.PathLike[str] | None) -> dict[str, str]:
    """Return commit and branch that are checked out in a folder; nothing where there is no git.

    Parameters
    ----------
    directory : path-like or None
        Any folder of the work tree; None has none.

    Returns
    -------
    dict of str to str
        ``git_commit`` and, unless the head is detached, ``git_branch``.
    """
    if directory is None:
        return {}
    try:
        folder = _git_folder(Path(directory))
        return {} if folder is None else _head(folder)
    except (OSError, ValueError):
        return {}


def _head(folder: Path) -> dict[str, str]:
    head = (folder / "HEAD").read_text().strip()
    if not head.startswith("ref: "):
        return {"git_commit": head} if _is_commit(head) else {}
    name = head.removeprefix("ref: ").strip()
    commit = _commit_of(name, folder)
    if commit is None:
        return {}
    return {"git_commit": commit, "git_branch": name.removeprefix("refs/heads/")}


def _git_folder(directory: Path) -> Path | None:
    ceilings = {c for c in os.environ.get("GIT_CEILING_DIRECTORIES", "").split(os.pathsep) if c}
    for folder in (directory, *directory.parents):
        if folder != directory and str(folder) in ceilings:
            return None
        found = folder / ".git"
        if found.is_dir():
            return found
        if found.is_file():  # of a linked work tree or a submodule
            text = found.read_text().strip()
            return folder / text.removeprefix("gitdir: ") if text.startswith("gitdir: ") else None
    return None


def _commit_of(name: str, folder: Path) -> str | None:
    common = folder
    with suppress(OSError):
        common = folder / (folder / "commondir").read_text().strip()
    for place in (folder, common):
        with suppress(OSError):
            commit = (place / name).read_text().strip()
            if _is_commit(commit):
                return commit
    with suppress(OSError):
        for line in (common / "packed-refs").read_text().splitlines():
            commit, _, packed = line.partition(" ")
            if packed == name and _is_commit(commit):
                return commit
    return None


def _is_commit(text: str) -> bool:
    return len(text) in (40, 64) and _HEX.issuperset(text)


class ChangeCheck:
    """Asks git whether files of the work tree were changed; it may answer late or never.

    Parameters
    ----------
    directory : str or None
        Any folder of the work tree.
    """

    def __init__(self, directory: str | None) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        if directory is None:
            return
        import subprocess

        # At the end of the interpreter no process may be started any more.
        with suppress(OSError, ValueError, RuntimeError):
            self._process = subprocess.Popen(
                ["git", "diff", "--quiet", "--no-ext-diff", "--no-textconv", "HEAD", "--"],
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
            )

    def answer(self, timeout: float = 0.0) -> dict[str, str]:
        """Return ``git_dirty`` if the answer comes in time, in seconds; ask no more."""
        process, self._process = self._process, None
        if process is None:
            return {}
        import subprocess

        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return {}
        return {"git_dirty": str(code == 1).lower()} if code in (0, 1) else {}
