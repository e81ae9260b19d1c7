"""What an installation holds."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = {
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / "lineage_stats").rglob("*")
    if path.is_file() and "__pycache__" not in path.parts
}


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory) -> set[str]:
    # A copy, because a build leaves folders behind in the tree that it builds.
    tree = tmp_path_factory.mktemp("tree")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    for name in ("lineage_stats", "tests", "paper", "examples"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("hooks", "detectors", "datasets"):
        (tree / name).symlink_to(Path("lineage_stats") / name)
    command = "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", "dist", "."
    done = subprocess.run(
        [sys.executable, "-m", "pip", *command],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = (tree / "dist").glob("*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


def test_it_holds_the_package_and_nothing_else(wheel_names):
    assert {name.partition("/")[0].partition("-")[0] for name in wheel_names} == {"lineage_stats"}


def test_it_holds_every_file_of_the_package(wheel_names):
    assert not SOURCES - wheel_names


def test_it_says_that_it_is_typed(wheel_names):
    assert "lineage_stats/py.typed" in wheel_names
