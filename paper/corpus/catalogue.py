"""Finds the pipelines of the corpus and loads what they declare."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from corpus.interface import Fault, Pipeline
from corpus.planting import Sources, check

HERE = Path(__file__).parent
PIPELINES = HERE / "pipelines"


@dataclass(frozen=True)
class Entry:
    """A pipeline with everything that belongs to it."""

    pipeline: Pipeline
    folder: Path
    sources: Sources
    faults: tuple[Fault, ...]
    write_day: Callable[[Path, int, np.random.Generator], None]

    @property
    def name(self) -> str:
        """Name of the pipeline."""
        return self.pipeline.name

    @cached_property
    def digests(self) -> tuple[str, str]:
        """Digests of what healthy runs are made of, and of what faulty ones are made of."""
        healthy = [path for path in self.folder.rglob("*.py") if path.name != "faults.py"]
        healthy += [HERE / "days.py"]
        faulty = [*healthy, *self.folder.glob("faults.py"), HERE / "damage.py"]
        return _digest(healthy), _digest(faulty)

    def fault(self, name: str) -> Fault:
        """Return the fault of that name."""
        return next(fault for fault in self.faults if fault.name == name)


def names(folder: Path = PIPELINES) -> tuple[str, ...]:
    """Return the names of all pipelines, sorted."""
    found = sorted(path.parent.name for path in folder.glob("*/day.py"))
    return tuple(name for name in found if (folder / name / "main.py").exists())


@cache
def load(name: str, folder: Path = PIPELINES) -> Entry:
    """Load one pipeline and check that its faults fit its sources."""
    place = folder / name
    if not (place / "day.py").exists():
        raise ValueError(f"There is no pipeline {name!r}, only {', '.join(names(folder))}.")
    day = _module(place / "day.py", f"_corpus_{name}_day")
    has_faults = (place / "faults.py").exists()
    faults = _module(place / "faults.py", f"_corpus_{name}_faults").FAULTS if has_faults else ()
    entry = Entry(day.PIPELINE, place, Sources.read(place), tuple(faults), day.write_day)
    if entry.name != name:
        raise ValueError(f"The pipeline in {place} is called {entry.name!r}.")
    _check_names(entry)
    for fault in entry.faults:
        try:
            check(entry.sources, fault)
        except ValueError as error:
            raise ValueError(f"{name}/{fault.name}: {error}") from error
    return entry


def load_all(chosen: Iterable[str] | None = None) -> tuple[Entry, ...]:
    """Load several pipelines, all by default."""
    return tuple(load(name) for name in (chosen or names()))


def _check_names(entry: Entry) -> None:
    seen: set[str] = set()
    for fault in entry.faults:
        if fault.name in seen:
            raise ValueError(f"{entry.name}: two faults are called {fault.name}; give a variant.")
        seen.add(fault.name)


def _digest(files: Iterable[Path]) -> str:
    texts = (path.read_bytes() for path in sorted(files) if path.exists())
    return hashlib.sha256(b"\0".join(texts)).hexdigest()[:16]


def _module(path: Path, name: str) -> ModuleType:
    """Load a file as a module under a name of its own: every pipeline has a day.py."""
    spec: Any = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
