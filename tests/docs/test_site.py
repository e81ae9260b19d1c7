"""What the build of the site writes itself: the reference, and the figures of the page on peers."""

from __future__ import annotations

import importlib
import importlib.util
import re
from types import ModuleType

import pandas as pd
import pytest

from lineage_stats.attribution import _attribute
from lineage_stats.attribution._healthy import FEW_RUNS
from lineage_stats.detectors import _calibration, _roles, _tails, _time
from tests.docs.pages import ROOT


def extension(name: str) -> ModuleType:
    """Return an extension of the site, which is no part of the package."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / "_ext" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    return extension("reference")


def test_every_public_name_is_in_the_reference(reference):
    assert len(reference.PACKAGES) >= 12
    for package in reference.PACKAGES[1:]:
        listed = set(re.findall(r"^(?:   |\.\. autodata:: )(\w+)$", reference.page(package), re.M))
        assert listed >= set(importlib.import_module(package).__all__), package


def test_every_command_is_in_the_reference(reference):
    page = reference.commands()
    assert "lineage-stats check\n-------------------\n" in page
    assert "Example: lineage-stats check lineage_traces" in page
    assert "\x1b" not in page


def test_what_others_wrote_is_left_out(reference):
    from sklearn.base import BaseEstimator

    from lineage_stats.detectors import ZScoreDetector

    def skip(member):
        return reference.is_foreign(None, "method", "", member, False, {})

    assert skip(BaseEstimator.get_params)
    assert skip(ZScoreDetector.fit) is None


def test_figures_on_peers_are_those_of_the_files():
    figures = extension("figures")
    data = pd.read_csv(ROOT / "paper" / "fault_injection.csv")
    row = data[
        (data["pipeline"] == "all") & (data["family"] == "all") & (data["kind"] == "all")
        & (data["method"] == "attribution") & (data["measure"] == "hit@1, harmful")
    ]  # fmt: skip
    text = figures.faults()
    assert f"| `attribute_root_cause` | {100 * row['rate'].item():.1f} |" in text
    for part, script in (
        (text, "fault_injection"), (figures.overhead(), "overhead"),
        (figures.suites(), "upstream_suites"),
    ):  # fmt: skip
        assert f"`python paper/{script}.py`" in part
        assert (ROOT / "paper" / f"{script}.py").exists()
        assert "nan" not in part


WORDS = {2: "two", 3: "three", 4: "four", 12: "twelve"}

# What the pages say in words, and where the code says it.
FACTS = [
    ("detection", "weekdays from 28", _time._LEAST_WEEKLY, 28),
    ("detection", f"with {WORDS[_time._LEAST_PER_DAY]} dates of each", _time._LEAST_PER_DAY, 3),
    ("detection", "a false discovery rate of 0.01", _time._RATE, 0.01),
    ("detection", "drift from 20 runs on", _time._LEAST_DRIFT, 20),
    ("detection", "four in ten healthy runs share", _roles._MODE_SHARE, 0.4),
    ("detection", "with fewer than three values", _roles._MIN_VALUES, 3),
    ("detection", "beyond the top 5 %", _tails._TAIL_SHARE, 0.05),
    ("detection", "\\max(20, 0.2 / \\text{rate})", _calibration.runs_needed(0.01), 20),
    ("detection", "\\max(20, 0.2 / \\text{rate})", _calibration.runs_needed(0.001), 200),
    ("attribution", "is the larger of the drop and twelve", _attribute.ATTAINABLE, 12),
    ("attribution", "$1.5^2 + a^2", _attribute.NOISE, 1.5),
    ("attribution", "one below 0.01 has no share", _attribute.MIN_PROBABILITY, 0.01),
    ("attribution", "Fewer than 10 healthy runs", FEW_RUNS, 10),
]


@pytest.mark.parametrize(("page", "said", "found", "expected"), FACTS)
def test_numbers_in_the_pages_are_those_of_the_code(page, said, found, expected):
    text = (ROOT / "docs" / "explain" / f"{page}.md").read_text(encoding="utf-8")
    assert found == expected
    assert said in " ".join(text.split())
