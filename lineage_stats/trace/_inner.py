"""Steps inside an operation, as those of a pipeline."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class InnerStep:
    """One step inside an operation that can be unfolded.

    Attributes
    ----------
    name : str
        What was called, as ``StandardScaler.fit_transform``.
    depth : int
        0 for a step of the operation, 1 for a step of such a step, and so on.
    status : {"ok", "failed", "running"}
        Whether it returned or raised; "running" where it was cut off.
    duration_ns : int
        Wall time of the call in nanoseconds.
    rows_in, columns_in, rows_out, columns_out : int or None
        Size of the data that it was given and that it made; None where there was none.
    """

    name: str
    depth: int = 0
    status: str = "ok"
    duration_ns: int = 0
    rows_in: int | None = None
    columns_in: int | None = None
    rows_out: int | None = None
    columns_out: int | None = None


def inner_steps(text: str | None) -> tuple[InnerStep, ...]:
    """Return the steps that an operation holds as JSON, in the order in which they began."""
    if not text:
        return ()
    known = {field.name for field in fields(InnerStep)}
    return tuple(
        InnerStep(**{name: value for name, value in record.items() if name in known})
        for record in json.loads(text)
    )
