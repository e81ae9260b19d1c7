"""Hearing of the user's actions: Spark tells of each when it has ended."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary

from lineage_stats._interrupts import pass_on
from lineage_stats.hooks._pyspark._executors import Executors
from lineage_stats.hooks._pyspark._inspect import Event
from lineage_stats.hooks._pyspark._log import keep_quiet_about
from lineage_stats.hooks._swap import ACTIVE

MOST_EVENTS = 64  # that wait to be looked at
_WAIT_MS = 2000  # for Spark to tell of an action

# Spark marks the plan of each frame with the frame's number, unless it is told not to look for
# joins of a frame with itself.
_MARKED = "spark.sql.analyzer.failAmbiguousSelfJoin"
_TAG_OF_SPARK, _OWN_TAG = "dataset_id", "lineage_stats"

_OWN_CODE = ("PYTHON_UDF", "SCALA_UDF")


class Listener:
    """Hears of the actions of one session, as long as the session lives.

    Parameters
    ----------
    session : SparkSession
        A session of the classic kind.

    Notes
    -----
    Spark takes a listener out only by the very object on the Java side, which Python cannot name.
    So there is one for each session, however many runs there are, and it is idle between them.

    Whether Spark marks plans itself is looked at in the beginning and after each action: it takes
    a trip to Java, too much for each operation. Where a program switches that off, operations
    until the next action stay without marks, and what Spark alone knows of them (rows, columns)
    is not learned. Where it is switched on nothing is lost.

    Attributes
    ----------
    tag : JavaObject
        The tag of nodes in plans that has the numbers of frames.
    patterns : tuple of (str, JavaObject)
        By which Spark finds functions of the user's in plans.
    client : object
        What stands for the Java that the session runs in.
    executors : Executors
        Those of the session.
    """

    class Java:
        """What the Java side calls."""

        # The second, of which nothing is asked, makes the class on the Java side ours alone.
        implements = ("org.apache.spark.sql.util.QueryExecutionListener", "java.io.Serializable")

    def __init__(self, session: Any) -> None:
        self.events: deque[Event] = deque(maxlen=MOST_EVENTS)
        self.client = session._jsparkSession._gateway_client
        self._conf = session.conf
        make = session._jvm.org.apache.spark.sql.catalyst.trees.TreeNodeTag
        self._tags = {True: make(_TAG_OF_SPARK), False: make(_OWN_TAG)}
        self.patterns = tuple(_patterns(session))
        self.look_at_settings()
        context = session.sparkContext._jsc.sc()
        self.executors = Executors(context)
        self._bus = context.listenerBus()
        self._after_ns = 0
        _start_callbacks(session)
        keep_quiet_about(session, self)
        session._jsparkSession.listenerManager().register(self)

    def look_at_settings(self) -> None:
        """See whether Spark marks plans itself; programs may change that, see the Notes."""
        self._by_spark = self._conf.get(_MARKED, "true").lower() != "false"
        self.tag = self._tags[self._by_spark]

    def mark(self, frame: Any) -> None:
        """Mark the plan of a frame with its number, where Spark does not."""
        if not self._by_spark:
            frame.logicalPlan().setTagValue(self.tag, frame.id())

    def onSuccess(self, function: Any, execution: Any, duration_ns: Any) -> None:  # noqa: N802  # Spark's name
        """Note an action; called by Spark, in a thread of its own."""
        if ACTIVE[0] is None:
            self.events.clear()
            return
        begin = time.time_ns() - int(duration_ns)
        self.events.append(Event(str(function), execution, begin))

    def onFailure(self, function: Any, execution: Any, error: Any) -> None:  # noqa: N802  # Spark's name
        """Let an action pass that failed: its numbers say nothing."""

    def heard(self) -> list[Event]:
        """Return the actions that ended since the last time, in order.

        What Spark is too busy to tell within the time is passed over for good: the next action
        may reset the numbers of a plan that it runs again.
        """
        try:
            self._bus.waitUntilEmpty(_WAIT_MS)
        except Exception as error:  # noqa: BLE001  # a timeout of the Java side, or its end
            pass_on(error)
            self._after_ns = time.time_ns()
        found = []
        while self.events:
            event = self.events.popleft()
            if event.begin_ns > self._after_ns:
                found.append(event)
        return found


_listeners: WeakKeyDictionary[Any, Listener] = WeakKeyDictionary()


def listener_of(session: Any) -> Listener:
    """Return who listens to a session; there is one from the first time on."""
    found = _listeners.get(session)
    if found is None:
        found = _listeners[session] = Listener(session)
    return found


def forget_actions() -> None:
    """Let go of the actions that nobody has asked for, and of the plans that they hold."""
    for listener in list(_listeners.values()):
        listener.events.clear()


def _patterns(session: Any) -> Iterator[tuple[str, Any]]:
    """Yield the patterns of functions of the user's, as far as this version has them."""
    patterns = session._jvm.org.apache.spark.sql.catalyst.trees.TreePattern
    for name in _OWN_CODE:
        with suppress(Exception):  # an internal that differs between versions
            yield name, getattr(patterns, name)()


def _start_callbacks(session: Any) -> None:
    """Let the Java side call Python, as Spark itself does for streams."""
    from pyspark.java_gateway import ensure_callback_server_started

    ensure_callback_server_started(session.sparkContext._gateway)
