"""The recorded graph of a realistic pipeline, held against one that was checked by hand."""

from __future__ import annotations

import json

import pytest

from tests.golden.graph import FILE, graph_of, record_pipeline


@pytest.fixture(scope="module")
def recorded():
    return record_pipeline()


GOLDEN = json.loads(FILE.read_text())


def test_the_pipeline_is_long_enough():
    assert len(GOLDEN) >= 25
    assert len({row["kind"] for row in GOLDEN}) >= 10


def test_the_operations_are_those_of_the_script(recorded):
    assert list(recorded.keys) == [row["key"] for row in GOLDEN]


@pytest.mark.parametrize("expected", GOLDEN, ids=lambda row: row["key"])
def test_the_operation_is_as_expected(recorded, expected):
    found = {row["key"]: row for row in graph_of(recorded)}
    assert found.get(expected["key"]) == expected


def test_all_data_came_from_a_recorded_operation(recorded):
    assert recorded.complete
    assert recorded.environment["untracked_inputs"] == "0"
    roots = [row["key"] for row in graph_of(recorded) if not row["parents"]]
    assert [key.rpartition("/")[2] for key in roots] == ["read_csv#1", "read_csv#2"]


def test_the_metrics_know_where_they_came_from(recorded):
    assert set(recorded.metrics) == {"f1_score", "roc_auc_score", "accuracy_score"}
    upstream = recorded.ancestors(recorded.metric_operation("f1_score").key)
    missing = {"predict_proba", "roc_auc_score", "f1_score", "accuracy_score"}
    assert len(upstream) == len(recorded) - len(missing)


def without_place(facts):
    """Return facts but for where and when a file was written."""
    return {k: v for k, v in facts.items() if k not in ("file[path]", "file[modified]")}


def test_recording_again_gives_the_same_graph(recorded):
    again = record_pipeline()
    assert graph_of(again) == graph_of(recorded)
    for one, two in zip(recorded, again, strict=True):
        assert without_place(one.facts) == without_place(two.facts)
        same = {k: v for k, v in one.features.items() if k != "cpu"}
        assert {k: v for k, v in two.features.items() if k != "cpu"} == pytest.approx(
            same, nan_ok=True
        )
