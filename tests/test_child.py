"""Child processes of recorded programs, each way of starting them, in real programs."""

from __future__ import annotations

import os

import pytest

from tests.programs import HEAD, Program, names

WORK = """
def work(i):
    table = pd.DataFrame({"a": [1.0, None, 3.0] * (i + 1)})
    return len(table.dropna().head(i + 1))
"""

POOLS = {
    "fork": "mp.get_context('fork').Pool(2)",
    "spawn": "mp.get_context('spawn').Pool(2)",
    "forkserver": "mp.get_context('forkserver').Pool(2)",
    "futures": "ProcessPoolExecutor(2, mp_context=mp.get_context('fork'))",
    "futures_spawn": "ProcessPoolExecutor(2, mp_context=mp.get_context('spawn'))",
}

MAIN = """
import multiprocessing as mp
from concurrent.futures import ProcessPoolExecutor
if __name__ == "__main__":
    with {pool} as pool:
        print(list(pool.map(work, range(6))))
"""

LOKY = """
import joblib
if __name__ == "__main__":
    print(list(joblib.Parallel(2)(joblib.delayed(work)(i) for i in range(6))))
"""

KEYS = [
    f"work/{name}#1{turn}"
    for turn in ("", ":2", ":3", ":4", ":5", ":6")
    for name in ("DataFrame", "DataFrame.dropna", "DataFrame.head")
]


@pytest.fixture
def program(tmp_path):
    return Program(tmp_path)


def check_six_tasks(trace):
    """Hold a run of six tasks to the keys, sizes and edges that a loop would have had."""
    assert sorted(trace.keys) == sorted(KEYS)
    sizes = [trace.operation(key).outputs[0].rows for key in KEYS if "/DataFrame#1" in key]
    assert sizes == [3, 6, 9, 12, 15, 18]
    for turn in ("", ":2", ":6"):
        below = f"work/DataFrame.dropna#1{turn}"
        assert trace.parents(below) == (f"work/DataFrame#1{turn}",)
        assert trace.children(below) == (f"work/DataFrame.head#1{turn}",)
    assert (trace.status, trace.complete, trace.problems) == ("ok", True, ())


@pytest.mark.slow
@pytest.mark.parametrize("method", POOLS)
def test_tasks_of_a_pool_are_recorded_once_in_the_order_of_the_tasks(program, method):
    if method != "spawn" and not hasattr(os, "fork"):
        pytest.skip("no fork")
    done = program.run(HEAD + WORK + MAIN.format(pool=POOLS[method]))
    assert (done.returncode, done.stdout, done.stderr) == (0, "[1, 2, 3, 4, 5, 6]\n", "")
    (trace,) = program.traces()
    check_six_tasks(trace)
    assert program.files() == ["parquet"]


def test_tasks_of_joblib_are_recorded_once(program):
    done = program.run(HEAD + WORK + LOKY)
    assert (done.returncode, done.stdout, done.stderr) == (0, "[1, 2, 3, 4, 5, 6]\n", "")
    (trace,) = program.traces()
    check_six_tasks(trace)


@pytest.mark.slow
def test_what_a_library_shares_out_is_one_operation_and_what_the_user_shares_out_is_more(program):
    source = """
import joblib
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import GridSearchCV, cross_val_score

class Constant(ClassifierMixin, BaseEstimator):
    def __init__(self, value=1):
        self.value = value
    def fit(self, X, y):
        self.classes_ = np.unique(y)
        pd.DataFrame(X).dropna()
        return self
    def predict(self, X):
        return np.full(len(X), self.value)

def own(i):
    return Constant(i).fit(np.zeros((4, 2)), [0, 1, 0, 1]).predict(np.zeros((2, 2))).sum().item()

if __name__ == "__main__":
    X, y = np.zeros((20, 2)), np.array([0, 1] * 10)
    search = GridSearchCV(Constant(), {"value": [0, 1]}, cv=2, n_jobs=2,
                          scoring=make_scorer(f1_score))
    print(search.fit(X, y).best_params_)
    print(joblib.Parallel(2)(joblib.delayed(own)(i) for i in range(2)))
    with joblib.parallel_config("multiprocessing"):
        print(cross_val_score(Constant(), X, y, cv=2, n_jobs=2))
"""
    done = program.run(HEAD + source)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "{'value': 1}\n[0, 2]\n[0.5 0.5]\n"
    (trace,) = program.traces()
    assert sorted(names(trace)) == sorted(
        ["GridSearchCV.fit", "cross_val_score"] + ["Constant.fit", "Constant.predict"] * 2
    )


