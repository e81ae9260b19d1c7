"""Copies of the user's tree, so that it stays as it is."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from lineage_stats.attribution.replay._git import Repository
from lineage_stats.exceptions import ReplayError

# Never needed to run a script: caches, environments, and what other tools keep beside the code.
_LEFT = frozenset(
    ".git .hg .venv venv .tox .nox node_modules __pycache__ .mypy_cache .ruff_cache .pytest_cache "
    ".hypothesis .ipynb_checkpoints .idea .vscode mlruns wandb".split()
)
MAX_BYTES = 2 * 2**30


def copy_tree(
    root: Path,
    target: Path,
    repository: Repository | None,
    commit: str | None,
    *,
    untracked: bool | Iterable[str] = True,
    left: Iterable[Path] = (),
) -> None:
    """Write what a run needs below a folder.

    Parameters
    ----------
    root : Path
        Top of the user's tree.
    target : Path
        Folder to write to; must not exist.
    repository : Repository or None
        The repository, if the tree is one's.
    commit : str or None
        Version of the tracked files; None takes them as they are.
    untracked : bool or iterable of str, default=True
        Whether files that git does not keep come along, or which.
    left : iterable of Path, default=()
        Files and folders that never come along.
    """
    target.mkdir(parents=True)
    skipped = {path.absolute() for path in left}
    if repository is None:
        _copy(root, target, _walk(root, skipped))
        return
    paths: list[Path] = []
    if commit is None:
        paths += (root / path for path in repository.tracked())
    else:
        repository.check_out(commit, target, target.parent / "index")
    if untracked is True:
        names: Iterable[str] = repository.untracked()
    else:
        names = () if untracked is False else untracked
    for name in names:
        path = root / name
        if not (_is_left(path.relative_to(root)) or _is_in(path, skipped)):
            is_folder = path.is_dir() and not path.is_symlink()
            paths += _walk(path, skipped) if is_folder else (path,)
    _copy(root, target, paths)


def _is_left(path: Path) -> bool:
    return any(part in _LEFT or part.endswith(".egg-info") for part in path.parts)


def _is_in(path: Path, folders: set[Path]) -> bool:
    return any(path == folder or path.is_relative_to(folder) for folder in folders)


def _walk(folder: Path, skipped: set[Path]) -> Iterator[Path]:
    if (folder / "pyvenv.cfg").exists():
        return
    for where, folders, files in os.walk(folder):
        here = Path(where)
        folders[:] = [
            name
            for name in folders
            if not _is_left(Path(name))
            and not (here / name / "pyvenv.cfg").exists()
            and not _is_in(here / name, skipped)
        ]
        links = [name for name in folders if (here / name).is_symlink()]
        yield from (here / name for name in [*files, *links] if not _is_in(here / name, skipped))


def _copy(root: Path, target: Path, paths: Iterable[Path]) -> None:
    n_bytes = 0
    for path in paths:
        if not (path.is_file() or path.is_symlink()):
            continue  # deleted in the work tree, or a submodule
        n_bytes += path.lstat().st_size
        if n_bytes > MAX_BYTES:
            raise ReplayError(
                f"More than {MAX_BYTES / 2**30:.0f} GB would be copied from {root} for each run. "
                "Name the files that the run needs: `untracked=[...]` (--untracked)."
            )
        copy = target / path.relative_to(root)
        copy_file(path, copy)
        end = path.resolve()
        if path.is_symlink() and not path.readlink().is_absolute() and not _is_in(end, {root}):
            copy.unlink()
            copy.symlink_to(end)  # the way out of the tree is another one from the copy


def copy_file(source: Path, target: Path) -> None:
    """Copy a file or a folder in the place of what is there; links stay links."""
    remove(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir() and not source.is_symlink():
        shutil.copytree(source, target, symlinks=True)
    else:
        shutil.copy2(source, target, follow_symlinks=False)


def remove(target: Path) -> None:
    """Remove a file or a folder, if it is there."""
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    else:
        target.unlink(missing_ok=True)


def digest_of(*folders: Path) -> str:
    """Return a digest of the names and contents of all files below some folders."""
    digest = hashlib.blake2b(digest_size=16)
    for folder in folders:
        paths = [folder] if folder.is_file() else sorted(p for p in folder.rglob("*"))
        for path in paths:
            digest.update(os.fsencode(path.relative_to(folder)) + b"\0")
            if path.is_symlink():
                digest.update(os.fsencode(path.readlink()))
            elif path.is_file():
                with path.open("rb") as file:
                    digest.update(hashlib.file_digest(file, "blake2b").digest())
    return digest.hexdigest()
