import pandas as pd
import pytest

from lineage_stats.hooks._operations import OperationMaker
from lineage_stats.hooks._steps import MAX_REPEATS
from tests.recording import recording


def table(n=4):
    return pd.DataFrame({"x": range(n)})


def test_a_listed_call_has_its_place_its_facts_and_its_time():
    with recording(features="profile") as recorded:
        table().head(2)
        source, head = recorded.operations
    assert head.key == f"{head.scope}/DataFrame.head#1"
    assert head.file == "tests/hooks/test_operations.py"
    assert head.facts["code"] == f"pandas {pd.__version__}"
    assert {"call", "statement", "param[n]"} <= head.facts.keys()
    assert head.features["mean[x]"] == 0.5
    assert head.inputs == source.outputs
    assert source.start_ns <= head.start_ns
    assert head.duration_ns > 0
    assert head.steps is head.cell is None


def test_what_is_not_listed_is_one_operation_that_counts():
    with recording() as recorded:
        frame = table()
        for n in range(MAX_REPEATS + 5):
            frame.head(n)
        folded = recorded.operations[-1]
    assert folded.key.endswith(f":{MAX_REPEATS + 1}+")
    assert folded.features["calls"] == 5
    assert "selectivity" not in folded.features


@pytest.mark.parametrize(("n", "share"), [(0, 0.0), (1, 0.25), (4, 1.0)])
def test_a_selection_has_the_share_of_rows_that_it_kept(n, share):
    with recording() as recorded:
        table().head(n)
        assert recorded.operations[-1].features["selectivity"] == share


def test_of_no_rows_there_is_no_share():
    with recording() as recorded:
        table(0).head(1)
        assert "selectivity" not in recorded.operations[-1].features


def test_an_operation_does_without_the_source_that_cannot_be_read(monkeypatch):
    def fails(self, place):
        raise OSError(place)

    monkeypatch.setattr("lineage_stats.hooks._callsite.CallSite.facts", fails)
    with recording(strict=False) as recorded:
        table().head(1)
        assert [op.name for op in recorded.operations] == ["DataFrame", "DataFrame.head"]
        assert recorded.recorder.n_problems == 2
    assert OperationMaker.listed


def test_an_operation_does_without_settings_that_cannot_be_told(monkeypatch):
    def fails(settings):
        raise ValueError(settings)

    monkeypatch.setattr("lineage_stats.hooks._operations.settings_text", fails)
    with recording(strict=False) as recorded:
        frame = table()
        frame[frame["x"] > 2]
        assert [op.name for op in recorded.operations] == ["DataFrame", "DataFrame[mask]"]
        assert recorded.recorder.n_problems == 1
