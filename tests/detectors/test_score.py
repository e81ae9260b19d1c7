import json
from dataclasses import replace

import numpy as np
import pytest

from lineage_stats.detectors import RobustMADDetector, TraceScore
from lineage_stats.detectors._result import shortened
from lineage_stats.exceptions import TraceFileError, UnknownOperationError
from tests.strategies import FAULTS, MERGE, make_trace, make_traces


@pytest.fixture(scope="module")
def score():
    fault = next(f for f in FAULTS if f.kind == "rows_lost")
    return RobustMADDetector().fit(make_traces(40)).score(make_trace(900, fault=fault))


def test_verdict(score):
    assert score.flagged
    assert score.score == pytest.approx(-np.log10(score.p_value))
    assert score.detector == "RobustMADDetector"
    assert score.n_runs == 40


def test_cells_are_labelled_and_sorted(score):
    cells = score.cells
    assert cells["adjusted_p_value"].dropna().is_monotonic_increasing
    row = score.explain(MERGE).loc["rows_out"]
    assert row["flagged"]
    assert row["kind"] == "count"
    assert row["value"] < row["lower"] < row["centre"] < row["upper"]
    assert row["centre"] == pytest.approx(19_800, rel=0.03)
    assert row["location"].startswith("churn.py:")
    assert score.to_frame().equals(cells)


def test_what_failed_and_what_is_missing_is_told_with_its_line():
    whole = make_trace(900)
    (merge,) = (op for op in whole if op.key == MERGE)
    broken = replace(merge, status="failed", error="MergeError", outputs=())
    before = whole.operations[: whole.operations.index(merge)]
    run = replace(whole, operations=(*before, broken), status="failed")
    score = RobustMADDetector().fit(make_traces(40)).score(run)
    assert score.explain(MERGE).loc["status", "observed"] == "failed: MergeError"
    after = whole.operations[-1]
    assert score.explain(after.key).loc["present", "observed"] == "missing"
    assert score.explain(after.key).loc["present", "location"] == after.location != ""


def test_operations_begin_with_the_origin(score):
    operations = score.operations
    assert operations.index[0] == MERGE
    assert operations["origin"].tolist()[0]
    flagged = operations["flagged"].tolist()
    assert flagged == sorted(flagged, reverse=True)
    assert score.flagged_operations == tuple(operations.index[operations["flagged"]])


def test_text(score):
    assert repr(score).startswith("<TraceScore run-0-00900: anomalous, p < 1e-06, ")
    assert "\n" not in repr(score)
    text = score.summary(n=1)
    assert "ANOMALOUS" in text
    assert MERGE in text
    assert "expected" in text
    assert text.count("[p < ") == 1
    assert "<table" in score._repr_html_()


def test_control_characters_in_names_are_shown_as_escapes(score):
    keys = np.array([f"a\nb\x1b[31m{i}" for i in range(len(score.operations))], dtype=object)
    odd = replace(score, run_id="r\x07", _operations={**score._operations, "operation": keys})
    for text in (odd.summary(), repr(odd)):
        assert "\x1b" not in text
        assert r"a\nb\x1b[31m0" in text
        assert r"r\x07" in text
    assert len(odd.summary().splitlines()) == len(score.summary().splitlines())


def test_a_rate_below_one_run_in_those_known_is_called_continued(score):
    assert "counted from 99 healthy runs on; with 40" in score.summary()
    enough = replace(score, n_runs=99)
    assert "counted" not in enough.summary()
    few = replace(score, n_runs=3)
    assert "honest from 20" in few.summary()
    assert "counted" not in few.summary()


def test_html_is_escaped():
    run = make_trace(50, pipeline="<b>")
    score = RobustMADDetector().fit(make_traces(30, pipeline="<b>")).score(run)
    assert "<b>" not in score._repr_html_()
    assert score.summary().count("healthy") >= 2


def test_dictionary_survives_json(score):
    record = json.loads(json.dumps(score.to_dict(), allow_nan=False))
    again = TraceScore.from_dict(record)
    assert again.to_dict() == score.to_dict()
    assert again.cells.equals(score.cells)
    assert again.operations.equals(score.operations)


def test_numbers_that_json_lacks_are_none(score):
    centre = np.full(len(score.cells), np.inf)
    odd = replace(score, _cells={**score._cells, "centre": centre, "scale": -centre})
    record = odd.to_dict()
    json.dumps(record, allow_nan=False)
    assert {row["centre"] for row in record["cells"]} == {None}
    assert {row["scale"] for row in record["cells"]} == {None}
    assert TraceScore.from_dict(record).cells["centre"].isna().all()


def test_a_record_of_another_version_is_refused(score):
    with pytest.raises(TraceFileError, match="found version 99"):
        TraceScore.from_dict({**score.to_dict(), "schema_version": 99})


def test_it_cannot_be_changed(score):
    with pytest.raises(AttributeError):
        score.p_value = 1.0
    frame = score.cells
    frame["score"] = 0.0
    assert score.cells["score"].max() > 0
    with pytest.raises(ValueError, match="read-only"):
        score._cells["score"][0] = 0.0


def test_unknown_operations_are_named(score):
    with pytest.raises(UnknownOperationError, match="no/such#1"):
        score.explain("no/such#1")


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (("fill", "drop"), ("fill", "drop")),
        (("x" * 70, "x" * 70), ("x" * 57 + "...", "x" * 57 + "...")),
        (("a" * 30, "b" * 70), ("a" * 30, "b" * 57 + "...")),
    ],
)
def test_long_texts_are_cut(given, shown):
    assert shortened(*given) == shown


def test_long_texts_are_shown_where_they_differ():
    names = ", ".join(f"column_{i}" for i in range(12))
    more, usual = shortened(f"[{names}, minutes_late]", f"[{names}]")
    assert more == "... column_10, column_11, minutes_late]"
    assert usual == "... column_10, column_11]"
    long, other = shortened(f"[{names}, {names}]", f"[{names}]")
    assert max(len(long), len(other)) <= 60
    assert long != other
