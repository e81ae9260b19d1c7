"""`import lineage_stats.auto` in real programs, and all the ways in which programs end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.programs import HEAD, Program, names

WORK = 'table = pd.DataFrame({"a": [1.0, None]}).dropna()\n'


@pytest.fixture
def program(tmp_path):
    return Program(tmp_path)


def test_a_program_is_recorded_to_its_end(program):
    done = program.run(HEAD + WORK + "import atexit\nprint(len(table))\n")
    assert (done.returncode, done.stdout, done.stderr) == (0, "1\n", "")
    (trace,) = program.traces()
    assert names(trace) == ["DataFrame", "DataFrame.dropna"]
    assert (trace.pipeline, trace.status, trace.complete) == ("job", "ok", True)
    assert trace.operations[0].location == "job.py:4"
    assert trace.keys[0] == "<module>/DataFrame#1"


def test_a_worker_of_spark_begins_no_run_of_its_own(program):
    package = program.folder / "pyspark"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "daemon.py").write_text("import functions\n")
    (program.folder / "functions.py").write_text(HEAD + WORK + "print('done')\n")
    for module, files in (("pyspark.daemon", []), ("functions", ["parquet"])):
        done = subprocess.run(
            [sys.executable, "-m", module], cwd=program.folder, env=program.env, timeout=60,
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert (done.stdout, program.files()) == ("done\n", files)


def test_libraries_imported_before_are_recorded(program):
    source = "from sklearn.metrics import f1_score\nimport pandas as pd\n" + HEAD + WORK
    assert program.run(source + "f1_score([0, 1], [0, 1])\n").returncode == 0
    (trace,) = program.traces()
    assert names(trace) == ["DataFrame", "DataFrame.dropna", "f1_score"]


@pytest.mark.parametrize(
    ("end", "code", "status"),
    [
        ("raise ValueError('mine')", 1, "failed"),
        ("import sys; sys.exit(0)", 0, "ok"),
        ("import sys; sys.exit(3)", 3, "failed"),
        ("import sys; sys.exit('no rows')", 1, "failed"),
        ("exit(4)", 4, "failed"),
        ("raise SystemExit(5)", 5, "failed"),
        ("def main():\n    raise SystemExit(6)\nmain()", 6, "failed"),
        ("def main():\n    pass\nraise SystemExit(main())", 0, "ok"),
        ("def main():\n    return 3\nraise SystemExit(main())", 3, "failed"),
        ("def main():\n    raise SystemExit(0)\nmain()", 0, "ok"),
        ("raise KeyboardInterrupt", -2, "failed"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGINT)", -2, "failed"),
        ("import sys\ntry:\n    sys.exit(7)\nexcept SystemExit:\n    pass", 0, "ok"),
        (
            "import threading, sys\nt = threading.Thread(target=sys.exit, args=(8,))\n"
            "t.start(); t.join()",
            0,
            "ok",
        ),
        ("table.drop(columns='absent')", 1, "failed"),
        ("lineage_stats.auto.stop(); raise ValueError", 1, "ok"),
    ],
)
def test_the_way_in_which_it_ends_is_recorded(program, end, code, status):
    assert program.run(HEAD + WORK + end).returncode == code
    (trace,) = program.traces()
    assert trace.status == status
    assert trace.complete
    assert len(trace) >= 2


def test_tracebacks_show_the_users_line(program):
    done = program.run(
        HEAD + "def f(column):\n    raise KeyError('mine')\n" + WORK + "table.apply(f)"
    )
    assert "KeyError: 'mine'" in done.stderr
    assert "table.apply(f)" in done.stderr
    assert "During handling" not in done.stderr


def test_disabled_it_does_nothing(program):
    source = HEAD + "import sys\nassert lineage_stats.auto.session is None\n" + WORK
    assert program.run(source, LINEAGE_STATS_DISABLED="1").returncode == 0
    assert not (program.folder / "lineage_traces").exists()


def test_a_folder_that_cannot_be_written_is_named(program):
    (program.folder / "lineage_traces").write_text("in the way")
    done = program.run(HEAD + WORK + "print(len(table))\n")
    assert (done.returncode, done.stdout) == (0, "1\n")
    assert "not recorded" in done.stderr
    assert "lineage_traces" in done.stderr


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root writes everywhere")
def test_a_read_only_folder_is_named(program):
    program.command("")
    program.folder.chmod(0o500)
    done = subprocess.run(
        [sys.executable, "-c", HEAD + WORK], cwd=program.folder, env=program.env,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    program.folder.chmod(0o700)
    assert done.returncode == 0
    assert "not recorded" in done.stderr


def test_a_store_that_disappears_stops_nothing(program):
    source = (
        HEAD + WORK + "import shutil\nshutil.rmtree('lineage_traces')\n" + WORK + "print('done')"
    )
    done = program.run(source)
    assert (done.returncode, done.stdout) == (0, "done\n")


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_a_killed_program_leaves_what_is_older_than_a_second(program):
    source = HEAD + WORK + "import time\ntime.sleep(1.2)\nprint('now', flush=True)\ntime.sleep(60)"
    process = program.start(source)
    assert process.stdout.readline() == "now\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    (trace,) = program.traces()
    assert names(trace) == ["DataFrame", "DataFrame.dropna"]
    assert (trace.status, trace.complete) == ("killed", False)
    assert trace.problems == ("the process is gone and left no end of the run",)


@pytest.mark.skipif(os.name == "nt", reason="no SIGINT")
def test_an_interrupt_inside_a_call_is_recorded(program):
    wait = "def f(column):\n    print('now', flush=True)\n    time.sleep(60)\n"
    process = program.start(HEAD + "import time\n" + wait + WORK + "table.apply(f)\n")
    assert process.stdout.readline() == "now\n"
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=30)
    assert "KeyboardInterrupt" in stderr
    (trace,) = program.traces()
    last = trace.operations[-1]
    assert (last.name, last.status, last.error) == (
        "DataFrame.apply",
        "failed",
        "KeyboardInterrupt",
    )
    assert trace.status == "failed"


def test_what_happens_in_exit_handlers_does_no_harm(program):
    source = "import atexit\natexit.register(lambda: print(len(pd.DataFrame({'a': [1]}))))\n"
    done = program.run(source + HEAD + WORK + "atexit.register(lambda: table.head())\n")
    assert (done.returncode, done.stdout, done.stderr) == (0, "1\n", "")
    (trace,) = program.traces()
    assert names(trace) == ["DataFrame", "DataFrame.dropna", "DataFrame.head"]


def test_threads_at_the_end_do_no_harm(program):
    source = """
