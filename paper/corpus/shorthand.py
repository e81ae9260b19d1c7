"""Short ways to write down the faults of a pipeline, one line for all severities of a kind.

In each, the keywords ``glaring``, ``clear`` and ``subtle`` say what is changed at that severity.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from corpus.damage import Damage
from corpus.interface import Fault, Place

MAIN = "main.py"


def code(
    kind: str,
    old: str,
    *,
    file: str = MAIN,
    at: str | tuple[Place, ...] | None = None,
    cls: str = "C1",
    variant: str = "",
    note: str = "",
    **new: str,
) -> list[Fault]:
    """Edit one place of the program; it is the truth unless ``at`` names another."""
    truth = _places(at or old, file)
    return [
        Fault(
            kind,
            severity,
            edits=((file, old, text),),
            truth=truth,
            cls=cls,
            variant=variant,
            note=note,
        )
        for severity, text in new.items()
    ]


def data(
    kind: str,
    at: str | tuple[Place, ...],
    *,
    file: str = MAIN,
    cls: str = "C1",
    variant: str = "",
    note: str = "",
    **damages: Damage,
) -> list[Fault]:
    """Damage the day; the truth is the line that reads the table."""
    truth = _places(at, file)
    return [
        Fault(kind, severity, data=damage, truth=truth, cls=cls, variant=variant, note=note)
        for severity, damage in damages.items()
    ]


def config(
    kind: str,
    at: str | tuple[Place, ...],
    *,
    file: str = MAIN,
    variant: str = "config",
    note: str = "",
    **values: Mapping[str, Any],
) -> list[Fault]:
    """Change the configuration; the truth is the line that uses the value."""
    truth = _places(at, file)
    return [
        Fault(kind, severity, config=value, truth=truth, variant=variant, note=note)
        for severity, value in values.items()
    ]


def harmless(
    kind: str, *edits: tuple[str, str, str], severity: str = "subtle", variant: str = ""
) -> Fault:
    """Change what must not be blamed."""
    return Fault(kind, severity, edits=edits, cls="none", variant=variant)


def _places(at: str | tuple[Place, ...], file: str) -> tuple[Place, ...]:
    return ((file, at),) if isinstance(at, str) else at
