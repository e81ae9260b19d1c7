"""What Spark's log need not tell: that the program it called back to has gone."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any
from weakref import WeakSet

_BUS = "org.apache.spark.sql.util.ExecutionListenerBus"
_told: WeakSet[Any] = WeakSet()  # what stands for each Java that knows


def keep_quiet_about(session: Any, listener: Any) -> None:
    """Let Spark's log pass over errors of a listener of ours.

    The listener raises none. A program that is killed while Spark works cannot be called any more,
    though, and Spark outlives it for a moment: it would end with pages about the listener. What
    other listeners do is told as ever, and so is anything where Spark logs by other means than its
    own Log4j.

    Parameters
    ----------
    session : SparkSession
        A session of the classic kind.
    listener : object
        What Spark calls. Its Java side has a class that no other listener has.
    """
    with suppress(Exception):  # another version of Log4j, or none
        java = session._jsparkSession._gateway_client
        if java in _told:
            return
        _told.add(java)
        name = session._jvm.org.apache.spark.util.Utils.getFormattedClassName(listener)
        log4j = session._jvm.org.apache.logging.log4j
        context = log4j.LogManager.getContext(False)
        settings = context.getConfiguration()
        logger = settings.getLoggerConfig(_BUS)
        if logger.getName() != _BUS:  # that of what is above, which is left as it is
            # Without a level of its own it keeps to that of what is above.
            logger = log4j.core.config.LoggerConfig(_BUS, None, True)
            settings.addLogger(_BUS, logger)
        logger.addFilter(_denial(session, f"Listener {re.escape(name)} threw an exception.*"))
        context.updateLoggers()


def _denial(session: Any, pattern: str) -> Any:
    core = session._jvm.org.apache.logging.log4j.core
    result = session._jvm.java.lang.Class.forName("org.apache.logging.log4j.core.Filter$Result")
    deny, neutral = (session._jvm.java.lang.Enum.valueOf(result, n) for n in ("DENY", "NEUTRAL"))
    return core.filter.RegexFilter.createFilter(pattern, None, False, deny, neutral)
