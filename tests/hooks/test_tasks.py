"""Whose task it is that a worker works at, and which one."""

from __future__ import annotations

import gc
import sys
import time
import types
import weakref

from lineage_stats.hooks._tasks import TaskWatch

LIBRARIES = ["sklearn", "pandas", "lineage_stats", "numpy"]


def call(*modules):
    """Return what `accepts` says at the bottom of calls through functions of these modules."""
    watch = TaskWatch(LIBRARIES)
    names = {"accepts": lambda: watch.accepts(sys._getframe(1))}
    step = names["accepts"]
    for module in reversed(modules):
        space = {"__name__": module, "inner": step}
        exec("def step(): return inner()", space)
        step = space["step"]
    return step()


def test_the_users_own_calls_are_the_users():
    assert call("__main__")
    assert call("__main__", "tools")


def test_a_function_of_the_user_in_a_pool_is_the_users():
    assert call("multiprocessing.process", "multiprocessing.pool", "__main__")
    assert call("joblib.parallel", "sklearn.utils.parallel", "__main__")
    assert call("lineage_stats._script", "concurrent.futures.process", "tools")
    assert call("joblib.parallel", "__main__", "numpy.lib", "__main__")


def test_a_function_of_a_library_in_a_pool_is_not():
    library = ("sklearn.model_selection._validation", "__main__")
    assert not call("multiprocessing.pool", "joblib.parallel", *library)
    assert not call("joblib.parallel", "sklearn.utils.parallel", *library)
    assert not call("sklearn.model_selection", "joblib.parallel", "multiprocessing.pool", "tools")


def test_in_a_worker_of_spark_the_functions_calls_are_the_users_and_sparks_own_are_not():
    worker = ("pyspark.daemon", "pyspark.worker", "pyspark.sql.pandas.serializers")
    assert call(*worker, "pyspark.util", "__main__")
    assert call(*worker, "tools", "pandas.core.apply", "tools")
    assert not call(*worker)
    assert not call(*worker, "pyarrow.pandas_compat")
    assert not call(*worker, "__main__", "pyspark.sql.pandas.serializers")  # it is asked for more
    assert not call(*worker, "sklearn.base", "pandas.core")


def test_tasks_of_spark_are_sorted_by_stage_and_partition(monkeypatch):
    context = types.SimpleNamespace(stageId=lambda: 3, partitionId=lambda: 1)
    task = types.SimpleNamespace(TaskContext=types.SimpleNamespace(get=lambda: context))
    monkeypatch.setitem(sys.modules, "pyspark.taskcontext", task)
    watch = TaskWatch(LIBRARIES)
    assert watch.accepts(sys._getframe())
    assert watch.order_of(time.time_ns()) == (3, 1)


class Item:
    def __init__(self, work_id):
        self.work_id = work_id


def work_at(watch, item, pool=False):
    """Run a task as the worker of a pool does, and return when its operation started."""
    space = {"__name__": "multiprocessing.pool" if pool else "concurrent.futures.process"}
    if pool:
        exec("def worker(f, task):\n    job, i = task\n    return f()", space)
        worker = space["worker"]
    else:
        exec("def _process_worker(f, call_item):\n    return f()", space)
        worker = space["_process_worker"]

    def user():
        assert watch.accepts(sys._getframe())
        return time.time_ns()

    return worker(
        types.FunctionType(user.__code__, globals(), "user", None, user.__closure__), item
    )


def test_operations_are_sorted_by_the_numbers_of_their_tasks():
    watch = TaskWatch(LIBRARIES)
    starts = []
    for number in (4, 7, 9):
        starts.append(work_at(watch, Item(number)))
        time.sleep(0.001)
    assert [watch.order_of(start) for start in starts] == [(4,), (7,), (9,)]
    assert work_at(watch, (2, 5), pool=True) > starts[-1]
    assert watch.order_of(time.time_ns()) == (2, 5)


def test_what_is_no_task_is_sorted_by_the_process():
    watch = TaskWatch(LIBRARIES)
    assert watch.order_of(0) == ()
    assert watch.accepts(sys._getframe())
    assert watch.order_of(time.time_ns()) == ()
    assert work_at(watch, Item("no number"))
    assert watch.order_of(time.time_ns()) == ()


def test_nothing_of_the_task_is_kept():
    watch = TaskWatch(LIBRARIES)
    item = Item(1)
    gone = weakref.ref(item)
    work_at(watch, item)
    del item
    gc.collect()
    assert gone() is None
