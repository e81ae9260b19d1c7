"""One recorded run, from begin to end, whatever the program does meanwhile."""

from __future__ import annotations

import logging
import os
import runpy
import shutil
import sys
import time

import pandas as pd
import pytest

import lineage_stats
from lineage_stats import _session, _writer
from lineage_stats.hooks import Hooks
from lineage_stats.hooks._swap import ACTIVE
from lineage_stats.storage import Journal, load_traces


@pytest.fixture
def lenient(monkeypatch):
    """Count errors of ours, as for users."""
    monkeypatch.setenv("LINEAGE_STATS_STRICT", "0")


def work():
    return pd.DataFrame({"a": [1.0, None]}).dropna()


def test_a_run_is_recorded(tmp_path):
    with lineage_stats.record("churn", tags={"status": "healthy"}, directory=tmp_path) as run:
        assert run.recording
        assert "recording" in repr(run)
        work()
        run.tags["late"] = "yes"
    trace = run.trace()
    assert [op.name for op in trace] == ["DataFrame", "DataFrame.dropna"]
    assert (trace.status, trace.complete, trace.pipeline) == ("ok", True, "churn")
    assert trace.tags == {"status": "healthy", "late": "yes"}
    assert trace.environment["package:pandas"] == pd.__version__
    assert trace.end_ns > trace.start_ns
    assert trace.operations[0].start_ns >= trace.start_ns
    assert not run.recording
    assert "ended" in repr(run)


def test_features_are_profiled_or_not(tmp_path):
    sizes = {}
    for level in ("shape", "profile"):
        with lineage_stats.record("p", directory=tmp_path, features=level) as run:
            work()
        sizes[level] = len(run.trace().operations[-1].features)
    assert sizes["shape"] < sizes["profile"]


def test_an_unknown_level_is_an_error():
    with pytest.raises(ValueError, match="'features' parameter of record must be one of"):
        lineage_stats.record("p", features="everything")


def test_a_sample_of_no_rows_is_an_error():
    with pytest.raises(ValueError, match="'sample_rows' parameter of record must be an int of at"):
        lineage_stats.record("p", sample_rows=0)


def test_settings_come_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("LINEAGE_STATS_DIR", str(tmp_path / "env"))
    monkeypatch.setenv("LINEAGE_STATS_PIPELINE", "from_env")
    monkeypatch.setenv("LINEAGE_STATS_TAGS", "a=1,b=2")
    with lineage_stats.record(tags={"b": "3"}) as run:
        work()
    assert run.trace().pipeline == "from_env"
    assert run.trace().tags == {"a": "1", "b": "3"}
    assert run.directory == tmp_path / "env"


@pytest.mark.parametrize(
    ("error", "status"),
    [(ValueError, "failed"), (KeyboardInterrupt, "failed"), (SystemExit(0), "ok"),
     (SystemExit(3), "failed"), (SystemExit, "ok")],
)  # fmt: skip
def test_an_exception_of_the_block_goes_through(tmp_path, error, status):
    with pytest.raises(BaseException) as caught, lineage_stats.record(directory=tmp_path) as run:  # noqa: PT012  # the error follows on work
        work()
        raise error
    assert caught.type is error or caught.value is error
    assert run.trace().status == status


def test_a_nested_run_takes_over_until_it_ends(tmp_path):
    with lineage_stats.record("outer", directory=tmp_path) as outer:
        work()
        with lineage_stats.record("inner", directory=tmp_path) as inner:
            work().head()
        work()
    assert [op.name for op in inner.trace()][-1] == "DataFrame.head"
    assert len(outer.trace()) == 4
    assert ACTIVE[0] is None


def test_runs_may_end_in_any_order(tmp_path):
    first = lineage_stats.record("first", directory=tmp_path)
    second = lineage_stats.record("second", directory=tmp_path)
    one, two = first.__enter__(), second.__enter__()
    first.__exit__(None, None, None)
    work()
    second.__exit__(None, None, None)
    assert len(one.trace()) == 0
    assert len(two.trace()) == 2


def test_a_run_without_operations_can_be_loaded(tmp_path):
    with lineage_stats.record("p", directory=tmp_path) as run:
        pass
    assert len(run.trace()) == 0
    assert run.trace().status == "ok"
    assert len(load_traces(tmp_path)) == 1


def test_a_run_that_is_not_finished_has_no_file(tmp_path):
    with (
        lineage_stats.record("p", directory=tmp_path) as run,
        pytest.raises(FileNotFoundError, match="not finished"),
    ):
        run.trace()


