"""Scripts in folders of their own, run as real programs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from lineage_stats.storage import load_traces
from tests.conftest import ROOT

HEAD = """
import lineage_stats.auto
import pandas as pd
"""


class Program:
    """A script in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("LINEAGE_STATS_")}
        self.env["PYTHONPATH"] = str(ROOT)

    def command(self, source: str) -> list[str]:
        (self.folder / "job.py").write_text(source)
        return [sys.executable, "job.py"]

    def run(self, source: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(source), cwd=self.folder, env={**self.env, **env}, timeout=60,
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    def start(self, source: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(source), cwd=self.folder, env=self.env, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def traces(self):
        return load_traces(self.folder / "lineage_traces")

    def files(self):
        """Return the endings of all files of the store, sorted."""
        files = (self.folder / "lineage_traces").rglob("*")
        return sorted(path.suffix[1:] for path in files if path.is_file())


def names(trace):
    return [op.name for op in trace]
