"""What git knows, asked without changing anything in the repository."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from lineage_stats.exceptions import ReplayError

_RANGES = re.compile(rb"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)
_PLAIN = ("--no-ext-diff", "--no-textconv", "--no-renames", "--no-color", "--ignore-submodules")

Range = tuple[int, int, int, int]


class Repository:
    """A git repository and its work tree.

    Parameters
    ----------
    root : Path
        Top of the work tree.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    def around(cls, directory: Path) -> Repository | None:
        """Return the repository that a folder is in; None where there is none, or no git."""
        try:
            top = _git(directory, "rev-parse", "--show-toplevel")
        except (OSError, ReplayError):
            return None
        return cls(Path(os.fsdecode(top.rstrip(b"\n"))).resolve())

    def commit(self, name: str) -> str:
        """Return the full name of a commit; raises ReplayError."""
        try:
            found = _git(self.root, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        except ReplayError:
            raise ReplayError(f"There is no commit '{name}' in {self.root}.") from None
        return found.decode().strip()

    def differs(self, commit: str) -> bool:
        """Whether tracked files of the work tree are not as in a commit."""
        return bool(_git(self.root, "diff", "--name-only", *_PLAIN, commit, "--"))

    def changed_files(self, old: str, new: str | None) -> list[tuple[str, str]]:
        """Return (status, path) of what differs; `new` None is the work tree."""
        out = _git(self.root, "diff", "--name-status", "-z", *_PLAIN, *_versions(old, new), "--")
        parts = [os.fsdecode(part) for part in out.split(b"\0") if part]
        return [(status[0], path) for status, path in zip(parts[::2], parts[1::2], strict=True)]

    def ranges(self, old: str, new: str | None, path: str) -> list[Range]:
        """Return the lines that differ: (old start, old number, new start, new number).

        A start counts from 1; where the number is 0 it is the line before.
        """
        options = ("--unified=0", "--diff-algorithm=histogram", "--inter-hunk-context=0")
        out = _git(self.root, "diff", *_PLAIN, *options, *_versions(old, new), "--", path)
        found = []
        for match in _RANGES.finditer(out):
            first, n_old, second, n_new = match.groups()
            found.append((int(first), int(n_old or 1), int(second), int(n_new or 1)))
        return found

    def content(self, commit: str | None, path: str) -> bytes | None:
        """Return a file as it would be checked out; None where there is none."""
        if commit is None:
            file = self.root / path
            return file.read_bytes() if file.is_file() else None
        try:
            return _git(self.root, "cat-file", "--filters", f"{commit}:{path}")
        except ReplayError:
            return None

    def check_out(self, commit: str, folder: Path, index: Path) -> None:
        """Write all files of a commit below a folder, through an index of its own."""
        env = {"GIT_INDEX_FILE": str(index)}
        _git(self.root, "read-tree", commit, env=env)
        _git(self.root, "checkout-index", "--all", "--force", f"--prefix={folder}/", env=env)

    def tracked(self) -> list[str]:
        """Return the paths of all files that the work tree's index has."""
        return _paths(_git(self.root, "ls-files", "-z"))

    def untracked(self) -> list[str]:
        """Return what is not tracked; ignored folders, that end in a slash, as a whole."""
        seen = _git(self.root, "ls-files", "--others", "--exclude-standard", "-z")
        options = ("--others", "--ignored", "--exclude-standard", "--directory", "-z")
        return _paths(seen) + _paths(_git(self.root, "ls-files", *options))


def _versions(old: str, new: str | None) -> tuple[str, ...]:
    return (old,) if new is None else (old, new)


def _paths(out: bytes) -> list[str]:
    return [os.fsdecode(part) for part in out.split(b"\0") if part]


def _git(directory: Path, *arguments: str, env: Mapping[str, str] | None = None) -> bytes:
    done = subprocess.run(
        ["git", *arguments],
        cwd=directory,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        # Without this even a question may refresh the index of the user's tree.
        env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C", **(env or {})},
    )
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise ReplayError(f"git {arguments[0]} failed in {directory}: {said}")
    return done.stdout
