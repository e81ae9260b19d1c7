"""Plants changes into the sources of a pipeline and keeps track of what stands where.

A line of the changed source has an *origin*: the lines of the healthy source that it comes from.
A line that an edit rewrote comes from the lines that it replaces.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from corpus.interface import Edit, Fault, Place

Lines = frozenset[tuple[str, int]]


class PlantingError(ValueError):
    """A fault does not fit the sources of its pipeline."""


@dataclass(frozen=True)
class Sources:
    """The modules of a pipeline, and for each line of each the healthy lines it comes from."""

    texts: Mapping[str, str]
    origins: Mapping[str, tuple[frozenset[int], ...]]

    @classmethod
    def read(cls, folder: Path) -> Sources:
        """Read the modules of a pipeline; its declaration, days and faults are none of them."""
        paths = sorted(
            path
            for path in folder.rglob("*.py")
            if path.relative_to(folder).as_posix() not in ("day.py", "faults.py")
        )
        texts = {p.relative_to(folder).as_posix(): p.read_text(encoding="utf-8") for p in paths}
        if "main.py" not in texts:
            raise PlantingError(f"{folder} has no main.py.")
        return cls(texts, {name: _own_lines(text) for name, text in texts.items()})

    @cached_property
    def digest(self) -> str:
        """Digest of all modules, short enough for the name of a folder."""
        text = "\0".join(f"{name}\0{self.texts[name]}" for name in sorted(self.texts))
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()

    def with_edits(self, edits: Iterable[Edit]) -> Sources:
        """Return the sources after all edits; raises PlantingError where one does not fit."""
        texts, origins = dict(self.texts), dict(self.origins)
        for file, old, new in edits:
            start = _position(texts, file, old)
            origins[file] = _after(origins[file], texts[file], start, old, new)
            texts[file] = texts[file][:start] + new + texts[file][start + len(old) :]
        for file in {file for file, _, _ in edits}:
            try:
                compile(texts[file], file, "exec", dont_inherit=True)
            except SyntaxError as error:
                raise PlantingError(f"{file} does not compile after an edit: {error}") from error
        return Sources(texts, origins)

    def edited(self, edits: Iterable[Edit]) -> Lines:
        """Return the lines that edits of these sources rewrite."""
        found = set()
        for file, old, _ in edits:
            first = _line_at(self.texts[file], _position(self.texts, file, old))
            found |= {
                (file, line) for line in range(first, first + old.rstrip("\n").count("\n") + 1)
            }
        return frozenset(found)

    def statements(self, places: Iterable[Place]) -> Lines:
        """Return the lines of the innermost statements that hold the snippets."""
        found = set()
        for file, snippet in places:
            text = self.texts.get(file, "")
            start = _position(self.texts, file, snippet)
            first = _line_at(text, start + len(snippet) - len(snippet.lstrip()))
            last = _line_at(text, start + len(snippet.rstrip()) - 1)
            found |= {(file, line) for line in _statement(ast.parse(text), first, last)}
        return frozenset(found)

    def coming_from(self, lines: Lines) -> Lines:
        """Return the lines here whose origin is one of some healthy lines."""
        return frozenset(
            (file, number)
            for file, origins in self.origins.items()
            for number, origin in enumerate(origins, start=1)
            if any((file, line) in lines for line in origin)
        )

    def write(self, folder: Path) -> Path:
        """Write the modules below a folder named by their digest; returns that folder."""
        target = folder / self.digest
        if not target.exists():
            for name, text in self.texts.items():
                path = target / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
        return target


def edits_of(changes: Sequence[Fault]) -> tuple[Edit, ...]:
    """Return the edits of several changes, in order."""
    return tuple(edit for change in changes for edit in change.edits)


def can_be_combined(sources: Sources, one: Fault, other: Fault) -> bool:
    """Return whether two changes leave each other's places alone and give the same in any order."""
    if sources.edited(one.edits) & sources.edited(other.edits):
        return False
    if set(one.config) & set(other.config):
        return False
    if sources.statements(one.truth) & (
        sources.edited(other.edits) | sources.statements(other.truth)
    ):
        return False
    if sources.statements(other.truth) & sources.edited(one.edits):
        return False
    try:
        there = sources.with_edits((*one.edits, *other.edits))
        back = sources.with_edits((*other.edits, *one.edits))
    except PlantingError:
        return False
    return there.digest == back.digest


def check(sources: Sources, fault: Fault) -> None:
    """Raise PlantingError if a fault does not fit: texts not unique, no effect, not compiling."""
    broken = sources.with_edits(fault.edits)
    if fault.edits and broken.digest == sources.digest:
        raise PlantingError(f"{fault.name}: the edits leave the sources as they are.")
    lines = sources.statements(fault.truth)
    if fault.truth and not lines:
        raise PlantingError(f"{fault.name}: the truth is no statement.")


def _position(texts: Mapping[str, str], file: str, snippet: str) -> int:
    if file not in texts:
        raise PlantingError(f"There is no file {file}, only {', '.join(texts)}.")
    n = texts[file].count(snippet) if snippet else 0
    if n != 1:
        raise PlantingError(f"{file}: must occur once, not {n} times: {snippet!r}")
    return texts[file].index(snippet)


def _line_at(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _own_lines(text: str) -> tuple[frozenset[int], ...]:
    return tuple(frozenset({i}) for i in range(1, text.count("\n") + 2))


def _after(
    origins: tuple[frozenset[int], ...], text: str, start: int, old: str, new: str
) -> tuple[frozenset[int], ...]:
    """Return the origins after an edit; as many new lines as old ones match one by one."""
    first = _line_at(text, start) - 1
    # A trailing line break, kept by the edit, leaves the next line alone.
    kept = int(old.endswith("\n") and new.endswith("\n"))
    n_old, n_new = old.count("\n") + 1 - kept, new.count("\n") + 1 - kept
    replaced = origins[first : first + n_old]
    if n_old != n_new:
        replaced = (frozenset().union(*replaced),) * n_new
    return (*origins[:first], *replaced, *origins[first + n_old :])


def _statement(tree: ast.Module, first: int, last: int) -> range:
    """Return the lines of the innermost statement that holds some lines; a head has no body."""
    best = range(first, last + 1)
    smallest = None
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt):
            continue
        begin, end = node.lineno, node.end_lineno or node.lineno
        if begin <= first and last <= end and (smallest is None or end - begin < smallest):
            smallest = end - begin
            body = getattr(node, "body", None)
            if isinstance(body, list) and body and last < body[0].lineno:
                end = body[0].lineno - 1
            best = range(begin, end + 1)
    return best
