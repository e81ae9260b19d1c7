"""Every example runs, as a user would run it, and prints what it promises."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parents[2] / "examples"
PROMISES = {
    "record_and_score.py": ["30 runs of screening", "ANOMALOUS", "DataFrame[mask]#1"],
    "plain_arrays.py": ["three sigma in any column", "healthy flagged", "The first faulty row"],
    "shapley_game.py": ["accuracy 0.966 with all columns", "proline", "in total"],
}


def test_every_example_is_tested():
    """Those on Spark are tested in a file of their own."""
    files = {path.name for path in FOLDER.glob("*.py") if not path.name.startswith("spark_")}
    assert files == set(PROMISES)


@pytest.mark.parametrize("name", PROMISES)
def test_example(name, tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "error", FOLDER / name],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert not [text for text in PROMISES[name] if text not in done.stdout]
    assert not list(tmp_path.iterdir()), "an example leaves nothing behind where it runs"
