"""What differs in the code between two versions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from lineage_stats.attribution.replay._git import Repository
from lineage_stats.attribution.replay._hunks import Hunk, compose, hunks_of, is_silent
from lineage_stats.attribution.replay._locate import Accused, Source, weigh
from lineage_stats.attribution.replay._suspect import Suspect

_SETTINGS = frozenset(".cfg .csv .ini .json .parquet .sql .toml .txt .yaml .yml".split())
_TEXTS = frozenset(".md .rst .html .ipynb".split())


@dataclass(frozen=True)
class Candidate:
    """A suspect, and how much speaks against it: first the tier, then the weight."""

    suspect: Suspect
    weight: float = 0.0
    tier: int = 0

    @property
    def rank(self) -> tuple[float, int]:
        """Sorts the most suspect first."""
        return (-self.weight, self.tier)


@dataclass(frozen=True)
class ChangedFile:
    """A tracked file that differs.

    Attributes
    ----------
    path : str
        Relative to the root.
    healthy, faulty : bytes or None
        Its contents; None where there is no such file.
    hunks : dict of str to Hunk
        Pieces that can be put back, by the name of the suspect; empty where it is all or nothing.
    silent : tuple of Hunk
        Pieces that change nothing, and stay.
    """

    path: str
    healthy: bytes | None
    faulty: bytes | None
    hunks: dict[str, Hunk] = field(default_factory=dict)
    silent: tuple[Hunk, ...] = ()

    @property
    def is_module(self) -> bool:
        """Whether it is Python."""
        return self.path.endswith(".py")

    def version(self, at_faulty: Collection[str]) -> bytes | None:
        """Return the content with some suspects at their faulty version."""
        if self.hunks:
            kept = {hunk for name, hunk in self.hunks.items() if name in at_faulty}
            every = [*self.hunks.values(), *self.silent]
            return compose(self.healthy or b"", every, kept | set(self.silent))
        if self.is_module and None in (self.healthy, self.faulty):
            # Whether a module is used its importers say; without it they would break down.
            return self.healthy if self.faulty is None else self.faulty
        if self.silent:
            return self.faulty
        return self.faulty if self.path in at_faulty else self.healthy


def changed_code(
    repository: Repository, old: str, new: str | None, operations: Sequence[Accused]
) -> tuple[list[ChangedFile], list[Candidate]]:
    """Return the files that differ, and the suspects in them.

    Parameters
    ----------
    repository : Repository
        Where they are.
    old : str
        The healthy commit.
    new : str or None
        The faulty commit; None is the work tree.
    operations : sequence of Accused
        What the trace says.
    """
    files, candidates = [], []
    for status, path in repository.changed_files(old, new):
        file = _changed_file(repository, old, new, status, path)
        files.append(file)
        candidates += _candidates(file, operations)
    return files, candidates


def _changed_file(
    repository: Repository, old: str, new: str | None, status: str, path: str
) -> ChangedFile:
    healthy = None if status == "A" else repository.content(old, path)
    faulty = None if status == "D" else repository.content(new, path)
    if healthy is None or faulty is None or b"\0" in healthy + faulty:
        return ChangedFile(path, healthy, faulty)
    hunks = hunks_of(healthy, faulty, repository.ranges(old, new, path))
    if compose(healthy, hunks, hunks) != faulty:  # a filter changes the file
        return ChangedFile(path, healthy, faulty)
    silent = [
        hunk for hunk in hunks if path.endswith(".py") and is_silent(healthy, faulty, hunks, hunk)
    ]
    named = {f"{path}:{max(h.lines.start, 1)}": h for h in hunks if h not in silent}
    return ChangedFile(path, healthy, faulty, named, tuple(silent))


def _candidates(file: ChangedFile, operations: Sequence[Accused]) -> list[Candidate]:
    tier = _tier(file.path)
    if not file.hunks:
        if file.silent or (file.is_module and None in (file.healthy, file.faulty)):
            return []
        what = "is new" if file.healthy is None else "is gone" if file.faulty is None else "differs"
        kind = "data" if tier == 1 else "code"
        return [Candidate(Suspect(file.path, kind, detail=what), tier=tier)]
    source = Source(file.faulty or b"")
    found = []
    for name, hunk in file.hunks.items():
        weight, near = weigh(operations, file.path, hunk.lines, source)
        found.append(Candidate(Suspect(name, "code", near, hunk.detail), weight, tier))
    return found


def _tier(path: str) -> int:
    """Return how likely a file is to matter where nothing was recorded of it."""
    name = PurePosixPath(path)
    if name.suffix in _TEXTS or {"docs", "tests"} & set(name.parts):
        return 3
    return 0 if name.suffix == ".py" else 1 if name.suffix in _SETTINGS else 2
