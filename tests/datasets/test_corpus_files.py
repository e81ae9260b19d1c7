"""What is wrong with the files of a corpus is said."""

import json

import pytest

from lineage_stats.datasets import load_corpus
from lineage_stats.exceptions import NoTracesError, SchemaVersionError, TraceFileError
from tests.datasets.corpora import write_corpus


@pytest.fixture
def folder(tmp_path):
    return write_corpus(tmp_path)


def one_run(folder):
    return next((folder / "development" / "parcels").iterdir())


def test_a_folder_that_was_not_finished_is_told(folder):
    (folder / "development" / "labels.jsonl").unlink()
    with pytest.raises(NoTracesError, match=r"has no manifest\.json with labels\.jsonl"):
        load_corpus(folder)


def test_a_missing_run_is_told(folder):
    one_run(folder).unlink()
    with pytest.raises(NoTracesError, match=r"1 of 8 runs of .* are missing"):
        load_corpus(folder)


def test_a_file_that_was_changed_is_told(folder):
    path = one_run(folder)
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(TraceFileError, match="its checksum differs"):
        load_corpus(folder)


def test_checksums_can_be_left_alone(folder):
    path = folder / "development" / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    for run in manifest["runs"].values():
        run["sha256"] = "0"
    path.write_text(json.dumps(manifest), encoding="utf-8")
    assert len(load_corpus(folder, verify=False).traces) == 8


def test_a_newer_format_is_told(folder):
    path = folder / "development" / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**manifest, "format": 2}), encoding="utf-8")
    with pytest.raises(SchemaVersionError, match=r"format 2.*reads up to 1"):
        load_corpus(folder)
