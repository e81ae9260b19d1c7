"""Labels become faults."""

import pytest

from lineage_stats.datasets import Change, RecordedFault
from lineage_stats.datasets._planted import fault_of, read_labels

CHANGE = {
    "name": "filter_strict-clear", "kind": "filter_strict", "family": "selection",
    "severity": "clear", "to_blame": True, "by": "code", "truth": ["load/DataFrame[mask]#1"],
    "alone": 0.1, "share": 0.1,
}  # fmt: skip
LABEL = {
    "class": "C1", "case": "C1.filter_strict-clear", "seed": 3, "kind": "filter_strict",
    "family": "selection", "severity": "clear", "drop": 0.1, "drop_in_sd": 4.0, "harmful": True,
    "truth": ["load/DataFrame[mask]#1"], "truth_lines": ["main.py:4"], "changes": [CHANGE],
}  # fmt: skip


def test_a_healthy_run_has_no_fault():
    assert fault_of({"class": "healthy"}) is None


def test_a_label_becomes_a_fault():
    fault = fault_of(LABEL)
    assert isinstance(fault, RecordedFault)
    assert fault.target == ("load/DataFrame[mask]#1",)
    assert isinstance(fault.changes[0], Change)
    assert fault.changes[0].operations == fault.target
    assert hash(fault) == hash(fault_of(LABEL))


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({}, "<RecordedFault C1 filter_strict, clear at load/DataFrame[mask]#1: drop 0.1>"),
        ({"drop": None}, "<RecordedFault C1 filter_strict, clear at load/DataFrame[mask]#1: "
                         "no metric>"),
        ({"class": "none", "truth": []}, "<RecordedFault none filter_strict, clear: drop 0.1>"),
    ],
)  # fmt: skip
def test_it_says_what_it_is(more, text):
    assert repr(fault_of({**LABEL, **more})) == text


def test_labels_are_read_line_by_line(tmp_path):
    path = tmp_path / "labels.jsonl"
    path.write_text('{"a": 1}\n{"a": 2}\n', encoding="utf-8")
    assert read_labels(path) == [{"a": 1}, {"a": 2}]
