import time

import pytest

from lineage_stats.storage import TraceStore
from lineage_stats.trace import DataRef, Operation


@pytest.fixture(scope="module")
def examined(tmp_path_factory):
    """A folder with a run that goes on, and what the doctor says of it."""
    folder = tmp_path_factory.mktemp("open")
    now = time.time_ns()
    run = {"run_id": "r1", "pipeline": "churn", "start_ns": now - 10**10}
    journal = TraceStore(folder).begin({**run, "environment": {"recording_seconds": "0.25"}})
    read = (DataRef("d1", "array", 5),)
    journal.operation(Operation("f#1", "Ridge.fit", "fit", inputs=read, start_ns=now))
    journal.flush()
    yield folder
    journal.close()


def test_it_counts_hook_points_and_names_what_is_left_out(cli, examined):
    document = cli("doctor", "--dir", examined, "--json").json
    libraries = {found["library"]: found for found in document["libraries"]}
    assert libraries["pandas"]["hook_points"] > 600
    assert libraries["sklearn"]["hook_points"] > 700
    assert document["hook_points"] == sum(f["hook_points"] for f in document["libraries"])
    assert libraries["pandas"]["missing"] == []
    assert "DataFrame.plot" in libraries["pandas"]["left_out"]["draws"]
    (running,) = document["open_runs"]
    assert running["run_id"] == "r1"
    assert running["recording_seconds"] == 0.25
    assert running["n_unknown_inputs"] == 1


def test_it_is_a_table_for_people(cli, examined):
    done = cli("doctor", "--dir", examined)
    assert done.code == 0
    (pandas,) = [line for line in done.out.splitlines() if line.startswith("pandas ")]
    assert ">=2.2" in pandas
    assert "pandas, left out: " in done.out
    assert "11 draws" not in cli("doctor", "--names", "--dir", examined).out
    (run,) = [line for line in done.out.splitlines() if line.startswith("r1 ")]
    assert "0.25 s" in run


def test_a_folder_without_runs_is_no_error(cli, tmp_path):
    done = cli("doctor", "--dir", tmp_path / "nothing")
    assert done.code == 0
    assert "open run" not in done.out
