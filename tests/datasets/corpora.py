"""A small corpus in a folder, made of bundled runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lineage_stats import TraceStore
from lineage_stats.datasets import load_faulty_pipelines


def write_corpus(folder: Path, *, test_case: bool = False) -> Path:
    """Write a corpus of one pipeline: five healthy runs and three cases.

    With ``test_case``, the last case is put into the part "test".
    """
    runs = load_faulty_pipelines(pipeline="parcels")
    rows = [row for row in runs.labels if row["class"] == "healthy"][:5]
    cases = [row for row in runs.labels if row["class"] != "healthy"][:3]
    of_test = [cases.pop()] if test_case else []
    about = {"parcels": {"part": "development"}}
    for part, chosen in (("development", rows + cases), ("test", of_test)):
        if chosen:
            _write_part(folder / part, chosen, about)
    return folder


def _write_part(folder: Path, rows: Iterable[dict[str, Any]], about: dict[str, Any]) -> None:
    traces = load_faulty_pipelines(pipeline="parcels").traces
    files = {}
    for row in rows:
        path = TraceStore(folder).write(traces.get(row["run_id"]))
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        files[row["run_id"]] = {"file": path.relative_to(folder).as_posix(), "sha256": digest}
    manifest = {"format": 1, "part": folder.name, "pipelines": about, "kinds": {}, "runs": files}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "labels.jsonl").write_text(text, encoding="utf-8")
