"""What was really wrong with a recorded run: labels, read as they were written."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HEALTHY = "healthy"

Label = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One of the changes that make up a faulty run.

    Attributes
    ----------
    name : str
        Kind, severity and variant in one.
    kind : str
        What goes wrong, as ``filter_inverted``; the manifest has a sentence on each.
    family : str
        Family of the operation at fault, as ``selection``; ``harmless`` for one that hurts nothing.
    severity : {"glaring", "clear", "subtle"}
        How large the change is.
    by : str
        What was changed: ``code``, ``data``, ``config``, or several joined by ``+``.
    to_blame : bool
        Whether it is a fault; False for a harmless change.
    operations : tuple of str
        Keys of the operations that it sits at, as in healthy runs, or in this one where it put them
        in. Empty if it is harmless.
    alone : float or None
        By how much the metric is worse on the same day with this change only; None where the
        run broke down.
    share : float or None
        Its part of the whole drop: the exact Shapley value over the versions of the run.
    """

    name: str
    kind: str
    family: str
    severity: str
    by: str
    to_blame: bool
    operations: tuple[str, ...]
    alone: float | None
    share: float | None


@dataclass(frozen=True, slots=True)
class RecordedFault:
    """What was planted in a recorded run, and what it did to the metric.

    Attributes
    ----------
    kind, family, severity : str
        Of the change that gives the run its name; see `Change`.
    case : str
        Name of the case; its runs differ in nothing but the day.
    case_class : {"C1", "C2", "C3", "C4", "C5", "none"}
        Class of the case; ``DESCR`` describes them. "none": nothing is to be blamed.
    seed : int
        How many-th run of the case, from 0.
    target : tuple of str
        Keys of the operations that are right answers, as in healthy runs, or in this one where
        they were put in. Empty if nothing is to be blamed.
    lines : tuple of str
        The same as ``file:line`` of this run.
    drop : float or None
        By how much the metric is worse than on the same day without the changes, in points of
        the metric; negative where it is better, None where the run broke down.
    drop_in_sd : float or None
        The same in standard deviations of the healthy runs.
    harmful : bool
        Whether it is a fault and the metric drops by at least three of these.
    changes : tuple of Change
        The changes that make up the case; empty if only the machine was busy.
    """

    kind: str
    family: str
    severity: str
    case: str
    case_class: str
    seed: int
    target: tuple[str, ...]
    lines: tuple[str, ...]
    drop: float | None
    drop_in_sd: float | None
    harmful: bool
    changes: tuple[Change, ...]

    def __repr__(self) -> str:
        drop = "no metric" if self.drop is None else f"drop {self.drop:.3g}"
        where = f" at {', '.join(self.target)}" if self.target else ""
        return f"<RecordedFault {self.case_class} {self.kind}, {self.severity}{where}: {drop}>"


def read_labels(path: Path) -> list[dict[str, Any]]:
    """Read labels, one a line."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def fault_of(label: Label) -> RecordedFault | None:
    """Return what was planted in the run of that label; None in a healthy one."""
    if label["class"] == HEALTHY:
        return None
    return RecordedFault(
        kind=label["kind"],
        family=label["family"],
        severity=label["severity"],
        case=label["case"],
        case_class=label["class"],
        seed=label["seed"],
        target=tuple(label["truth"]),
        lines=tuple(label["truth_lines"]),
        drop=label["drop"],
        drop_in_sd=label["drop_in_sd"],
        harmful=label["harmful"],
        changes=_changes(label["changes"]),
    )


def _changes(records: Sequence[Label]) -> tuple[Change, ...]:
    return tuple(
        Change(
            name=record["name"],
            kind=record["kind"],
            family=record["family"],
            severity=record["severity"],
            by=record["by"],
            to_blame=record["to_blame"],
            operations=tuple(record["truth"]),
            alone=record["alone"],
            share=record["share"],
        )
        for record in records
    )
