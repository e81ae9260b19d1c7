"""One executed step of a run, and the handles to the data that passed through it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

BETTER: Final = "param[greater_is_better]"  # fact of a metric that the program logged


@dataclass(frozen=True, slots=True)
class DataRef:
    """Handle to data on an edge of the graph; never the data itself.

    Attributes
    ----------
    id : str
        Unique within the run; a new one for each new version of the data.
    kind : {"table", "column", "array", "grouping", "model", "value", "opaque"}
        What sort of object it was.
    rows : int or None
        Number of rows; None where it is not known.
    n_columns : int or None
        Number of columns; None where there are none.
    schema : str or None
        Digest of column names, dtypes and order; `Trace.schemas` holds the columns behind it.

    Examples
    --------
    >>> DataRef("d1", "table", rows=100, n_columns=3).rows
    100
    """

    id: str
    kind: str = "opaque"
    rows: int | None = None
    n_columns: int | None = None
    schema: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the reference as plain data that JSON can hold."""
        return {name: getattr(self, name) for name in _REF_FIELDS}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> DataRef:
        """Make a reference from what `to_dict` returned."""
        return cls(**{name: record[name] for name in _REF_FIELDS if name in record})


@dataclass(frozen=True, slots=True)
class Operation:
    """One executed step of a run.

    Attributes
    ----------
    key : str
        The *same* step across runs: ``scope/name#occurrence``, or the user's label.
    name : str
        Qualified name of what was called, as ``DataFrame.merge`` or ``f1_score``.
    kind : str
        One of `lineage_stats.trace.OPERATION_KINDS`.
    scope : str
        Calling function, as ``module.function``; ``<module>`` for top-level code.
    occurrence : int
        How many-th call of that name in that scope, from 1.
    inputs, outputs : tuple of DataRef
        Data read and made, in the order of the arguments and of the results.
    features : mapping of str to float
        What was measured, by feature name (see `lineage_stats.features`).
    facts : mapping of str to str
        What is equal or not, never more or less: ``call``, ``statement``, ``code`` (digests of
        source and code) and ``param[name]`` (parameters, as text or digest).
    status : {"ok", "failed"}
        Whether the call returned or raised.
    error : str or None
        Type of the exception, without its message (messages hold data).
    start_ns : int
        Start of the call, nanoseconds since the epoch.
    duration_ns : int
        Wall time of the call in nanoseconds.
    file : str or None
        Source file of the call: shown, never identity.
    line : int or None
        Line of the call in `file`: shown, never identity.
    source : str or None
        Reserved for the text of the calling statement; always None in this version.
    metric : str or None
        Name of the metric that this operation computed; its value is the feature
        ``metric_value``.
    lineage : str or None
        How the columns of the outputs come from those of the inputs, as JSON, as far as names of
        columns do not tell; `Trace.upstream` reads it. None where nothing was recorded.
    steps : str or None
        What ran inside, as JSON, where the call can be unfolded; `Trace.steps` reads it.
    cell : str or None
        Id of the notebook's cell that ran; None outside of notebooks.

    Examples
    --------
    >>> Operation(key="main/DataFrame.dropna#1", name="DataFrame.dropna", kind="selection").scope
    ''
    """

    key: str
    name: str
    kind: str = "opaque"
    scope: str = ""
    occurrence: int = 1
    inputs: tuple[DataRef, ...] = ()
    outputs: tuple[DataRef, ...] = ()
    features: Mapping[str, float] = field(default_factory=dict, hash=False)
    facts: Mapping[str, str] = field(default_factory=dict, hash=False)
    status: str = "ok"
    error: str | None = None
    start_ns: int = 0
    duration_ns: int = 0
    file: str | None = None
    line: int | None = None
    source: str | None = None
    metric: str | None = None
    lineage: str | None = None
    cell: str | None = None
    steps: str | None = None

    def __eq__(self, other: object) -> bool:
        """Compare field by field; NaN equals NaN, or a stored trace would not equal itself."""
        if not isinstance(other, Operation):
            return NotImplemented
        return _same_values(self.features, other.features) and all(
            getattr(self, name) == getattr(other, name) for name in _FIELDS if name != "features"
        )

    @property
    def location(self) -> str:
        """Call site as ``file:line``, or ``""`` where it is not known."""
        if not self.file:
            return ""
        return f"{self.file}:{self.line}" if self.line else self.file

    @property
    def metric_value(self) -> float | None:
        """Value of the metric that this operation computed, if it computed one."""
        return self.features.get("metric_value") if self.metric else None

    @property
    def greater_is_better(self) -> bool | None:
        """Which way the program said that the metric is better; None where it did not say."""
        return {"True": True, "False": False}.get(self.facts.get(BETTER, ""))

    def to_dict(self) -> dict[str, Any]:
        """Return the operation as plain data that JSON can hold."""
        record: dict[str, Any] = {name: getattr(self, name) for name in _FIELDS}
        record["inputs"] = [ref.to_dict() for ref in self.inputs]
        record["outputs"] = [ref.to_dict() for ref in self.outputs]
        record["features"] = dict(self.features)
        record["facts"] = dict(self.facts)
        return record

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Operation:
        """Make an operation from what `to_dict` returned; unknown names are ignored."""
        known = {name: record[name] for name in _FIELDS if name in record}
        known["inputs"] = tuple(DataRef.from_dict(r) for r in known.get("inputs") or ())
        known["outputs"] = tuple(DataRef.from_dict(r) for r in known.get("outputs") or ())
        known["features"] = dict(known.get("features") or {})
        known["facts"] = dict(known.get("facts") or {})
        return cls(**known)


# Asking a dataclass for its fields takes longer than reading them.
_REF_FIELDS = tuple(f.name for f in fields(DataRef))
_FIELDS = tuple(f.name for f in fields(Operation))


def _same_values(a: Mapping[str, float], b: Mapping[str, float]) -> bool:
    return a.keys() == b.keys() and all(
        value == b[name] or (value != value and b[name] != b[name]) for name, value in a.items()
    )
