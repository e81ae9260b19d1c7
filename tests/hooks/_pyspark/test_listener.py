"""Hearing of actions; what comes too late does not count."""

from __future__ import annotations

import time
from collections import deque
from typing import Any

from lineage_stats.hooks._pyspark._inspect import Event
from lineage_stats.hooks._pyspark._listener import Listener


class Bus:
    """A bus that is too busy as long as it is told so."""

    busy = False

    def waitUntilEmpty(self, timeout: int) -> None:  # noqa: N802  # as Spark calls it
        if self.busy:
            raise TimeoutError


def listener() -> Any:
    found = Listener.__new__(Listener)
    found.events, found._bus, found._after_ns = deque(), Bus(), 0
    return found


def test_actions_are_heard_once_and_in_order() -> None:
    heard = listener()
    heard.events.extend(Event("count", n, time.time_ns()) for n in (1, 2))
    assert [event.execution for event in heard.heard()] == [1, 2]
    assert heard.heard() == []


def test_what_was_not_told_in_time_is_not_believed_later() -> None:
    heard = listener()
    late = Event("collect", "late", time.time_ns() - 1)
    heard._bus.busy = True
    assert heard.heard() == []
    heard._bus.busy = False
    heard.events.extend([late, Event("collect", "new", time.time_ns() + 10**9)])
    assert [event.execution for event in heard.heard()] == ["new"]
