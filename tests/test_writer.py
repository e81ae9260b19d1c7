"""The thread that writes while the program works."""

from __future__ import annotations

import logging
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from lineage_stats import _writer
from lineage_stats._writer import Writer


@pytest.fixture(autouse=True)
def _fast(monkeypatch):
    monkeypatch.setattr(_writer, "FLUSH_SECONDS", 0.001)


def threads():
    return set(sys._current_frames())


def test_it_works_until_it_is_stopped():
    worked, before = threading.Event(), threads()
    writer = Writer(lambda: worked.set() or True)
    assert not writer.stop(1.0)
    writer.start()
    assert worked.wait(10)
    assert len(threads() - before) == 1
    assert writer.is_alive
    assert writer.stop(10.0)
    assert not writer.is_alive
    assert not writer.stop(1.0)


def test_the_program_does_not_meet_it():
    before, worked = threading.enumerate(), threading.Event()
    writer = Writer(lambda: worked.set() or True)
    writer.start()
    assert worked.wait(10)
    assert threading.enumerate() == before
    writer.stop(10.0)


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="no masks of signals here")
def test_it_takes_no_signals():
    masks, mask = [], signal.pthread_sigmask(signal.SIG_BLOCK, [])
    writer = Writer(lambda: masks.append(signal.pthread_sigmask(signal.SIG_BLOCK, [])))
    writer.start()
    writer._thread.join(10)
    kept = {signal.SIGKILL, signal.SIGSTOP}
    left = {getattr(s, "name", s) for s in signal.valid_signals() - masks[0] - kept}
    assert left <= _writer._OWN_FAULTS
    assert "SIGSEGV" in left
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == mask


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
    assert not writer.is_alive
    writer.start()
    for _ in range(3):
        writer.pause()
        assert not writer.is_alive
        writer.resume()
        writer.resume()
        assert writer.is_alive
    writer.stop(10.0)
    writer.pause()
    writer.resume()
    assert not writer.is_alive


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="threads are not listed here")
def test_after_a_pause_the_system_has_no_such_thread():
    worked = threading.Event()
    writer = Writer(lambda: worked.set() or True)
    writer.start()
    assert worked.wait(10)
    task = Path(f"/proc/self/task/{writer._thread._native}")
    assert task.exists()
    writer.pause()
    assert not task.exists()


def test_it_may_stop_itself():
    stopped = threading.Event()
    writer = Writer(lambda: stopped.set() if writer.stop(10.0) else None)
    writer.start()
    assert stopped.wait(10)


def test_work_that_takes_long_is_waited_for_as_long_as_was_said():
    began, end = threading.Event(), threading.Event()

    def work():
        began.set()
        end.wait(10)

    writer = Writer(work)
    writer.start()
    assert began.wait(10)
    start = time.monotonic()
    assert writer.stop(0.05)
    assert time.monotonic() - start < 5
    end.set()


def test_at_the_end_of_the_interpreter_nothing_is_started(monkeypatch):
    def refuse(function, args):
        raise RuntimeError("can't create new thread at interpreter shutdown")

    writer = Writer(lambda: True)
    monkeypatch.setattr(_writer, "start_new_thread", refuse)
    writer.start()
    assert not writer.is_alive
    assert not writer.stop(1.0)


def test_small_stacks_are_those_of_the_program():
    before = threading.stack_size(64 << 10)
    try:
        worked = threading.Event()
        writer = Writer(lambda: worked.set() or True)
        writer.start()
        assert threading.stack_size() == 64 << 10
        assert worked.wait(10)
        writer.stop(10.0)
    finally:
        threading.stack_size(before)


def test_a_message_of_its_work_makes_it_no_thread_of_the_program():
    before, worked = threading.enumerate(), threading.Event()

    def work():
        logging.getLogger("lineage_stats.test").debug("%s", threading.current_thread())
        worked.set()
        return True

    writer = Writer(work)
    writer.start()
    assert worked.wait(10)
    writer.stop(10.0)
    assert threading.enumerate() == before


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="no masks of signals here")
@pytest.mark.parametrize("where", ["stack_size", "start_new_thread"])
def test_a_handler_that_raises_while_it_starts_leaves_no_signal_blocked(where, monkeypatch):
    def struck(*args):
        raise KeyboardInterrupt

    mask = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    monkeypatch.setattr(_writer, where, struck)
    with pytest.raises(KeyboardInterrupt):
        Writer(lambda: True).start()
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == mask
