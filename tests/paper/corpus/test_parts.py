"""Nothing but the script of the final table knows the test part of the corpus."""

import re
from pathlib import Path

import pytest
from corpus import catalogue
from corpus.interface import KINDS

from lineage_stats.datasets import load_faulty_pipelines

ROOT = Path(__file__).parents[3]
# The script of the final table, and its tests, which make a corpus of their own.
FINAL = {ROOT / "paper" / "corpus_table.py", ROOT / "tests" / "paper" / "test_corpus_table.py"}
WORLD = ROOT / "paper" / "corpus"  # where pipelines and kinds are defined
TESTS_OF_IT = Path(__file__).parent
# The older benchmark has a kind of the same name.
OLDER = {ROOT / "paper" / name for name in ("faults.py", "faults_held_out.py")}
LOADS = re.compile(r"""\bpart=["']test["']|--part\b.*\btest\b|/\s*["']test["']""")

SOURCES = [
    path
    for folder in ("lineage_stats", "paper", "examples", "tests", "docs")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if WORLD not in path.parents and TESTS_OF_IT not in path.parents and path not in FINAL | OLDER
]
KINDS_OF_TEST = sorted(kind.name for kind in KINDS.values() if kind.is_test_only)
PIPELINES_OF_TEST = sorted(
    path.parent.name
    for path in catalogue.PIPELINES.glob("*/day.py")
    if 'part="test"' in path.read_text(encoding="utf-8")
)
NAMES = re.compile(rf"\b({'|'.join((*KINDS_OF_TEST, *PIPELINES_OF_TEST))})\b")


def findings(pattern: re.Pattern[str]) -> list[str]:
    found = []
    for path in SOURCES:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if pattern.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
    return found


def test_there_is_something_to_look_through():
    assert len(SOURCES) > 300
    assert len(KINDS_OF_TEST) >= 5


@pytest.mark.parametrize("name", catalogue.names())
def test_the_part_of_a_pipeline_is_read_as_it_is_declared(name):
    assert (catalogue.load(name).pipeline.part == "test") == (name in PIPELINES_OF_TEST)


def test_nothing_else_names_a_kind_or_pipeline_of_the_test_part():
    assert findings(NAMES) == []


def test_nothing_else_loads_the_test_part():
    assert findings(LOADS) == []


@pytest.mark.parametrize(
    "line", ['load_corpus(x, part="test")', "root / 'test' / name", "x.py --part test"]
)
def test_what_would_load_it_would_be_found(line):
    assert LOADS.search(line)


def test_the_bundle_has_none_of_it():
    runs = load_faulty_pipelines()
    assert {trace.tags["part"] for trace in runs.traces} <= {"development", "validation"}
    used = {change.kind for fault in runs.faults if fault for change in fault.changes}
    assert not used & set(KINDS_OF_TEST)
    assert not set(runs.traces.pipelines) & set(PIPELINES_OF_TEST)
    assert not set(runs.manifest["kinds"]) & set(KINDS_OF_TEST)
    assert not set(runs.manifest["pipelines"]) & set(PIPELINES_OF_TEST)
