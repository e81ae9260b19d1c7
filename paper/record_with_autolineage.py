"""Run every job under AutoLineage and let its own analyser judge it.

Usage: python record_with_autolineage.py JOBS.json RESULTS.jsonl N_BASELINES

Every run happens in its own forked process, so that its tracker starts empty, as it would in a
script of its own. The first jobs are healthy; the fingerprint of each of the first N_BASELINES
is saved with the tool's ``save_fingerprint``. Every later run is compared with each of these
with ``detect_anomalies`` and ``ranked_causes`` (with the metric named, and without). Which line
of the script issued an operation is read from the call stack when the tool announces a record,
which is kinder than the tool's own ``source_line`` (not every hook sets that).
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import runpy
import sys
import tempfile
from pathlib import Path
from typing import Any

with contextlib.redirect_stdout(io.StringIO()):
    import autolineage.auto  # noqa: F401  (patches pandas and scikit-learn: must come first)
from autolineage.auto import get_tracker
from autolineage.core.analyzer import LineageAnalyzer


def run_under_tracker(job: dict[str, Any]) -> tuple[Any, list[int | None]]:
    """Execute the script; return the tracker and, for each record, the line that issued it."""
    tracker = get_tracker()
    lines: list[int | None] = []
    tracker.register_post_record_callback(lambda record: lines.append(line_in(job["script"])))
    sys.argv = [job["script"], job["day"]]
    runpy.run_path(job["script"], run_name="__main__")
    return tracker, lines


def line_in(script: str) -> int | None:
    frame = sys._getframe()
    while frame is not None:
        if frame.f_code.co_filename == script:
            return frame.f_lineno
        frame = frame.f_back
    return None


def judge(job: dict[str, Any], baselines: list[str]) -> dict[str, Any]:
    tracker, lines = run_under_tracker(job)
    verdicts = []
    for baseline in baselines:
        analyzer = LineageAnalyzer(tracker)
        if not analyzer.load_baseline(baseline):
            raise RuntimeError(f"cannot load {baseline}")
        severities = [a.severity for a in analyzer.detect_anomalies()]
        ranked = {
            "named": [lines[c["step_index"]] for c in analyzer.ranked_causes(job["metric"])],
            "unnamed": [lines[c["step_index"]] for c in analyzer.ranked_causes()],
        }
        verdicts.append({"severities": severities, "ranked": ranked})
    return {"run": job["run"], "records": len(lines), "verdicts": verdicts}


def in_child(work: Any) -> str:
    """Run ``work`` in a forked process and return what it returned, as text."""
    with tempfile.NamedTemporaryFile(suffix=".json") as answer:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                Path(answer.name).write_text(json.dumps(work()), encoding="utf-8")
                code = 0
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        if status != 0:
            raise RuntimeError(f"a run under AutoLineage failed with status {status}")
        return Path(answer.name).read_text(encoding="utf-8")


def save_baseline(job: dict[str, Any], path: str) -> None:
    tracker, _ = run_under_tracker(job)
    LineageAnalyzer(tracker).save_fingerprint(path, append=False)


def main(jobs_file: str, results: str, n_baselines: str) -> None:
    jobs = json.loads(Path(jobs_file).read_text(encoding="utf-8"))
    baselines = [f"{results}.baseline-{i}.json" for i in range(int(n_baselines))]
    for job, path in zip(jobs, baselines, strict=False):
        in_child(lambda job=job, path=path: save_baseline(job, path))
    with Path(results).open("w", encoding="utf-8") as out:
        for job in jobs:
            if job["role"] != "fit":
                out.write(in_child(lambda job=job: judge(job, baselines)) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