def test_what_comes_from_the_parent_is_known_after_a_fork_and_not_after_pickling(program):
    source = """
import multiprocessing as mp
def inherited():
    table.head()
def pickled(frame):
    frame.tail()
if __name__ == "__main__":
    table = pd.DataFrame({"a": [1, 2]}).reset_index()
    context = mp.get_context("fork")
    for process in (context.Process(target=inherited), context.Process(target=inherited),
                    mp.get_context("spawn").Process(target=pickled, args=(table,))):
        process.start()
        process.join()
        assert not [name for name in vars(process) if "lineage" in name]
"""
    done = program.run(HEAD + source)
    assert (done.returncode, done.stderr) == (0, "")
    (trace,) = program.traces()
    made = "<module>/DataFrame.reset_index#1"
    assert trace.parents("inherited/DataFrame.head#1") == (made,)
    assert trace.parents("inherited/DataFrame.head#1:2") == (made,)
    assert trace.parents("pickled/DataFrame.tail#1") == ()
    assert trace.environment["untracked_inputs"] == "1"


@pytest.mark.slow
def test_a_block_records_its_own_pools_and_a_pool_that_outlives_it_serves_the_next(program):
    source = """
import joblib
import lineage_stats
import pandas as pd
def drop(i):
    return len(pd.DataFrame({"a": [i]}).dropna())
def head(i):
    return len(pd.DataFrame({"a": [i]}).head())
if __name__ == "__main__":
    for function in (drop, head):
        with lineage_stats.record(function.__name__, directory="lineage_traces"):
            joblib.Parallel(2)(joblib.delayed(function)(i) for i in range(4))
        joblib.Parallel(2)(joblib.delayed(function)(i) for i in range(4))
"""
    done = program.run(source)
    assert (done.returncode, done.stderr) == (0, "")
    drop, head = program.traces()
    assert sorted(names(drop)) == ["DataFrame"] * 4 + ["DataFrame.dropna"] * 4
    assert sorted(names(head)) == ["DataFrame"] * 4 + ["DataFrame.head"] * 4
    assert not list((program.folder / "lineage_traces").glob(".running*"))


def test_a_worker_that_is_killed_leaves_what_it_had_told(program):
    source = """
import multiprocessing as mp, os, signal
def work(pipe):
    pd.DataFrame({"a": [1]}).dropna()
    pipe.send("done")
    os.kill(os.getpid(), signal.SIGKILL)
if __name__ == "__main__":
    here, there = mp.Pipe()
    process = mp.get_context("fork").Process(target=work, args=(there,))
    process.start()
    print(here.recv())
    process.join()
    print(process.exitcode)
"""
    done = program.run(HEAD + source)
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n-9\n", "")
    (trace,) = program.traces()
    assert names(trace) == ["DataFrame", "DataFrame.dropna"]


def test_a_child_that_cannot_import_us_works_as_before(program):
    source = """
import multiprocessing as mp, sys
sys.modules["lineage_stats._open_runs"] = None  # in the child as well: the module is imported there
def work(i):
    return len(pd.DataFrame({"a": [i]}))
if __name__ == "__main__":
    with mp.get_context("spawn").Pool(1) as pool:
        print(pool.map(work, [1, 2]))
"""
    done = program.run(HEAD + source)
    assert (done.returncode, done.stdout, done.stderr) == (0, "[1, 1]\n", "")


def test_a_fork_while_threads_work_and_one_inside_of_a_call(program):
    source = """
import os, threading
table = pd.DataFrame({"a": [2, 1]})
stop = threading.Event()
def busy():
    while not stop.is_set():
        table.sort_values("a")
def f(column):
    child = os.fork()
    if child == 0:
        table.head()
        os._exit(3)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    return column
threads = [threading.Thread(target=busy) for _ in range(3)]
for t in threads: t.start()
for _ in range(5):
    child = os.fork()
    if child == 0:
        table.tail()
        os._exit(4)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
table.apply(f)
stop.set()
for t in threads: t.join()
"""
    # Since Python 3.12 a fork with threads is warned of, recorded or not.
    done = program.run(HEAD + source, PYTHONWARNINGS="ignore::DeprecationWarning")
    assert (done.returncode, done.stdout, done.stderr) == (0, "4\n" * 5 + "3\n", "")
    (trace,) = program.traces()
    assert [name for name in names(trace) if name != "DataFrame.sort_values"] == [
        "DataFrame", *["DataFrame.tail"] * 5, "DataFrame.apply",
    ]  # fmt: skip


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_pool_that_outlives_its_run_goes_on_undisturbed(program, method):
    source = f"""
import lineage_stats, multiprocessing as mp, pandas as pd
def work(i):
    table = pd.DataFrame({{"a": [1]}})
    return [name for name, _ in table.items()] + [key for key, _ in table.groupby("a")]
if __name__ == "__main__":
    with lineage_stats.record("p", directory="lineage_traces"):
        pool = mp.get_context("{method}").Pool(1)
        print(pool.map(work, [0]))
    print(pool.map(work, [0]))
    pool.close()
    pool.join()
"""
    done = program.run(source)
    assert (done.returncode, done.stdout, done.stderr) == (0, "[['a', 1]]\n" * 2, "")
