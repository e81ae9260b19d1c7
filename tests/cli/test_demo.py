"""The demo: what it finds, what it writes, and how it stops."""

import json
import signal
import subprocess
import sys
import time

import pytest
import typer

from lineage_stats.cli._demo import run_demo
from lineage_stats.cli.demo._days import BUGS, break_script, hospital, write_day
from lineage_stats.cli.demo._run import N_AFTER, Layout, calendar, write_scripts
from lineage_stats.exceptions import TooFewRunsError

pytestmark = pytest.mark.xdist_group("demo")  # what they share takes a while to make

N_DAYS = 20


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """Return the JSON and the text of two whole demos, and the folder of the first."""
    folder = tmp_path_factory.mktemp("demo") / "out"
    found = []
    for extra in (["--json"], []):
        command = [sys.executable, "-m", "lineage_stats", "demo", "--out", folder]
        command += ["--days", str(N_DAYS), *extra]
        options = {"capture_output": True, "text": True, "check": True, "cwd": folder.parent}
        found.append(subprocess.run(command, **options))
    return json.loads(found[0].stdout), found[1], folder


def test_each_bad_day_is_flagged_and_its_line_is_named_first(demo):
    document, _, folder = demo
    bad = [day for day in document["days"] if day["bug"]]
    assert [day["bug"]["name"] for day in bad] == [bug.name for bug in BUGS]
    for day in bad:
        assert day["flagged"]
        assert day["value"] < min(document["healthy"])
        location = day["attribution"]["contributions"][0]["location"]
        _, _, line = location.rpartition(":")
        script = Layout(folder).script(next(b for b in BUGS if b.name == day["bug"]["name"]))
        text = script.read_text(encoding="utf-8").splitlines()[int(line) - 1]
        assert day["bug"]["broken"] in text


def test_healthy_days_vary_and_those_after_the_bugs_stay_quiet(demo):
    document, _, _ = demo
    assert len(document["healthy"]) == N_DAYS
    assert len(set(document["healthy"])) > N_DAYS / 2
    after = [day for day in document["days"] if not day["bug"]]
    assert len(after) == N_AFTER
    assert not any(day["flagged"] for day in after)


def test_at_least_eighteen_operations_are_recorded(demo):
    from lineage_stats import load_traces

    runs = load_traces(demo[0]["traces"])
    assert len(runs) == N_DAYS + len(BUGS) + N_AFTER
    assert {run.status for run in runs} == {"ok"}
    assert min(len(run) for run in runs) >= 18


def test_pages_and_detector_are_left_in_the_folder(demo):
    from lineage_stats.detectors import load_detector

    document, _, folder = demo
    for bug in BUGS:
        page = Layout(folder).page(bug).read_text(encoding="utf-8")
        assert "<html" in page
        assert "http://" not in page.replace("http://www.w3.org", "")
    assert load_detector(document["detector"]).n_runs_ == N_DAYS


def test_text_is_short_plain_in_a_pipe_and_names_commands(demo):
    _, done, _ = demo
    lines = done.stdout.splitlines()
    assert len(lines) <= 70
    assert max(map(len, lines)) <= 120
    assert "\x1b" not in done.stdout
    assert done.stderr == ""
    assert sum("lineage-stats " in line for line in lines) == 2
    for bug in BUGS:
        assert bug.title in done.stdout
        assert f"+ {bug.broken}" in done.stdout


def test_a_second_demo_goes_beside_the_first_and_deletes_nothing(demo):
    _, _, folder = demo
    assert (folder / "traces").is_dir()
    assert (folder / "run-2" / "traces").is_dir()


def test_files_of_the_user_stay(tmp_path, monkeypatch):
    (tmp_path / "mine.txt").write_text("mine")
    stop_at_first_day(monkeypatch)
    with pytest.raises(typer.Exit):
        run_demo(tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "mine"
    assert {path.name for path in tmp_path.iterdir()} == {"mine.txt", "run-2"}


def test_an_interrupt_leaves_what_there_is_and_says_so(tmp_path, monkeypatch, capsys):
    stop_at_first_day(monkeypatch)
    with pytest.raises(typer.Exit) as stopped:
        run_demo(tmp_path / "out")
    assert stopped.value.exit_code == 130
    assert str(tmp_path / "out") in capsys.readouterr().err
    assert (tmp_path / "out" / "scripts" / "healthy" / "daily_pipeline.py").is_file()


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
def test_control_c_ends_the_process_with_130(tmp_path):
    command = [sys.executable, "-m", "lineage_stats", "demo", "--out", str(tmp_path / "out")]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("out/traces/**/*.parquet")) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Interrupted" in err
    assert "Traceback" not in err


def test_a_folder_that_cannot_be_written_gives_one_sentence(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    with pytest.raises(typer.Exit) as stopped:
        run_demo(tmp_path / "file" / "out")
    assert stopped.value.exit_code == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "--out" in err


def test_it_says_that_recording_is_switched_off(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LINEAGE_STATS_DISABLED", "1")
    with pytest.raises(typer.Exit) as stop:
        run_demo(tmp_path / "demo")
    assert stop.value.exit_code == 2
    assert "LINEAGE_STATS_DISABLED" in capsys.readouterr().err
    assert not (tmp_path / "demo").exists()


def test_too_few_days_are_refused_before_anything_is_written(tmp_path):
    with pytest.raises(TooFewRunsError, match="at least 5"):
        run_demo(tmp_path / "out", days=3)
    assert not (tmp_path / "out").exists()


def test_scripts_differ_in_one_line_each(tmp_path):
    layout = Layout(tmp_path)
    write_scripts(layout)
    healthy = layout.script(None).read_text(encoding="utf-8").splitlines()
    for bug in BUGS:
        broken = layout.script(bug).read_text(encoding="utf-8").splitlines()
        assert len(broken) == len(healthy)
        assert sum(a != b for a, b in zip(healthy, broken, strict=True)) == 1


def test_a_bug_whose_line_is_gone_is_an_error():
    with pytest.raises(ValueError, match="must occur once"):
        break_script("pass\n", BUGS[0])


def test_a_day_depends_on_its_seed_only(tmp_path):
    patients = hospital()
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_day(patients, tmp_path / name, seed=seed)
    read = {name: (tmp_path / name / "scans.csv").read_bytes() for name in "abc"}
    assert read["a"] == read["b"]
    assert read["a"] != read["c"]


def test_calendar_has_bad_days_after_the_baseline():
    days = calendar(7)
    assert [day.baseline for day in days[:7]] == [True] * 7
    assert [day.bug for day in days[7:10]] == list(BUGS)
    assert len({day.date for day in days}) == len(days) == 10 + N_AFTER


def stop_at_first_day(monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("lineage_stats.cli.demo._run.record_days", stop)