def test_nothing_is_recorded_where_recording_is_switched_off(tmp_path, monkeypatch):
    monkeypatch.setenv("LINEAGE_STATS_DISABLED", "1")
    with lineage_stats.record("p", directory=tmp_path / "runs") as run:
        assert len(work()) == 1
        assert not run.recording
        assert ACTIVE[0] is None
    assert not (tmp_path / "runs").exists()
    with pytest.raises(FileNotFoundError, match="switched off"):
        run.trace()


def test_a_metric_of_the_user(tmp_path):
    with lineage_stats.record("p", directory=tmp_path) as run:
        table = work()
        lineage_stats.log_metric("mine", 0.25, inputs=[table])
    trace = run.trace()
    assert trace.metrics == {"mine": 0.25}
    assert trace.parents(trace.keys[-1]) == (trace.keys[-2],)
    assert trace.operations[-1].scope.endswith("test_a_metric_of_the_user")
    lineage_stats.log_metric("nobody listens", 1.0)


def test_a_metric_of_one_frame_is_downstream_of_it(tmp_path):
    with lineage_stats.record("p", directory=tmp_path) as run:
        lineage_stats.log_metric("mine", 0.25, inputs=work())
    trace = run.trace()
    assert trace.parents(trace.keys[-1]) == (trace.keys[-2],)


def test_a_metric_that_is_no_number_stops_nothing(tmp_path, lenient):
    with lineage_stats.record("p", directory=tmp_path) as run:
        lineage_stats.log_metric("mine", None)
    trace = run.trace()
    assert (trace.metrics, trace.complete) == ({}, False)
    assert trace.problems == ("mine: TypeError in log_metric",)


def failing():
    yield work()
    raise KeyError("the user's own")


@pytest.mark.parametrize("inputs", [None, 5, 0.3, "iterate"])
def test_inputs_that_are_none_stop_nothing_and_the_metric_counts(tmp_path, lenient, inputs):
    with lineage_stats.record("p", directory=tmp_path) as run:
        lineage_stats.log_metric("mine", 0.25, inputs=failing() if inputs == "iterate" else inputs)
    trace = run.trace()
    assert (trace.metrics, trace.complete) == ({"mine": 0.25}, False)
    error = "KeyError" if inputs == "iterate" else "TypeError"
    assert trace.problems == (f"mine: {error} in log_metric",)


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path, lenient, caplog):
    (tmp_path / "file").write_text("")
    with (
        caplog.at_level(logging.WARNING, "lineage_stats"),
        lineage_stats.record("p", directory=tmp_path / "file") as run,
    ):
        assert len(work()) == 1
    assert "not recorded" in caplog.text
    assert not run.recording


def test_hooks_that_cannot_be_installed_stop_nothing(tmp_path, lenient, caplog, monkeypatch):
    monkeypatch.setattr(Hooks, "install", lambda self: 1 / 0)
    with (
        caplog.at_level(logging.WARNING, "lineage_stats"),
        lineage_stats.record("p", directory=tmp_path) as run,
    ):
        assert len(work()) == 1
    assert "not recorded" in caplog.text
    assert not run.recording


@pytest.mark.parametrize("script", ["program.py", "/program.py"])
def test_a_removed_working_folder_stops_nothing(tmp_path, lenient, monkeypatch, script):
    monkeypatch.setattr(sys.modules["__main__"], "__file__", script, raising=False)
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with lineage_stats.record("p", directory=tmp_path / "store") as run:
        assert len(work()) == 1
    assert len(run.trace()) == 2
    monkeypatch.chdir(tmp_path)


def test_a_store_that_disappears_stops_nothing(tmp_path, lenient, caplog):
    with (
        caplog.at_level(logging.WARNING, "lineage_stats"),
        lineage_stats.record("p", directory=tmp_path / "store") as run,
    ):
        work()
        shutil.rmtree(tmp_path / "store")
        assert len(work()) == 1
    assert run.path is None or run.path.exists()


