"""Which runs go on; what needs processes and threads is in `test_child` and `test_owners`."""

from __future__ import annotations

import os
import pickle
import warnings

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
