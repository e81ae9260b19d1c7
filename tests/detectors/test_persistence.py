import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.exceptions import NotFittedError

from lineage_stats.detectors import (
    BayesianChangePointDetector,
    RobustMADDetector,
    ZScoreDetector,
    load_detector,
)
from lineage_stats.exceptions import SchemaVersionError, TraceFileError
from tests.strategies import FAULTS, make_trace, make_traces


@pytest.fixture(scope="module")
def healthy():
    return make_traces(40)


@pytest.fixture
def folder(tmp_path, healthy):
    return RobustMADDetector(false_alarm_rate=0.02).fit(healthy).save(tmp_path / "churn")


@pytest.mark.parametrize("cls", [RobustMADDetector, ZScoreDetector, BayesianChangePointDetector])
def test_equal_scores_after_loading(cls, healthy, tmp_path):
    detector = cls().fit(healthy)
    loaded = load_detector(detector.save(tmp_path / "new" / "churn"))
    assert type(loaded) is cls
    assert loaded.get_params() == detector.get_params()
    assert loaded.run_ids_ == detector.run_ids_
    for fault in FAULTS:
        new = make_trace(900, fault=fault)
        assert loaded.score(new).to_dict() == detector.score(new).to_dict()
    if cls is BayesianChangePointDetector:
        assert loaded.change_points_.equals(detector.change_points_)


def test_a_detector_of_before_volumes_and_times_is_read(folder):
    path = folder / "arrays.parquet"
    table = pq.read_table(path)
    new = ("volume.", "laws.times_")
    old = [not name.startswith(new) for name in table["name"].to_pylist()]
    assert not all(old)
    pq.write_table(table.filter(pa.array(old)), path)
    loaded = load_detector(folder)
    assert not len(loaded.volume_.sources)
    assert not loaded.score(make_trace(900)).flagged


def test_arrays_and_names_survive(tmp_path):
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(30, 2)), columns=["a", "b"])
    detector = ZScoreDetector().fit(frame)
    loaded = load_detector(str(detector.save(str(tmp_path / "x"))))
    assert np.array_equal(loaded.score_samples(frame), detector.score_samples(frame))
    assert loaded.feature_names_in_.tolist() == ["a", "b"]


def test_an_older_detector_is_replaced_and_anything_else_is_not(folder, healthy, tmp_path):
    ZScoreDetector().fit(healthy).save(folder)
    assert type(load_detector(folder)) is ZScoreDetector
    assert sorted(p.name for p in folder.iterdir()) == ["arrays.parquet", "detector.json"]
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("years of work")
    with pytest.raises(FileExistsError, match="holds no detector"):
        ZScoreDetector().fit(healthy).save(other)
    assert (other / "thesis.txt").exists()
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]


def test_files_of_others_beside_a_detector_stay(folder, healthy):
    (folder / "thesis.txt").write_text("years of work")
    (folder / "notes").mkdir()
    ZScoreDetector().fit(healthy).save(folder)
    assert type(load_detector(folder)) is ZScoreDetector
    assert (folder / "thesis.txt").read_text() == "years of work"
    assert (folder / "notes").is_dir()
    assert [p.name for p in folder.parent.iterdir()] == [folder.name]


def test_a_file_of_the_same_name_by_others_stays(healthy, tmp_path):
    (tmp_path / "detector.json").write_text('{"kind": "smoke"}')
    with pytest.raises(FileExistsError, match="holds no detector"):
        ZScoreDetector().fit(healthy).save(tmp_path)
    assert (tmp_path / "detector.json").read_text() == '{"kind": "smoke"}'
    with pytest.raises(FileExistsError, match="holds no detector"):
        ZScoreDetector().fit(healthy).save(tmp_path / "detector.json")


def test_the_folder_has_the_permissions_of_any_new_folder(folder, tmp_path):
    (tmp_path / "plain").mkdir()
    assert folder.stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_no_data_is_kept_beside_the_baseline(folder):
    record = json.loads((folder / "detector.json").read_text())
    for operation in record["reference"]["operations"]:
        assert not operation["features"]
        assert set(operation["facts"]) <= {"call"}
    assert record["reference"]["environment"] == {}


def test_an_unfitted_detector_cannot_be_saved(tmp_path):
    with pytest.raises(NotFittedError):
        RobustMADDetector().save(tmp_path / "x")
    assert not (tmp_path / "x").exists()


def change(folder, **fields):
    file = folder / "detector.json"
    record = json.loads(file.read_text())
    record.update(fields)
    file.write_text(json.dumps(record))


def test_what_cannot_be_read_is_said(folder, tmp_path):
    with pytest.raises(FileNotFoundError, match="no such folder"):
        load_detector(tmp_path / "nothing")
    with pytest.raises(TraceFileError, match="no readable detector"):
        load_detector(tmp_path)
    change(folder, detector="NoSuchDetector")
    with pytest.raises(TraceFileError, match=r"'NoSuchDetector'.*Import the module"):
        load_detector(folder)
    change(folder, detector="RobustMADDetector", schema_version=99)
    with pytest.raises(SchemaVersionError, match="Upgrade lineage_stats"):
        load_detector(folder)
    change(folder, schema_version=1, format="something else")
    with pytest.raises(TraceFileError, match="not written by lineage_stats"):
        load_detector(folder)


@pytest.mark.parametrize("name", ["arrays.parquet", "detector.json"])
def test_broken_files_are_said(folder, name):
    content = (folder / name).read_bytes()
    for broken in (b"", content[: len(content) // 2], b"\x00" * 100):
        (folder / name).write_bytes(broken)
        with pytest.raises(TraceFileError, match="no readable detector"):
            load_detector(folder)
    (folder / name).unlink()
    with pytest.raises(TraceFileError, match="no readable detector"):
        load_detector(folder)
