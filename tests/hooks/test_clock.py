"""CPU time of calls: to a millisecond, and rarely asked for."""

from __future__ import annotations

import threading
import time

import pytest

from lineage_stats.hooks import _clock
from lineage_stats.hooks._clock import MILLISECOND, CpuClock


@pytest.fixture
def readings(monkeypatch):
    """Readings of the system's clock, as many as were asked for."""
    found = []

    def read():
        found.append(5 * MILLISECOND * (len(found) + 1))
        return found[-1]

    monkeypatch.setattr(_clock, "thread_time_ns", read)
    return found


def test_a_short_call_has_computed_all_the_time(readings):
    clock = CpuClock()
    cpu = clock.start(10)
    assert clock.spent(cpu, 10, 1010) == 1000
    assert len(readings) == 1


def test_many_short_calls_ask_once_in_a_millisecond(readings):
    clock = CpuClock()
    for start in range(0, 10 * MILLISECOND, 10_000):
        clock.spent(clock.start(start), start, start + 5_000)
    assert len(readings) == 10


def test_a_long_call_is_measured(readings):
    clock = CpuClock()
    cpu = clock.start(0)
    assert clock.spent(cpu, 0, 20 * MILLISECOND) == 5 * MILLISECOND
    cpu = clock.start(20 * MILLISECOND + 500)
    assert len(readings) == 2
    assert clock.spent(cpu, 20 * MILLISECOND + 500, 22 * MILLISECOND) == 2 * MILLISECOND - 500


def test_waiting_is_no_computing():
    clock = CpuClock()
    start = time.perf_counter_ns()
    cpu = clock.start(start)
    time.sleep(0.05)
    assert clock.spent(cpu, start, time.perf_counter_ns()) < 40 * MILLISECOND


def test_each_thread_has_its_own(readings):
    clock = CpuClock()
    clock.start(0)
    other = threading.Thread(target=clock.start, args=(0,))
    other.start()
    other.join()
    assert len(readings) == 2
