"""Two runs in one process: each owns what its thread, its task and its own threads do."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import joblib
import pandas as pd

import lineage_stats
from lineage_stats.hooks._owners import OWNER, _born_in
from lineage_stats.hooks._swap import ACTIVE

FRAME = pd.DataFrame({"a": [2, 1, None]})


def names(run):
    return [op.name for op in run.trace()]


def calls(run):
    return sum(op.features.get("calls", 1.0) for op in run.trace())


def in_threads(*functions):
    threads = [threading.Thread(target=function) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_blocks_in_two_threads_do_not_mix(tmp_path):
    runs, both = {}, threading.Barrier(2)

    def work(name, method):
        with lineage_stats.record(name, directory=tmp_path) as run:
            both.wait()
            for _ in range(200):
                getattr(FRAME, method)()
            lineage_stats.log_metric(name, 1.0)
            both.wait()
        runs[name] = run

    in_threads(lambda: work("drop", "dropna"), lambda: work("head", "head"))
    assert set(names(runs["drop"])) == {"DataFrame.dropna", "drop"}
    assert set(names(runs["head"])) == {"DataFrame.head", "head"}
    assert calls(runs["drop"]) == calls(runs["head"]) == 201
    assert ACTIVE[0] is None
    assert OWNER.get() is None


def test_tasks_do_not_mix_and_take_their_threads_along(tmp_path):
    async def work(name, method):
        with lineage_stats.record(name, directory=tmp_path) as run:
            for _ in range(5):
                await asyncio.sleep(0)
                getattr(FRAME, method)()
            await asyncio.to_thread(getattr(FRAME, method))
        return run

    async def both():
        return await asyncio.gather(work("drop", "dropna"), work("head", "head"))

    drop, head = asyncio.run(both())
    assert names(drop) == ["DataFrame.dropna"] * 6
    assert names(head) == ["DataFrame.head"] * 6


def test_threads_belong_to_the_block_that_started_them(tmp_path):
    with lineage_stats.record("outer", directory=tmp_path) as outer:
        early = ThreadPoolExecutor(1)
        early.submit(FRAME.sort_index).result()
        with lineage_stats.record("inner", directory=tmp_path) as inner, early:
            FRAME.dropna()
            in_threads(FRAME.head, lambda: in_threads(FRAME.tail))
            early.submit(FRAME.reset_index).result()
            joblib.Parallel(2, backend="threading")([joblib.delayed(FRAME.sort_index)()] * 2)
        FRAME.nlargest(1, "a")
    assert sorted(names(inner)) == [
        "DataFrame.dropna", "DataFrame.head", "DataFrame.sort_index", "DataFrame.sort_index",
        "DataFrame.tail",
    ]  # fmt: skip
    assert names(outer) == ["DataFrame.sort_index", "DataFrame.reset_index", "DataFrame.nlargest"]


def test_a_thread_that_outlives_its_block_works_for_the_run_that_began_first(tmp_path):
    go, ready = threading.Event(), threading.Event()

    def work():
        ready.set()
        go.wait()
        FRAME.tail()

    with lineage_stats.record("outer", directory=tmp_path) as outer:
        with lineage_stats.record("inner", directory=tmp_path) as inner:
            thread = threading.Thread(target=work)
            thread.start()
            ready.wait()
        with lineage_stats.record("later", directory=tmp_path) as later:
            go.set()
            thread.join()
    assert names(outer) == ["DataFrame.tail"]
    assert names(inner) == names(later) == []


def test_with_one_block_every_thread_is_recorded(tmp_path):
    with ThreadPoolExecutor(1) as early:
        early.submit(FRAME.sort_index).result()
        with lineage_stats.record("only", directory=tmp_path) as run:
            early.submit(FRAME.head).result()
    assert names(run) == ["DataFrame.head"]


def test_a_call_that_its_run_does_not_outlive_does_no_harm(tmp_path):
    inside, go = threading.Event(), threading.Event()

    def slow(column):
        inside.set()
        go.wait()
        return column

    with lineage_stats.record("outer", directory=tmp_path) as outer:
        with lineage_stats.record("inner", directory=tmp_path) as inner:
            thread = threading.Thread(target=lambda: FRAME.apply(slow) is FRAME.head())
            thread.start()
            inside.wait()
        go.set()
        thread.join()
    assert names(inner) == []
    assert "DataFrame.head" in names(outer)


def test_no_thread_is_kept_alive(tmp_path):
    with lineage_stats.record("p", directory=tmp_path):
        thread = threading.Thread(target=FRAME.head)
        thread.start()
        thread.join()
        assert thread in _born_in
        gone = weakref.ref(thread)
        del thread
        gc.collect()
        assert gone() is None


def test_a_block_may_be_left_in_another_context(tmp_path):
    block = lineage_stats.record("p", directory=tmp_path)

    async def enter():
        block.__enter__()

    asyncio.run(enter())
    block.__exit__(None, None, None)
    assert ACTIVE[0] is None
