import json
from pathlib import Path

import pytest

from lineage_stats.detectors import TraceScore, ZScoreDetector, load_detector, load_score
from lineage_stats.exceptions import TraceFileError
from tests.strategies import FAULTS, make_trace, make_traces

GOLDEN = Path(__file__).parent.parent / "golden"


@pytest.fixture(scope="module")
def score():
    return ZScoreDetector().fit(make_traces(30)).score(make_trace(900, fault=FAULTS[0]))


def test_a_score_survives_a_folder(score, tmp_path):
    path = score.save(tmp_path / "deep" / "score")
    assert sorted(file.name for file in path.iterdir()) == [
        "cells.parquet", "operations.parquet", "score.json",
    ]  # fmt: skip
    again = load_score(path)
    assert again.to_dict() == score.to_dict()
    assert again.findings.equals(score.findings)
    assert score.save(path) == path


def test_other_peoples_folders_stay(score, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(FileExistsError, match="holds no score"):
        score.save(tmp_path)


def test_what_cannot_be_read_is_said(score, tmp_path):
    with pytest.raises(FileNotFoundError, match="no such folder"):
        load_score(tmp_path / "nothing")
    path = score.save(tmp_path / "score")
    file = path / "score.json"
    record = json.loads(file.read_text())
    file.write_text(json.dumps({**record, "schema_version": 99}))
    with pytest.raises(TraceFileError, match="schema version"):
        load_score(path)
    file.write_text(json.dumps({**record, "format": "else"}))
    with pytest.raises(TraceFileError, match="no readable score"):
        load_score(path)
    file.write_text(json.dumps(record))
    (path / "cells.parquet").write_bytes(b"")
    with pytest.raises(TraceFileError, match="no readable score"):
        load_score(path)


def test_one_fault_is_one_finding(score):
    assert len(score.flagged_operations) > 3
    assert list(score.findings.index) == [score.operations.index[0]]
    found = score.findings.iloc[0]
    assert found["n_operations"] == len(score.flagged_operations)
    assert set(score.operations["finding"]) == {score.operations.index[0], ""}


def test_an_explanation_says_how_many_runs_the_range_is_of(score):
    table = score.explain(score.operations.index[0])
    assert (table["n_runs"] == 30).all()
    assert {"value", "lower", "upper", "p_value", "since"} <= set(table.columns)


def test_records_of_version_1_have_no_findings(score):
    record = {**score.to_dict(), "schema_version": 1}
    for row in record["operations"]:
        del row["finding"]
    old = TraceScore.from_dict(record)
    assert old.p_value == score.p_value
    assert set(old.operations["finding"]) == {""}


@pytest.mark.parametrize("name", ["score_2"])
def test_files_of_older_versions_are_read(name):
    old = load_score(GOLDEN / name)
    assert old.run_id == "run-0-00901"
    assert old.flagged
    assert old.findings.index[0] == "clean/DataFrame.merge#1"


@pytest.mark.parametrize(
    ("name", "can_grow"),
    [("detector_1", False), ("detector_2", True), ("detector_3", True), ("detector_4", True)],
)
def test_detectors_of_older_versions_are_read(name, can_grow):
    old = load_detector(GOLDEN / name)
    assert old.n_runs_ == 25
    assert old.score(make_trace(901, fault=FAULTS[0])).flagged
    assert not old.score(make_trace(900)).flagged
    if can_grow:
        assert old.partial_fit(make_traces(5, first=25)).n_runs_ == 30
    else:
        with pytest.raises(ValueError, match="older version"):
            old.partial_fit(make_traces(5, first=25))
