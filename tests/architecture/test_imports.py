"""Imports point down, and what only records stays light."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("pandas", "sklearn", "pyspark", "matplotlib", "scipy", "pyarrow")

LIGHT_MODULES = {
    "lineage_stats": ("numpy", *HEAVY),
    "lineage_stats.auto": ("numpy", *HEAVY),
    "lineage_stats.exceptions": ("numpy", *HEAVY),
    "lineage_stats.trace": ("numpy", *HEAVY),
    "lineage_stats.features": HEAVY,
    "lineage_stats.storage": HEAVY,
    "lineage_stats.hooks": HEAVY,
    "lineage_stats.export": ("mlflow", "openlineage", "opentelemetry", *HEAVY),
    "lineage_stats.gate": HEAVY,
    "lineage_stats.pytest_plugin": ("numpy", *HEAVY),
    "lineage_stats.cli": ("numpy", "typer", *HEAVY),
}


def loaded_modules(code: str, cwd: Path, **environment: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter holds after `code`."""
    report = "import sys; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"],
        cwd=cwd,
        env={"PATH": "", "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("module", LIGHT_MODULES)
def test_importing_loads_nothing_heavy(module, tmp_path):
    loaded = loaded_modules(f"import {module}", tmp_path, LINEAGE_STATS_DISABLED="0")
    assert not loaded & set(LIGHT_MODULES[module])
    assert "lineage_stats" in loaded


def test_help_of_the_command_line_loads_nothing_heavy(tmp_path):
    code = "from lineage_stats.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass"
    loaded = loaded_modules(code, tmp_path)
    assert not loaded & {"numpy", *HEAVY}


def test_layers_are_kept():
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout
