"""Writes labels and manifest of each part of the corpus."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from corpus.interface import KINDS, PARTS
from corpus.labels import Measured, label

LABELS, MANIFEST = "labels.jsonl", "manifest.json"
FORMAT = 1

Row = Mapping[str, Any]


def write_parts(
    out: Path, measured: Sequence[Measured], versions: Mapping[str, str] | None = None
) -> str:
    """Write labels and manifests, and remove traces that nothing refers to; returns a summary.

    What the folder has of pipelines that are not given stays as it is.
    """
    rows: dict[str, list[Row]] = {part: [] for part in PARTS}
    runs: dict[str, dict[str, Any]] = {part: {} for part in PARTS}
    for one in measured:
        for run_id, record in one.runs.items():
            part, _, file = record["file"].partition("/")
            rows[part].append(label(one, one.jobs[run_id], record))
            digests = {name: record[name] for name in ("sha256", "content")}
            runs[part][run_id] = {"file": file, **digests}
    for part in PARTS:
        if rows[part]:
            _write_part(out / part, rows[part], runs[part], measured, dict(versions or {}))
    return summary(measured)


def summary(measured: Sequence[Measured]) -> str:
    """Return what was recorded, one line for each pipeline."""
    lines = []
    for one in measured:
        labels = [label(one, one.jobs[run_id], record) for run_id, record in one.runs.items()]
        classes = Counter(row["class"] for row in labels)
        harmful = sum(row["harmful"] for row in labels)
        failed = sum(row["status"] != "ok" for row in labels)
        seconds = sum(record["cpu"] for record in one.runs.values())
        counts = ", ".join(f"{n} {name}" for name, n in sorted(classes.items()))
        lines.append(
            f"{one.entry.name}: {one.entry.pipeline.metric} {one.center:.3f}, sd {one.sd:.3f}; "
            f"{counts}; {harmful} harmful, {failed} failed; {seconds:.0f} s of computing"
        )
        lines += [f"  no operation at the truth: {run_id}" for run_id in without_truth(labels)]
    return "\n".join(lines)


def without_truth(labels: Iterable[Row]) -> list[str]:
    """Return cases that have something to blame, at which no operation was recorded."""
    cases = {
        f"{row['pipeline']} {row['case']}"
        for row in labels
        if row["class"] not in ("healthy", "none") and not row["truth"]
    }
    return sorted(cases)


def _write_part(
    folder: Path,
    rows: list[Row],
    runs: dict[str, Any],
    measured: Sequence[Measured],
    versions: dict[str, str],
) -> None:
    here = {row["pipeline"] for row in rows}
    old_rows, old = _other_pipelines(folder, here)
    rows = sorted([*old_rows, *rows], key=lambda row: str(row["run_id"]))
    runs = {**old.get("runs", {}), **runs}
    manifest = {
        "format": FORMAT,
        "part": folder.name,
        "made_with": {"python": sys.version.split()[0], **versions},
        "pipelines": {
            **old.get("pipelines", {}),
            **{one.entry.name: _about(one) for one in measured if one.entry.name in here},
        },
        "kinds": {kind: KINDS[kind].about for kind in sorted(_kinds(rows))},
        "runs": {row["run_id"]: runs[row["run_id"]] for row in rows},
    }
    with (folder / LABELS).open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    known = {run["file"] for run in manifest["runs"].values()}
    for path in folder.glob("*/*.parquet"):
        if path.relative_to(folder).as_posix() not in known:
            path.unlink()


def _kinds(rows: Iterable[Row]) -> set[str]:
    """Return all kinds that occur, harmless ones in compositions among them."""
    cases = [row for row in rows if "kind" in row]
    return {row["kind"] for row in cases} | {c["kind"] for row in cases for c in row["changes"]}


def _other_pipelines(folder: Path, here: set[str]) -> tuple[list[Row], dict[str, Any]]:
    """Return labels and manifest of the pipelines that were recorded at another time."""
    if not (folder / MANIFEST).exists():
        return [], {}
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    lines = (folder / LABELS).read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if row["pipeline"] not in here]
    kept = {row["run_id"] for row in rows}
    manifest["runs"] = {key: run for key, run in manifest["runs"].items() if key in kept}
    manifest["pipelines"] = {
        name: about for name, about in manifest["pipelines"].items() if name not in here
    }
    return rows, manifest


def _about(one: Measured) -> dict[str, Any]:
    pipeline = one.entry.pipeline
    return {
        "about": pipeline.about,
        "task": pipeline.task,
        "part": pipeline.part,
        "metric": pipeline.metric,
        "greater_is_better": pipeline.greater_is_better,
        "metric_median": one.center,
        "metric_sd": one.sd,
    }
