"""Which runs go on; what needs processes and threads is in `test_child` and `test_owners`."""

from __future__ import annotations

import multiprocessing
import multiprocessing.process
import os
import pickle
import warnings

import pandas as pd
import pytest

import lineage_stats
from lineage_stats import _open_runs
from lineage_stats._child import Ticket
from lineage_stats.hooks._owners import OWNER, Owners
from lineage_stats.hooks._swap import ACTIVE


def test_who_listens(tmp_path):
    assert ACTIVE[0] is None
    with lineage_stats.record("a", directory=tmp_path) as a:
        assert ACTIVE[0] is a.listener
        with lineage_stats.record("b", directory=tmp_path) as b:
            assert isinstance(ACTIVE[0], Owners)
            assert ACTIVE[0].mine() is b.listener
        assert ACTIVE[0] is a.listener
        a._give_up()
        assert ACTIVE[0] is None
    assert OWNER.get() is None


def test_hooks_that_are_kept_stay_between_runs_and_go_in_the_end(tmp_path):
    bare, process = pd.DataFrame.dropna.__code__, multiprocessing.process.BaseProcess.start
    codes, starts = [], []
    with _open_runs.hooks_kept():
        assert pd.DataFrame.dropna.__code__ is bare
        for _ in range(2):
            with lineage_stats.record("a", directory=tmp_path) as run:
                pd.DataFrame({"x": [1.0, None]}).dropna()
                starts.append(multiprocessing.process.BaseProcess.start)
            assert [op.name for op in run.trace()] == ["DataFrame", "DataFrame.dropna"]
            codes.append(pd.DataFrame.dropna.__code__)
        with _open_runs.hooks_kept():
            pass
        codes.append(pd.DataFrame.dropna.__code__)
    assert codes[0] is codes[1] is codes[2] is not bare
    assert starts[0] is starts[1]
    assert pd.DataFrame.dropna.__code__ is bare
    assert multiprocessing.process.BaseProcess.start is process


def test_hooks_that_are_kept_stay_for_a_run_that_outlives_the_block(tmp_path):
    bare = pd.DataFrame.dropna.__code__
    with lineage_stats.record("a", directory=tmp_path):
        with _open_runs.hooks_kept():
            pass
        assert pd.DataFrame.dropna.__code__ is not bare
    assert pd.DataFrame.dropna.__code__ is bare


def test_nobody_gets_a_ticket_where_nothing_is_recorded(tmp_path):
    assert _open_runs._ticket() is None
    with lineage_stats.record("a", directory=tmp_path) as run:
        ticket = _open_runs._ticket()
        assert run.run_id in ticket._known
    assert _open_runs._ticket() is None


def test_a_ticket_is_of_no_use_at_home_and_elsewhere_never_raises(tmp_path):
    with lineage_stats.record("a", directory=tmp_path):
        assert pickle.loads(pickle.dumps(_open_runs._ticket())) is None
    assert pickle.loads(pickle.dumps(Ticket("{'", "'''"))) is None
    assert _open_runs._worker is None
    assert ACTIVE[0] is None


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_fork_finds_no_thread_of_ours(tmp_path):
    with lineage_stats.record("a", directory=tmp_path) as run:
        run.writer.start()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            _open_runs._before_fork()
            assert run.writer._thread is None
            _open_runs._after_fork_in_parent()
        assert run.writer._thread.is_alive()
    assert not caught
