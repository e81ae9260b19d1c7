"""A small pipeline is recorded whole, goes on after a stop, and comes out the same again."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from corpus import catalogue, recorder
from corpus.cases import Size
from corpus.labels import missing_versions
from corpus.manifest import summary, without_truth, write_parts
from corpus.recorder import Book, Recorder

from lineage_stats.datasets import load_corpus

# What they share takes a while to make.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("recorder")]

MAIN = """
import json
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error
from parts import clean

config = json.load(open("config.json"))
table = clean(pd.read_csv("table.csv"), config)
x, y = table[["a", "b"]], table["y"]
model = Ridge(alpha=config["alpha"])
model.fit(x, y)
print(mean_absolute_error(y, model.predict(x)))
"""
PARTS = """
def clean(table, config):
    table = table[table["a"] > config["least"]]
    return table.dropna()
"""
DAY = """
import json
import pandas as pd
from corpus.interface import Pipeline

PIPELINE = Pipeline("mini", metric="mean_absolute_error", task="regression", part="development",
                    about="For tests.", greater_is_better=False)

def write_day(folder, day, rng):
    table = pd.DataFrame(rng.normal(size=(60, 2)), columns=["a", "b"])
    table["y"] = table["a"] + 2 * table["b"] + rng.normal(0, 0.1, 60)
    table.to_csv(folder / "table.csv", index=False)
    (folder / "config.json").write_text(json.dumps({"alpha": 0.1, "least": -1.0, "day": day}))
"""
FAULTS = """
import pandas as pd
from corpus.interface import Fault

def mix(folder, rng):
    table = pd.read_csv(folder / "table.csv")
    table["y"] = rng.permutation(table["y"])
    table.to_csv(folder / "table.csv", index=False)