import threading
def work():
    for _ in range(200):
        table.sort_values("a")
for i in range(4):
    threading.Thread(target=work, daemon=i % 2 == 0).start()
"""
    done = program.run(HEAD + WORK + source)
    assert (done.returncode, done.stderr) == (0, "")
    (trace,) = program.traces()
    assert trace.status == "ok"


def test_a_program_without_operations_ends_quickly_and_well(program):
    done = program.run("import lineage_stats.auto, sys\nprint('pandas' in sys.modules)\n")
    assert (done.returncode, done.stdout, done.stderr) == (0, "False\n", "")
    (trace,) = program.traces()
    assert len(trace) == 0
    assert trace.status == "ok"


def test_a_program_that_changes_its_folder_writes_where_it_began(program):
    (program.folder / "elsewhere").mkdir()
    assert program.run(HEAD + "import os\nos.chdir('elsewhere')\n" + WORK).returncode == 0
    (trace,) = program.traces()
    assert len(trace) == 2


def test_warnings_name_the_users_line(program):
    source = (
        HEAD
        + """
import warnings
warnings.simplefilter("always")
left = pd.DataFrame({"a": [1, 2]})
left.merge(pd.DataFrame({"a": [1.5, 2.0]}), on="a")
"""
    )
    done = program.run(source)
    assert "job.py:8: UserWarning" in done.stderr
    assert 'left.merge(pd.DataFrame({"a": [1.5, 2.0]}), on="a")' in done.stderr
