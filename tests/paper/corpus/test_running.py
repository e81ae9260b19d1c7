"""A run is alone: its modules, its folder and its randomness are its own."""

import sys
import threading
from pathlib import Path

import pytest
from corpus.running import busy_machine, run_for_metric, run_script

MAIN = """
import random
import numpy as np
from sklearn.metrics import f1_score
from helper import calls

calls.append(1)
with open("out.txt", "w") as file:
    file.write(f"{len(calls)} {random.random()} {np.random.random()}")
f1_score([0, 1, 1], [0, 1, 1])
f1_score([0, 1, 1], [0, 0, 1])
"""


@pytest.fixture
def sources(tmp_path):
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "main.py").write_text(MAIN, encoding="utf-8")
    (folder / "helper.py").write_text("calls = []\n", encoding="utf-8")
    return folder


@pytest.fixture
def day(tmp_path):
    folder = tmp_path / "day"
    folder.mkdir()
    return folder


def test_a_run_finds_fresh_modules_and_the_same_randomness(sources, day):
    texts = set()
    for _ in range(2):
        run_script(sources, day)
        texts.add((day / "out.txt").read_text())
    assert len(texts) == 1
    assert texts.pop().startswith("1 ")


def test_a_run_leaves_the_process_as_it_was(sources, day):
    before = Path.cwd(), [*sys.path], sys.argv, set(sys.modules)
    run_script(sources, day)
    after = Path.cwd(), [*sys.path], sys.argv, set(sys.modules)
    assert after[:3] == before[:3]
    assert "helper" not in sys.modules


def test_a_run_that_breaks_leaves_the_process_as_it_was(sources, day):
    before = Path.cwd(), [*sys.path]
    (sources / "main.py").write_text("import helper\n1 / 0\n", encoding="utf-8")
    with pytest.raises(ZeroDivisionError):
        run_script(sources, day)
    assert (Path.cwd(), [*sys.path]) == before
    assert "helper" not in sys.modules


def test_the_metric_is_that_of_the_last_call(sources, day):
    import sklearn.metrics

    function = sklearn.metrics.f1_score
    assert run_for_metric(sources, day, "f1_score") == pytest.approx(2 / 3)
    assert sklearn.metrics.f1_score is function
    with pytest.raises(RuntimeError, match="r2_score was not called"):
        run_for_metric(sources, day, "r2_score")


def test_a_busy_machine_computes_in_a_thread_that_ends():
    n_threads = threading.active_count()
    with busy_machine():
        assert threading.active_count() == n_threads + 1
    assert threading.active_count() == n_threads
