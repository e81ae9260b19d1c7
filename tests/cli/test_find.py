from pathlib import Path

import pytest

from lineage_stats.cli._find import find_run
from lineage_stats.exceptions import NoTracesError, TraceFileError, UnreadableTraceWarning
from lineage_stats.storage import TraceStore
from lineage_stats.trace import Trace


def test_by_id_by_unambiguous_begin_and_latest(runs_folder):
    assert find_run("run-0-00007", runs_folder).run_id == "run-0-00007"
    assert find_run("run-0-0003", runs_folder).run_id == "run-0-00030"
    assert find_run("latest", runs_folder).run_id == "run-0-00030"


def test_by_file(runs_folder):
    file = next(Path(runs_folder).rglob("*run-0-00003.parquet"))
    assert find_run(str(file), Path("no such folder")).run_id == "run-0-00003"


def test_an_ambiguous_begin_names_the_candidates(runs_folder):
    with pytest.raises(NoTracesError, match=r"10 runs .* begin with 'run-0-0001'.*run-0-00010"):
        find_run("run-0-0001", runs_folder)


def test_an_unknown_run_names_the_latest(runs_folder):
    with pytest.raises(
        NoTracesError, match=r"No run 'nonsense'.*run-0-00030, run-0-00029.* and 26"
    ):
        find_run("nonsense", runs_folder)


def test_another_pipeline_has_no_such_run(runs_folder):
    with pytest.raises(NoTracesError, match="churn"):
        find_run("latest", runs_folder, pipeline="other")


def test_a_folder_is_no_run(runs_folder):
    with pytest.raises(NoTracesError, match=r"is a folder, not a run.*latest --dir"):
        find_run(str(runs_folder), Path("no such folder"))


@pytest.mark.parametrize("path", ["nowhere.parquet", "there/nowhere"])
def test_a_missing_file_is_called_a_file(runs_folder, path):
    with pytest.raises(NoTracesError, match=rf"There is no file '{path}'"):
        find_run(path, runs_folder)


def test_the_latest_is_not_the_one_before_it_where_its_file_cannot_be_read(tmp_path):
    store = TraceStore(tmp_path)
    files = [store.write(Trace(f"r{day}", "a", start_ns=day * 10**9)) for day in range(3)]
    files[0].write_bytes(b"PAR1")
    with pytest.warns(UnreadableTraceWarning):
        assert find_run("latest", tmp_path).run_id == "r2"  # an old one does not matter
    files[2].write_bytes(b"PAR1")
    with (
        pytest.warns(UnreadableTraceWarning),
        pytest.raises(TraceFileError, match="nobody knows how it went"),
    ):
        find_run("latest", tmp_path)
    with pytest.warns(UnreadableTraceWarning):
        assert find_run("r1", tmp_path).run_id == "r1"
    store.write(Trace("r9", "b", start_ns=9 * 10**9))
    with pytest.warns(UnreadableTraceWarning):
        assert find_run("latest", tmp_path).run_id == "r9"
