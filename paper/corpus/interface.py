"""What a pipeline of the corpus consists of: its declaration, its days and its faults.

See README.md beside this file. A pipeline is a folder ``pipelines/<name>`` with ``main.py`` (and
other modules of its own), ``day.py`` (``PIPELINE``, ``write_day``) and ``faults.py`` (``FAULTS``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from corpus.kinds import KINDS, Kind

__all__ = ["CLASSES", "KINDS", "PARTS", "SEVERITIES", "TASKS", "Fault", "Kind", "Pipeline"]

PARTS = ("development", "validation", "test")
SEVERITIES = ("glaring", "clear", "subtle")
TASKS = ("classification", "regression", "clustering", "forecasting")
CLASSES = {
    "none": "a harmless change alone: nothing is to be blamed",
    "C1": "one fault",
    "C2": "one harmful fault and a harmless change of what is recorded",
    "C3": "one harmful fault and a real but harmless change of another operation",
    "C4": "two harmful faults of different operations",
    "C5": "one silent fault: no marginal profile changes where it happens",
    "C6": "one harmful fault, and elsewhere the program is written in another way of like effect",
}
WRITTEN_CLASSES = ("none", "C1", "C5")  # the others are composed of these; see cases.py

Damage = Callable[[Path, np.random.Generator], None]
Edit = tuple[str, str, str]
Place = tuple[str, str]


@dataclass(frozen=True)
class Pipeline:
    """The declaration of one pipeline.

    ``metric`` is the name of the function of ``sklearn.metrics`` whose last call is the headline.
    """

    name: str
    metric: str
    task: str
    part: str
    about: str
    greater_is_better: bool = True

    def __post_init__(self) -> None:
        _check("task", self.task, TASKS, self.name)
        _check("part", self.part, PARTS, self.name)


@dataclass(frozen=True)
class Fault:
    """One way of breaking one pipeline, at one severity.

    ``edits`` are (file, old, new): ``old`` must occur exactly once in that file. ``data`` damages
    the folder of the day. ``config`` is merged into the day's ``config.json``. ``truth`` names the
    operations that a person would blame, as (file, snippet) of the *healthy* sources; a snippet has
    to occur once. Several places are equally right (a constructor and its fit). Empty: nothing is
    to be blamed (class "none"). ``variant`` tells two faults of one kind and severity apart.
    """

    kind: str
    severity: str
    edits: tuple[Edit, ...] = ()
    data: Damage | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    truth: tuple[Place, ...] = ()
    cls: str = "C1"
    note: str = ""
    variant: str = ""

    def __post_init__(self) -> None:
        _check("kind", self.kind, tuple(KINDS), self.name)
        _check("severity", self.severity, SEVERITIES, self.name)
        _check("cls", self.cls, WRITTEN_CLASSES, self.name)
        if not (self.edits or self.data or self.config):
            raise ValueError(f"{self.name} changes nothing: give edits, data or config.")
        if (self.cls == "none") != (not self.truth):
            raise ValueError(f"{self.name}: a fault has a truth, a harmless change has none.")
        if (self.cls == "none") != (KINDS[self.kind].family == "harmless"):
            raise ValueError(f"{self.name}: class 'none' is for kinds of family 'harmless'.")

    @property
    def name(self) -> str:
        """Name of the fault, unique within its pipeline."""
        return "-".join(filter(None, (self.kind, self.severity, self.variant)))

    @property
    def family(self) -> str:
        """Family of the operation at fault."""
        return KINDS[self.kind].family


def _check(name: str, value: str, allowed: tuple[str, ...], where: str) -> None:
    if value not in allowed:
        raise ValueError(f"{where}: {name} must be one of {', '.join(allowed)}. Got {value!r}.")
