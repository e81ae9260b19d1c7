"""The result of scoring one run."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from lineage_stats.detectors._roles import NOTICE_STATISTICS
from lineage_stats.exceptions import TraceFileError, UnknownOperationError
from lineage_stats.trace._render import printable

Columns = Mapping[str, npt.NDArray[Any]]

_SMALLEST_P: Final = 1e-6  # shown; smaller ones are in the tables
CELL_COLUMNS: Final[Mapping[str, str]] = {
    "operation": "text", "feature": "text", "kind": "text", "value": "number",
    "centre": "number", "scale": "number", "lower": "number", "upper": "number",
    "observed": "text", "expected": "text", "score": "number", "p_value": "number",
    "adjusted_p_value": "number", "flagged": "flag", "since": "text", "location": "text",
}  # fmt: skip
OPERATION_COLUMNS: Final[Mapping[str, str]] = {
    "operation": "text", "score": "number", "p_value": "number", "flagged": "flag",
    "origin": "flag", "finding": "text", "feature": "text", "observed": "text", "expected": "text",
    "location": "text",
}  # fmt: skip
SCHEMA_VERSION: Final = 2


@dataclass(frozen=True, eq=False)
class TraceScore:
    """How abnormal one run is, and where.

    Attributes
    ----------
    run_id : str
        Run that was scored.
    pipeline : str
        Its pipeline.
    detector : str
        Name of the detector's class.
    p_value : float
        Probability that a healthy run is as abnormal.
    false_alarm_rate : float
        Share of healthy runs that may be flagged.
    n_runs : int
        Healthy runs behind the baseline.
    runs_needed : int
        Healthy runs from which `false_alarm_rate` is honest.
    alarms : mapping of str to float
        Probability of each kind of alarm on its own: ``"many cells"`` (many small deviations),
        the kinds of cells, and the groups of news.

    Notes
    -----
    `score` is ``-log10(p_value)``: higher is more anomalous. Code digests (features ``call``,
    ``statement``, ``code``) are listed where they changed but have no say in any probability: a
    change of the program's text is a hint, not a fault.
    """

    run_id: str
    pipeline: str
    detector: str
    p_value: float
    false_alarm_rate: float
    n_runs: int
    runs_needed: int
    alarms: Mapping[str, float]
    _cells: Columns = field(repr=False)
    _operations: Columns = field(repr=False)

    @property
    def score(self) -> float:
        """``-log10(p_value)``, at most 300; higher is more anomalous."""
        return float(-np.log10(max(self.p_value, 1e-300)))

    @property
    def flagged(self) -> bool:
        """Whether the run is anomalous at `false_alarm_rate`."""
        return self.p_value < self.false_alarm_rate

    @property
    def cells(self) -> pd.DataFrame:
        """One row per judged cell, most abnormal first.

        Columns: operation, feature, kind, value, centre, scale, lower and upper (the range
        outside which the cell alone makes a run anomalous; for a metric the range that holds
        all but `false_alarm_rate` of its healthy values; NaN for a cell outside of it that is
        as it should be on a day of so many rows, or was accepted), observed and expected (as text),
        score (``-log10(p_value)``), p_value (of this very cell), adjusted_p_value (of the run,
        were this its only oddity), flagged, since (first run of the present regime, where the
        detector knows), location.
        """
        return pd.DataFrame(_with_text(self._cells))

    @property
    def operations(self) -> pd.DataFrame:
        """One row per operation, indexed by its key, in order of abnormality.

        Columns: score, p_value (of the run, were this operation its only oddity), flagged,
        origin, finding (the origin that a flagged operation goes back to), feature (the most
        abnormal one), observed, expected, location. Flagged operations come first; among them the
        origins: those without a flagged operation upstream that makes the run anomalous by itself
        or is at least half as abnormal. Within each part the score
        decides. Where nothing else explains an abnormal metric, operations upstream of it whose
        code changed are flagged and come first.
        """
        return pd.DataFrame(dict(self._operations)).set_index("operation")

    @property
    def findings(self) -> pd.DataFrame:
        """One row per fault, indexed by the operation where it began, most abnormal first.

        Columns: score, p_value, feature, observed, expected, location (as in `operations`),
        and n_operations (flagged operations that go back to it, itself included).
        """
        table = self.operations
        sizes = table.loc[table["flagged"], "finding"].value_counts()
        origins = table[table["origin"]].copy()
        origins["n_operations"] = sizes.reindex(origins.index).fillna(1).astype(np.int64)
        return origins.drop(columns=["flagged", "origin", "finding"])

    @property
    def flagged_operations(self) -> tuple[str, ...]:
        """Keys of the operations with a flagged cell, in order of abnormality."""
        keys, flags = self._operations["operation"], self._operations["flagged"]
        return tuple(str(key) for key in keys[flags])

    def to_frame(self) -> pd.DataFrame:
        """Return `cells`."""
        return self.cells

    def explain(self, operation: str) -> pd.DataFrame:
        """Return the cells of one operation, most abnormal first, indexed by feature.

        Parameters
        ----------
        operation : str
            Key of the operation.

        Returns
        -------
        DataFrame
            Columns as of `cells`, and n_runs: the healthy runs that the range `lower` to `upper`
            comes from.

        Raises
        ------
        UnknownOperationError
            If no cell of that operation was judged.
        """
        chosen = self._cells["operation"] == operation
        if not chosen.any():
            known = ", ".join(sorted(set(self._cells["operation"]))) or "none"
            raise UnknownOperationError(
                f"Run {self.run_id} was not judged at an operation '{operation}'. "
                f"Judged operations: {known}."
            )
        rows = {name: column[chosen] for name, column in self._cells.items()}
        table = pd.DataFrame(_with_text(rows)).set_index("feature").drop(columns="operation")
        return table.assign(n_runs=self.n_runs)

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain data that JSON can hold; what is not finite is None."""
        return {
            "schema_version": SCHEMA_VERSION,
            "run_id": self.run_id,
            "pipeline": self.pipeline,
            "detector": self.detector,
            "p_value": _finite(self.p_value),
            "score": _finite(self.score),
            "flagged": self.flagged,
            "false_alarm_rate": self.false_alarm_rate,
            "n_runs": self.n_runs,
            "runs_needed": self.runs_needed,
            "alarms": {name: _finite(p) for name, p in self.alarms.items()},
            "cells": _records(_with_text(self._cells)),
            "operations": _records(self._operations),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> TraceScore:
        """Make a result from what `to_dict` returned."""
        version = record.get("schema_version")
        if not isinstance(version, int) or not 1 <= version <= SCHEMA_VERSION:
            raise TraceFileError(
                f"The record is no TraceScore of schema version 1 to {SCHEMA_VERSION} "
                f"(found version {version!r}). Score the run again."
            )
        return cls(
            run_id=record["run_id"],
            pipeline=record["pipeline"],
            detector=record["detector"],
            p_value=record["p_value"],
            false_alarm_rate=record["false_alarm_rate"],
            n_runs=record["n_runs"],
            runs_needed=record["runs_needed"],
            alarms=dict(record["alarms"]),
            _cells=columns_of_records(record["cells"], CELL_COLUMNS),
            _operations=columns_of_records(record["operations"], OPERATION_COLUMNS),
        )

    def save(self, path: str | Path) -> Path:
        """Write the result to a folder: JSON for the verdict, Parquet for the tables.

        Parameters
        ----------
        path : str or Path
            Folder; it is made. A score that it holds is replaced.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        FileExistsError
            If there is something else at `path`.
        """
        # The module needs this class to read results.
        from lineage_stats.detectors._score_files import save_score

        return save_score(self, Path(path))

    def __repr__(self) -> str:
        verdict = "anomalous" if self.flagged else "healthy"
        first = self.flagged_operations[:1]
        return printable(
            f"<TraceScore {self.run_id}: {verdict}, {_p_text(self.p_value)}"
            f"{', first ' + first[0] if first else ''}>"
        )

    def summary(self, n: int = 5) -> str:
        """Return the verdict and the `n` most abnormal operations as text."""
        lines = [self._verdict()]
        if self.n_runs < self.runs_needed:
            lines.append(
                f"Only {self.n_runs} healthy runs are known; the rate is honest from "
                f"{self.runs_needed}."
            )
        elif self.n_runs < (enough := _runs_to_count(self.false_alarm_rate)):
            lines.append(
                f"A rate of {self.false_alarm_rate:g} is counted from {enough} healthy runs on; "
                f"with {self.n_runs} it is continued beyond what they showed."
            )
        shown = [row for row in _records(self._operations) if row["flagged"]][:n]
        if self.flagged and not shown:
            lines.append("No cell stands out alone: many deviate a little at once.")
        for row in shown:
            where = f"  ({row['location']})" if row["location"] else ""
            lines.append(f"  {row['operation']}{where}")
            # That code changed is no oddity by itself, but what comes after it is odd.
            p = "" if row["feature"] in NOTICE_STATISTICS else f"  [{_p_text(row['p_value'])}]"
            lines.append(f"      {_finding(row)}{p}")
        changed = self.code_changes
        if changed:
            lines.append(f"Code changed at: {', '.join(changed)}.")
        return "\n".join(map(printable, lines))

    @property
    def code_changes(self) -> tuple[str, ...]:
        """Keys of the operations of which the code text changed, or that are new and only look.

        Where it is only that of lines between operations, these are all that come after them.
        """
        told = self._cells["kind"] == "notice"
        new = told & (self._cells["feature"] == "present")
        own = told & (self._cells["feature"] != "slice") & ~new
        chosen = own | new if own.any() else told
        return tuple(dict.fromkeys(str(op) for op in self._cells["operation"][chosen]))

    def _verdict(self) -> str:
        verdict = "ANOMALOUS" if self.flagged else "healthy"
        return (
            f"Run {self.run_id} of '{self.pipeline}' is {verdict}: a healthy run is as abnormal "
            f"with {_p_text(self.p_value)} (flagged below {self.false_alarm_rate:g}; "
            f"{self.detector}, {self.n_runs} healthy runs)."
        )

    def _repr_html_(self) -> str:
        table = self.operations.head(10)
        table = table.assign(score=table["score"].round(2))
        shown = table[["score", "flagged", "feature", "observed", "expected", "location"]]
        return f"<p>{html.escape(self._verdict())}</p>{shown.to_html(border=0)}"


def _p_text(p: float) -> str:
    """Return a p-value as text; how far below a million healthy runs, no baseline can tell."""
    return f"p < {_SMALLEST_P:g}" if p < _SMALLEST_P else f"p = {p:.2g}"


def _runs_to_count(rate: float) -> int:
    """Return from how many healthy runs on one in `1 / rate` can be counted."""
    return math.ceil(1 / rate - 1e-9) - 1


def _finding(row: Mapping[str, Any]) -> str:
    """Return what is odd about an operation."""
    if row["feature"] == "present":
        missing = row["observed"] == "missing"
        return "missing: healthy runs have it" if missing else "new: no healthy run has it"
    if row["feature"] in NOTICE_STATISTICS:
        where = "code that leads to it" if row["feature"] == "slice" else "its code"
        return f"{where} changed, and what comes after it is odd"
    return f"{row['feature']}: {row['observed']}, expected {row['expected']}"


def text_of(text: str, number: float) -> str:
    """Return a value as text: that of a category, else the number."""
    return text or f"{number:.6g}"


def _with_text(cells: Columns) -> dict[str, npt.NDArray[Any]]:
    """Fill in observed and expected for numbers, which costs too much to do for each score."""
    filled = dict(cells)
    for name, number in (("observed", "value"), ("expected", "centre")):
        pairs = zip(cells[name].tolist(), cells[number].tolist(), strict=True)
        filled[name] = np.array([text_of(*pair) for pair in pairs], dtype=object)
    return filled


def make_columns(rows: Mapping[str, Any], types: Mapping[str, str]) -> Columns:
    """Return read-only arrays of the right type, one per column."""
    dtypes = {"text": object, "number": np.float64, "flag": np.bool_}
    columns: dict[str, npt.NDArray[Any]] = {}
    for name, kind in types.items():
        column: npt.NDArray[Any] = np.array(rows[name], dtype=dtypes[kind])
        column.flags.writeable = False
        columns[name] = column
    return columns


def columns_of_records(records: list[Mapping[str, Any]], types: Mapping[str, str]) -> Columns:
    """Return columns from rows; the inverse of `_records`."""
    # Columns that came later have a default.
    defaults = {"text": "", "number": math.nan, "flag": False}
    rows = {
        name: [row.get(name, defaults[kind]) for row in records] for name, kind in types.items()
    }
    return make_columns(rows, types)


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _records(columns: Columns) -> list[dict[str, Any]]:
    """Return rows of plain values; numbers that are not finite are None."""
    plain = {name: [_finite(v) for v in column.tolist()] for name, column in columns.items()}
    return [dict(zip(plain, row, strict=True)) for row in zip(*plain.values(), strict=True)]
