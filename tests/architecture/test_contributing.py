"""The templates of the contributors' guide work as they stand."""

import json
import re
from pathlib import Path

import pytest

from lineage_stats.detectors import detector_checks
from lineage_stats.hooks import check_hook_provider

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def template(name):
    """Return the class that a Python block of the guide defines."""
    (block,) = [b for b in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL) if name in b]
    namespace = {}
    exec(block, namespace)
    return namespace[name]


def test_the_detector_passes_all_checks():
    detector = template("RangeDetector")
    checks = list(detector_checks())
    assert len(checks) >= 10
    for check in checks:
        check(detector())


def test_the_provider_passes_the_checks(tmp_path, monkeypatch):
    package = tmp_path / "mylib"
    package.mkdir()
    (package / "__init__.py").write_text("")
    method = "def filter(self, condition):\n        return self\n"
    (package / "frames.py").write_text(f"class Frame:\n    {method}")
    monkeypatch.syspath_prepend(tmp_path)
    check_hook_provider(template("MyProvider")())


def test_the_commands_are_those_of_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (command,) = re.findall(
        r"<!-- command: test -->\n```bash\n(.*?)\n```\n<!-- /command -->", readme
    )
    assert command in TEXT
    assert ".ci/run" in TEXT


@pytest.mark.slow
def test_hook_points_are_as_many_as_it_says(run_python):
    found = re.search(r"(\d+) hook points in pandas (\S+) and (\d+)\s+in sklearn (\S+)\.\s", TEXT)
    stated = {("pandas", found[2]): int(found[1]), ("sklearn", found[4]): int(found[3])}
    # In a process of its own: estimators of anybody's that are loaded count as well.
    out = run_python("from lineage_stats.cli import main; main()", "doctor", "--json").stdout
    counted = json.loads(out)["libraries"]
    measured = {(c["library"], c["version"]): c["hook_points"] for c in counted}
    for library, points in stated.items():
        assert measured.get(library, points) == points


def test_ten_rules():
    rules = re.findall(r"^(\d+)\. \*\*", TEXT, re.MULTILINE)
    assert [int(rule) for rule in rules] == list(range(1, 11))