FIT = (("main.py", "Ridge("), ("main.py", "model.fit("))
FAULTS = [
    Fault("labels_shuffled", "glaring", data=mix, truth=(("main.py", "pd.read_csv"),)),
    Fault("hyper_parameter_broken", "glaring", config={"alpha": 1e4}, truth=FIT),
    Fault("filter_inverted", "clear", (("parts.py", "> config", "< config"),),
          truth=(("parts.py", 'table["a"] >'),)),
    Fault("wrong_file", "clear", (("main.py", "table.csv", "no.csv"),),
          truth=(("main.py", "pd.read_csv"),)),
    Fault("harmless_change", "clear", (("main.py", "predict(x)", "predict(1 * x)"),), cls="none"),
    Fault("sign_flipped", "clear", (("main.py", 'y = table[["a"', 'y = -table[["a"'),),
          truth=(("main.py", 'y = table[["a"'),)),
]
"""
SIZE = Size(n_history=4, n_present=2, n_seeds=1, n_composed=1)


@pytest.fixture(scope="module")
def pipelines(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("pipelines")
    (folder / "mini").mkdir()
    texts = {"main.py": MAIN, "parts.py": PARTS, "day.py": DAY, "faults.py": FAULTS}
    for name, text in texts.items():
        (folder / "mini" / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def entry(pipelines):
    return catalogue.load("mini", pipelines)


def record(out: Path, pipelines: Path, entry):
    with Recorder(out, SIZE, 1, pipelines) as it:
        measured = it.record(entry)
    write_parts(out, [measured])
    return measured


@pytest.fixture(scope="module")
def recorded(tmp_path_factory, pipelines, entry):
    out = tmp_path_factory.mktemp("corpus")
    return out, record(out, pipelines, entry)


@pytest.fixture
def in_process(monkeypatch):
    monkeypatch.setattr(recorder, "ProcessPoolExecutor", lambda n, *_: ThreadPoolExecutor(n))


def test_a_second_recording_is_the_same_but_for_durations(
    recorded, pipelines, entry, tmp_path, in_process
):
    _, once = recorded
    again = record(tmp_path, pipelines, entry)
    assert {k: r["content"] for k, r in once.runs.items()} == {
        k: r["content"] for k, r in again.runs.items()
    }
    assert {k: r["metric"] for k, r in once.runs.items()} == {
        k: r["metric"] for k, r in again.runs.items()
    }
    # What follows the clock is in no digest, so the files differ.
    assert any(once.runs[k]["sha256"] != r["sha256"] for k, r in again.runs.items())


def test_healthy_days_alone_are_those_of_the_whole_recording(
    recorded, pipelines, entry, tmp_path, in_process
):
    _, whole = recorded
    with Recorder(tmp_path, SIZE, 1, pipelines) as it:
        measured = it.record(entry, range(3, 8))
    write_parts(tmp_path, [measured])
    assert list(measured.runs) == [f"mini-d{day:04d}" for day in range(3, 8)]
    assert measured.runs["mini-d0003"]["content"] == whole.runs["mini-d0003"]["content"]
    [labels] = tmp_path.glob("*/labels.jsonl")
    lines = labels.read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["class"] for line in lines} == {"healthy"}


def test_a_stopped_recording_goes_on_where_it_was(
    recorded, pipelines, entry, tmp_path, in_process, monkeypatch
):
    out, whole = recorded
    n_done = 6
    lines = (out / "state" / "mini.jsonl").read_text(encoding="utf-8").splitlines()
    (tmp_path / "state").mkdir()
    kept = "\n".join(lines[:n_done]) + "\n" + lines[n_done][:30]  # cut short
    (tmp_path / "state" / "mini.jsonl").write_text(kept, encoding="utf-8")
    for line in lines[:n_done]:
        file = json.loads(line)["file"]
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_bytes((out / file).read_bytes())
    asked = []
    run_batches = recorder.run_batches
    monkeypatch.setattr(
        recorder, "run_batches", lambda batches: asked.extend(batches) or run_batches(batches)
    )
    measured = record(tmp_path, pipelines, entry)
    assert set(measured.runs) == set(whole.runs)
    done = {json.loads(line)["run_id"] for line in lines[:n_done]}
    ran = {job.run_id for batch in asked for job in batch.jobs}
    assert ran == set(whole.runs) - done
    asked.clear()
    record(tmp_path, pipelines, entry)
    assert asked == []


def test_records_of_other_sources_do_not_count(recorded, pipelines):
    out, _ = recorded
    entry = catalogue.load("mini", pipelines)
    assert Book(out, entry).records
    path = pipelines / "mini" / "faults.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "\n", encoding="utf-8")
    try:
        del entry.__dict__["digests"]
        left = Book(out, entry).records.values()
        assert {record["role"] for record in left} == {"history", "present"}
    finally:
        path.write_text(text, encoding="utf-8")
        del entry.__dict__["digests"]


def test_the_parts_are_apart_and_load(recorded):
    out, _ = recorded
    runs = load_corpus(out)
    assert "sign_flipped" not in {label.get("kind") for label in runs.labels}
    assert {label["class"] for label in runs.labels} >= {"healthy", "none", "C1", "C2", "C4"}
    held_out = json.loads((out / "test" / "manifest.json").read_text(encoding="utf-8"))
    assert all("sign_flipped" in run for run in held_out["runs"])


def test_labels_say_what_was_planted(recorded):
    out, measured = recorded
    runs = load_corpus(out)
    by_kind = {fault.kind: fault for fault in runs.faults if fault and fault.case_class == "C1"}
    assert by_kind["labels_shuffled"].target == ("<module>/read_csv#1",)
    assert by_kind["labels_shuffled"].lines == ("main.py:9",)
    assert by_kind["filter_inverted"].target == ("parts.clean/DataFrame[mask]#1",)
    assert by_kind["filter_inverted"].lines == ("parts.py:3",)
    assert set(by_kind["hyper_parameter_broken"].target) == {"<module>/Ridge.fit#1"}
    assert by_kind["labels_shuffled"].harmful
    assert by_kind["labels_shuffled"].drop > 0, "an error that grows is a drop"
    assert by_kind["wrong_file"].drop is None
    for label in runs.labels:
        if label["class"] == "none":
            assert label["drop"] == 0
            assert not label["harmful"]
    assert not [case for case in without_truth(runs.labels) if "wrong_file" not in case]
    assert "1 failed" in summary([measured])


def test_shares_are_complete(recorded):
    out, measured = recorded
    jobs = measured.jobs.values()
    assert not any(missing_versions(measured, job) for job in jobs)
    for fault in load_corpus(out).faults:
        if fault is not None and fault.case_class == "C4":
            assert len(fault.changes) in (2, 3)
            assert sum(change.share for change in fault.changes) == pytest.approx(fault.drop)


def test_nothing_of_this_machine_is_in_a_trace(recorded):
    out, _ = recorded
    for trace in load_corpus(out).traces:
        assert str(out) not in str(trace.to_dict())
        assert "/tmp" not in str(trace.to_dict())
        assert not {"host", "pid", "argv"} & set(trace.environment)
        assert {op.file for op in trace} <= {"main.py", "parts.py"}


def test_traces_that_nothing_refers_to_are_removed(recorded, tmp_path):
    out, measured = recorded
    stray = out / "development" / "mini" / "20230101T000000.000000Z-stray.parquet"
    stray.write_bytes(b"")
    write_parts(out, [measured])
    assert not stray.exists()


STARTER = """
import multiprocessing, os, signal, sys, time
from concurrent.futures import ProcessPoolExecutor
sys.path.insert(0, sys.argv[1])
from corpus.recorder import end_with_parent

if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(1, context, end_with_parent)
    print(pool.submit(os.getpid).result(), flush=True)
    pool.submit(time.sleep, 60)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a signal that Windows has not")
def test_workers_of_a_killed_process_end(tmp_path):
    script = tmp_path / "starter.py"
    script.write_text(STARTER)
    paper = str(Path(__file__).parents[3] / "paper")
    done = subprocess.run(
        [sys.executable, str(script), paper], capture_output=True, text=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    deadline = time.monotonic() + 20
    with contextlib.suppress(ProcessLookupError):
        while time.monotonic() < deadline:
            os.kill(int(done.stdout), 0)
            time.sleep(0.05)
        pytest.fail("The worker still runs.")
