"""Run every job under lineage_stats; one trace per run goes to a store.

Usage: python record_with_lineage_stats.py JOBS.json STORE
"""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path

import lineage_stats


def main(jobs_file: str, store: str) -> None:
    for job in json.loads(Path(jobs_file).read_text(encoding="utf-8")):
        sys.argv = [job["script"], job["day"]]
        tags = {"run": job["run"], "role": job["role"]}
        with lineage_stats.record(pipeline=job["pipeline"], tags=tags, directory=store):
            runpy.run_path(job["script"], run_name="__main__")


if __name__ == "__main__":
    main(*sys.argv[1:])
