"""The thread that writes while the program works."""

from __future__ import annotations

import threading

import pytest

from lineage_stats import _writer
from lineage_stats._writer import Writer


@pytest.fixture(autouse=True)
def _fast(monkeypatch):
    monkeypatch.setattr(_writer, "FLUSH_SECONDS", 0.001)


def ours():
    return [thread for thread in threading.enumerate() if thread.name == "lineage_stats"]


def test_it_works_until_it_is_stopped():
    worked = threading.Event()
    writer = Writer(lambda: worked.set() or True)
    assert not writer.stop(1.0)
    writer.start()
    assert worked.wait(10)
    assert ours()[0].daemon
    assert writer.stop(10.0)
    assert not ours()
    assert not writer.stop(1.0)


def test_it_ends_when_there_is_nothing_more_to_do():
    calls = []
    writer = Writer(lambda: calls.append(1))
    writer.start()
    writer._thread.join(10)
    assert calls == [1]
    assert writer.stop(1.0)


def test_in_a_pause_there_is_no_thread():
    writer = Writer(lambda: True)
    writer.pause()
    writer.resume()
    assert not ours()
    writer.start()
    for _ in range(3):
        writer.pause()
        assert not ours()
        writer.resume()
        writer.resume()
        assert len(ours()) == 1
    writer.stop(10.0)
    writer.pause()
    writer.resume()
    assert not ours()


def test_it_may_stop_itself():
    stopped = threading.Event()
    writer = Writer(lambda: stopped.set() if writer.stop(10.0) else None)
    writer.start()
    assert stopped.wait(10)


def test_at_the_end_of_the_interpreter_nothing_is_started(monkeypatch):
    def refuse(self):
        raise RuntimeError("can't create new thread at interpreter shutdown")

    writer = Writer(lambda: True)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        writer.start()
    assert not writer.stop(1.0)
