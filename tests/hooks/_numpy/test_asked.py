"""When arguments of calls were asked for."""

import sys
from threading import Thread

from lineage_stats.features._cache import BoundedCache
from lineage_stats.hooks._numpy._asked import Asked


def ask(times, argument=0, frame=None):
    asked = Asked(times, 1, argument)
    before = asked.before(frame or sys._getframe())
    asked.end()
    return before


def again(times, **kwargs):
    """Ask from one and the same place."""
    frame = sys._getframe()
    return [ask(times, frame=frame, **kwargs) for _ in range(3)]


def test_the_first_time_there_is_no_before():
    first, second, third = again(BoundedCache(100))
    assert first == -1
    assert 0 < second < third


def test_arguments_and_threads_are_told_apart():
    times, frame = BoundedCache(100), sys._getframe()
    found = [ask(times, argument, frame) for argument in (0, 1, "y", 0, 1, "y")]
    assert found[:3] == [-1] * 3
    assert min(found[3:]) > 0
    other = Thread(target=lambda: found.append(ask(times, 0, frame)))
    other.start()
    other.join()
    assert found[-1] == -1


def test_a_comprehension_is_its_function():
    times, found = BoundedCache(100), []
    for _ in range(2):
        found += [ask(times, frame=sys._getframe()) for _ in range(1)]
    assert found[0] == -1
    assert found[1] > 0
