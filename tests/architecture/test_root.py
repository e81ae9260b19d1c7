"""The root of the project: what stands there, and the three doors into the package."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOORS = ("hooks", "detectors", "datasets")


@pytest.mark.parametrize("name", DOORS)
def test_doors_are_relative_links_into_the_package(name):
    link = ROOT / name
    assert link.is_symlink()
    assert link.readlink() == Path("lineage_stats") / name
    assert (link / "__init__.py").is_file()


@pytest.mark.parametrize("name", DOORS)
def test_doors_refuse_to_be_imported_under_a_bare_name(name):
    done = subprocess.run(
        [sys.executable, "-c", f"import {name}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    last_line = done.stderr.strip().splitlines()[-1]
    assert last_line.startswith("ImportError")
    assert f"lineage_stats.{name}" in last_line


@pytest.mark.parametrize(
    "name",
    [
        "pyproject.toml", "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md",
        "LICENSE", ".ci/run", "lineage_stats", "tests", "examples", "paper",
    ],
)  # fmt: skip
def test_the_root_shows_what_a_reader_looks_for(name):
    assert (ROOT / name).exists()
