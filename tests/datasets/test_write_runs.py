"""Runs by the million: what is written, and what is refused."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest

from lineage_stats.datasets import write_runs
from lineage_stats.datasets._write_runs import BLOCK, BLOCKS_PER_FILE


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_runs(tmp_path_factory.mktemp("runs") / "a", 2500, n_cells=40, fault_share=0.05)


def test_a_run_depends_on_its_number_only(folder, tmp_path):
    few = write_runs(tmp_path / "few", 1100, n_cells=40, fault_share=0.05)
    ours, theirs = few.read(), folder.read(0, 1100)
    np.testing.assert_array_equal(ours.matrix.values, theirs.matrix.values)
    assert ours.matrix.run_ids == theirs.matrix.run_ids
    assert ours.fault_cells.tolist() == theirs.fault_cells.tolist()


def test_healthy_runs_are_those_without_faults(folder, tmp_path):
    healthy = write_runs(tmp_path / "healthy", 2500, n_cells=40).read()
    found = folder.read()
    faulty = found.fault_cells >= 0
    assert 80 < faulty.sum() < 170
    assert (healthy.fault_cells == -1).all()
    np.testing.assert_array_equal(found.matrix.values[~faulty], healthy.matrix.values[~faulty])
    changed = (found.matrix.values != healthy.matrix.values)[faulty]
    assert (changed.sum(axis=1) <= 1).all()
    assert np.flatnonzero(changed.any(axis=1)).size > 70
    where = found.fault_cells[faulty][changed.any(axis=1)]
    assert changed.argmax(axis=1)[changed.any(axis=1)].tolist() == where.tolist()


def test_the_same_seed_gives_the_same_bytes(folder, tmp_path):
    again = write_runs(tmp_path / "again", 2500, n_cells=40, fault_share=0.05)
    other = write_runs(tmp_path / "other", 10, n_cells=40, random_state=1)
    for path in folder.folder.iterdir():
        assert path.read_bytes() == (again.folder / path.name).read_bytes()
    assert (other.read().matrix.values != folder.read(0, 10).matrix.values).any()


def test_files_are_cut_into_blocks(tmp_path):
    n_runs = BLOCK * BLOCKS_PER_FILE + 1
    folder = write_runs(tmp_path / "two", n_runs, n_cells=2)
    names = json.loads((folder.folder / "manifest.json").read_text())["files"]
    assert list(names.values()) == [n_runs - 1, 1]
    file = pq.ParquetFile(folder.folder / "runs-00000.parquet")
    assert file.num_row_groups == BLOCKS_PER_FILE
    assert file.schema_arrow.names == [
        "run", "fault_cell", "step_1/DataFrame.assign#1::rows_out", "train/f1_score#1::metric_value"
    ]  # fmt: skip
    assert len(folder.read(n_runs - 2).matrix.run_ids) == 2


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"n_runs": 0}, "'n_runs' parameter of write_runs must be an int of at least 1. Got 0"),
        ({"n_cells": 1.5}, "'n_cells' .* at least 2. Got 1.5"),
        ({"fault_share": 2}, r"'fault_share' .* a float in \[0, 1\]"),
        ({"severity": -1.0}, "'severity' .* a float of at least 0"),
        ({"random_state": -1}, "'random_state' parameter of write_runs"),
    ],
)
def test_wrong_parameters_are_refused(wrong, text, tmp_path):
    with pytest.raises(ValueError, match=text):
        write_runs(tmp_path / "x", **wrong)
    assert not (tmp_path / "x").exists()


def test_nothing_is_overwritten(folder):
    with pytest.raises(FileExistsError, match="is not empty"):
        write_runs(folder.folder, 5)
