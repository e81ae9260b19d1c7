"""Reads the files of a corpus, and says what is wrong with them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from lineage_stats.datasets._bunch import Bunch
from lineage_stats.datasets._planted import fault_of
from lineage_stats.exceptions import NoTracesError, SchemaVersionError, TraceFileError
from lineage_stats.storage import load_traces
from lineage_stats.trace import Trace, TraceSet

LABELS, MANIFEST = "labels.jsonl", "manifest.json"
FORMAT = 1
HOW_TO_RECORD = "Record one with: python paper/record_corpus.py --out FOLDER."

Targets = tuple[tuple[str, ...] | None, ...]
Rows = list[dict[str, Any]]


def describe() -> str:
    """Return the description of the corpus."""
    path = files("lineage_stats.datasets") / "descr" / "faulty_pipelines.md"
    return path.read_text(encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of a part; raises NoTracesError or SchemaVersionError."""
    if not folder.is_dir():
        raise NoTracesError(
            f"No corpus was found: the folder '{folder}' does not exist. {HOW_TO_RECORD}"
        )
    path = folder / MANIFEST
    if not path.exists() or not (folder / LABELS).exists():
        raise NoTracesError(
            f"The folder '{folder}' has no {MANIFEST} with {LABELS}: it is no corpus, or its "
            f"recording was not finished. {HOW_TO_RECORD}"
        )
    manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if manifest["format"] > FORMAT:
        raise SchemaVersionError(
            f"'{path}' has format {manifest['format']}, and this version of lineage_stats reads "
            f"up to {FORMAT}. Install a newer version."
        )
    return manifest


def chosen(rows: Rows, pipeline: str | None, caller: str) -> Rows:
    """Return the labels of one pipeline, or all; raises ValueError if there is none."""
    names = sorted({row["pipeline"] for row in rows})
    if pipeline is None:
        return rows
    if pipeline not in names:
        raise ValueError(
            f"The 'pipeline' parameter of {caller} must be None or one of {', '.join(names)}. "
            f"Got {pipeline!r} instead."
        )
    return [row for row in rows if row["pipeline"] == pipeline]


def read_stored(folder: Path, manifest: Mapping[str, Any], rows: Rows, verify: bool) -> list[Trace]:
    """Load the runs of some labels from a store of one file each."""
    runs = {row["run_id"]: manifest["runs"][row["run_id"]] for row in rows}
    lost = [run["file"] for run in runs.values() if not (folder / run["file"]).exists()]
    if lost:
        raise NoTracesError(
            f"{len(lost)} of {len(runs)} runs of '{folder}' are missing, '{lost[0]}' among them. "
            f"Copy the folder again, or record them again. {HOW_TO_RECORD}"
        )
    if verify:
        verify_files(folder, {run["file"]: run["sha256"] for run in runs.values()})
    found: list[Trace] = []
    for pipeline in sorted({row["pipeline"] for row in rows}):
        found += (t for t in load_traces(folder, pipeline=pipeline) if t.run_id in runs)
    return found


def verify_files(folder: Path, digests: Mapping[str, str]) -> None:
    """Raise TraceFileError if a file is not what its checksum says."""
    for file, digest in digests.items():
        if hashlib.sha256((folder / file).read_bytes()).hexdigest() != digest:
            raise TraceFileError(
                f"'{folder / file}' is not the file that was recorded: its checksum differs from "
                "that in the manifest. Copy or install it again."
            )


def as_bunch(
    traces: Iterable[Trace],
    rows: Sequence[Mapping[str, Any]],
    manifest: Mapping[str, Any],
    as_frame: bool,
    return_traces: bool,
) -> Bunch | tuple[TraceSet, Targets]:
    """Put runs and labels together, in one order."""
    runs = TraceSet(traces)
    by_run = {row["run_id"]: row for row in rows}
    labels = tuple(by_run[trace.run_id] for trace in runs)
    faults = tuple(fault_of(row) for row in labels)
    target = tuple(None if fault is None else fault.target for fault in faults)
    if return_traces:
        return runs, target
    return Bunch(
        traces=runs,
        target=target,
        faults=faults,
        labels=_frame(labels) if as_frame else labels,
        manifest=manifest,
        DESCR=describe(),
    )


def _frame(labels: Sequence[Mapping[str, Any]]) -> Any:
    import pandas as pd

    return pd.DataFrame.from_records(list(labels), index="run_id")
