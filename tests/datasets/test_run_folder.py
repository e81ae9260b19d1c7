"""Reading runs block by block."""

import numpy as np
import pytest

from lineage_stats.datasets import RunFolder, write_runs
from lineage_stats.detectors import ZScoreDetector
from lineage_stats.features import Cell


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("runs") / "a"
    write_runs(path, 2500, n_cells=60, fault_share=0.02)
    return RunFolder(path)


def test_blocks_are_all_runs_in_order(folder):
    blocks = list(folder.blocks())
    assert [len(block.fault_cells) for block in blocks] == [1024, 1024, 452]
    whole = folder.read()
    values = np.concatenate([block.matrix.values for block in blocks])
    np.testing.assert_array_equal(values, whole.matrix.values)
    assert whole.matrix.run_ids[-1] == "run-0-0002499"
    assert len(folder) == len(whole.matrix.run_ids) == 2500


@pytest.mark.parametrize(("start", "stop"), [(0, 1), (1000, 1100), (1024, 2048), (2499, 9999)])
def test_any_range_can_be_read(folder, start, stop):
    found = folder.read(start, stop)
    np.testing.assert_array_equal(found.matrix.values, folder.read().matrix.values[start:stop])


def test_cells_are_read_in_the_order_wanted(folder):
    wanted = [folder.cells[7], folder.cells[-1], folder.cells[0]]
    found = folder.read(cells=wanted).matrix
    assert found.cells == tuple(wanted)
    np.testing.assert_array_equal(found.values, folder.read().matrix.values[:, [7, -1, 0]])
    assert isinstance(found.cells[0], Cell)


def test_it_says_how_it_was_drawn(folder):
    assert repr(folder).endswith(": 2,500 runs of 60 cells>")
    assert folder.laws.columns.tolist() == ["operation", "feature", "law", "first", "second"]
    assert "lognormal" in folder.DESCR


def test_a_detector_learns_from_it_and_finds_faults(folder):
    train, test = folder.read(0, 400), folder.read(400)
    healthy = train.matrix.to_frame()[train.fault_cells < 0]
    detector = ZScoreDetector(false_alarm_rate=0.01).fit(healthy)
    flagged = detector.predict(test.matrix.to_frame()) == -1
    faulty = test.fault_cells >= 0
    assert flagged[~faulty].mean() < 0.02
    assert flagged[faulty].mean() > 0.7


def test_what_is_not_there_is_refused(folder, tmp_path):
    with pytest.raises(FileNotFoundError, match="has no manifest"):
        RunFolder(tmp_path)
    for start, stop in [(5, 5), (-1, 3), (2500, None)]:
        with pytest.raises(ValueError, match="give numbers from 0 to 2500"):
            folder.read(start, stop)