def test_a_journal_that_fails_stops_nothing(tmp_path, lenient, caplog, monkeypatch):
    monkeypatch.setattr(_writer, "FLUSH_SECONDS", 0.02)

    def full(self):
        raise OSError(28, "No space left on device")

    with (
        caplog.at_level(logging.WARNING, "lineage_stats"),
        lineage_stats.record("p", directory=tmp_path),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(Journal, "flush", full)
            work()
            deadline = time.monotonic() + 10
            while ACTIVE[0] is not None and time.monotonic() < deadline:
                time.sleep(0.01)
            assert ACTIVE[0] is None
        assert len(work()) == 1
    assert "No space left" in caplog.text


def test_what_is_older_than_a_second_is_on_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(_writer, "FLUSH_SECONDS", 0.02)
    with lineage_stats.record("p", directory=tmp_path):
        work()
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            (trace,) = load_traces(tmp_path)
            if len(trace) == 2:
                break
            time.sleep(0.01)
        assert (trace.status, trace.complete, len(trace)) == ("running", False, 2)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_writes_a_part_and_leaves_the_run_to_its_parent(tmp_path):
    with lineage_stats.record("p", directory=tmp_path / "own") as run:
        table = work()
        child = os.fork()
        if child == 0:
            code = 1
            try:
                table.head()
                with lineage_stats.record("child", directory=tmp_path / "child") as own:
                    work()
                run.finish()
                table.tail()
                code = 0 if len(own.trace()) == 2 else 2
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        work()
    trace = run.trace()
    assert sorted(op.name for op in trace) == [
        "DataFrame", "DataFrame", "DataFrame.dropna", "DataFrame.dropna", "DataFrame.head",
        "DataFrame.tail",
    ]  # fmt: skip
    (head,) = [op.key for op in trace if op.name == "DataFrame.head"]
    assert [trace.operation(key).name for key in trace.parents(head)] == ["DataFrame.dropna"]
    assert len(load_traces(tmp_path / "own")) == 1


def test_the_name_of_the_pipeline_is_that_of_the_script(monkeypatch):
    import __main__

    for file, name in {
        "/a/daily_job.py": "daily_job",
        "/x/ipykernel_launcher.py": "notebook",
        "-c": "interactive",
        "": "interactive",
    }.items():
        monkeypatch.setattr(__main__, "__file__", file, raising=False)
        monkeypatch.setattr("sys.argv", [file])
        assert _session.default_pipeline() == name


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"tags": "healthy"}, "The 'tags' parameter of record must be a mapping"),
        ({"tags": ["healthy"]}, "Got \\['healthy'\\] instead"),
        ({"pipeline": 3}, "The 'pipeline' parameter of record must be a str. Got 3 instead."),
    ],
)
def test_parameters_of_a_wrong_type_are_refused(wrong, message, tmp_path):
    with pytest.raises(TypeError, match=message):
        lineage_stats.record(**{"pipeline": "p", "directory": tmp_path, **wrong})


def test_an_interrupt_at_the_end_loses_nothing(tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(_session.Session, "_end_record", interrupted)
    with pytest.raises(KeyboardInterrupt), lineage_stats.record("a", directory=tmp_path):
        pd.DataFrame({"x": [1.0, None]}).dropna()
    (trace,) = load_traces(tmp_path)
    assert [op.name for op in trace] == ["DataFrame", "DataFrame.dropna"]
    assert trace.status == "running"


def test_a_setting_that_cannot_be_used_is_told_once(tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("LINEAGE_STATS_FEATURES", "everything")
    monkeypatch.setattr("lineage_stats._session._told", set())
    for _ in range(2):
        with lineage_stats.record("p", directory=tmp_path):
            pass
    assert caplog.text.count("LINEAGE_STATS_FEATURES=everything is ignored") == 1


def test_arrays_in_a_list_of_inputs_are_looked_for_as_those_of_other_metrics(tmp_path):
    (tmp_path / "job.py").write_text(
        """
import lineage_stats
import pandas as pd
table = pd.DataFrame({"a": [1.0, None]}).dropna()
actual = table["a"].to_numpy() * 2.0
lineage_stats.log_metric("mine", 0.25, inputs=[actual, table])
"""
    )
    with lineage_stats.record("p", directory=tmp_path) as run:
        runpy.run_path(str(tmp_path / "job.py"))
    trace = run.trace()
    assert trace.parents(trace.keys[-1]) == (trace.keys[-2],)
    assert trace.environment["untracked_inputs"] == "0"


@pytest.mark.parametrize("better", [True, False, None])
def test_the_program_may_say_which_way_a_metric_is_better(tmp_path, better):
    with lineage_stats.record("p", directory=tmp_path) as run:
        lineage_stats.log_metric("cost", 0.25, inputs=work(), greater_is_better=better)
    assert run.trace().operations[-1].greater_is_better is better
