"""Hearing of the user's actions: Spark tells of each when it has ended."""

from __future__ import annotations

import time
from collections import deque
from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary

from lineage_stats.hooks._pyspark._inspect import Event
from lineage_stats.hooks._pyspark._logical import TAG
from lineage_stats.hooks._swap import ACTIVE

MOST_EVENTS = 64  # that wait to be looked at
_WAIT_MS = 2000  # for Spark to tell of an action


class Listener:
    """Hears of the actions of one session; takes itself out when nothing is recorded any more.

    Parameters
    ----------
    session : SparkSession
        A session of the classic kind.
    """

    class Java:
        """What the Java side calls."""

        implements = ("org.apache.spark.sql.util.QueryExecutionListener",)

    def __init__(self, session: Any) -> None:
        self.events: deque[Event] = deque(maxlen=MOST_EVENTS)
        jvm = session._jvm
        self.tag = jvm.org.apache.spark.sql.catalyst.trees.TreeNodeTag(TAG)
        self._manager = session._jsparkSession.listenerManager()
        self._bus = session.sparkContext._jsc.sc().listenerBus()
        _start_callbacks(session)
        self._manager.register(self)
        self.active = True

    def onSuccess(self, function: Any, execution: Any, duration_ns: Any) -> None:  # noqa: N802
        """Note an action; called by Spark, in a thread of its own."""
        if ACTIVE[0] is None or not self.active:
            self._leave()
            return
        begin = time.time_ns() - int(duration_ns)
        self.events.append(Event(str(function), execution, begin))

    def onFailure(self, function: Any, execution: Any, error: Any) -> None:  # noqa: N802
        """Let an action pass that failed: its numbers say nothing."""
        if ACTIVE[0] is None:
            self._leave()

    def heard(self) -> list[Event]:
        """Return the actions that ended since the last time, in order."""
        with suppress(Exception):  # too busy to tell within the time: they are heard later
            self._bus.waitUntilEmpty(_WAIT_MS)
        found = []
        while self.events:
            found.append(self.events.popleft())
        return found

    def _leave(self) -> None:
        self.active = False
        self.events.clear()
        _listeners_forget(self)
        with suppress(Exception):  # the session may be gone
            self._manager.unregister(self)


_listeners: WeakKeyDictionary[Any, Listener] = WeakKeyDictionary()


def listener_of(session: Any) -> Listener:
    """Return who listens to a session; there is one from the first time on."""
    found = _listeners.get(session)
    if found is None or not found.active or not _is_alive(session):
        found = _listeners[session] = Listener(session)
    return found


def _listeners_forget(listener: Listener) -> None:
    for session, known in list(_listeners.items()):
        if known is listener:
            _listeners.pop(session, None)


def _is_alive(session: Any) -> bool:
    return session.sparkContext._jsc is not None


def _start_callbacks(session: Any) -> None:
    """Let the Java side call Python, as Spark itself does for streams."""
    from pyspark.java_gateway import ensure_callback_server_started

    ensure_callback_server_started(session.sparkContext._gateway)
