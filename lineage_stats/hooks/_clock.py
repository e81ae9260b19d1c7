"""CPU time of threads, read from the system only where it tells something."""

from __future__ import annotations

import threading
from time import thread_time_ns

MILLISECOND = 1_000_000


class CpuClock(threading.local):
    """CPU time that recorded calls took in the current thread, to a millisecond.

    Asking the system takes about as long as all other work at a call. A call that is over within
    a millisecond is taken to have computed all the time. At the start of a call the last reading
    will do, if it is no older than that.

    Times are nanoseconds; those given are readings of one wall clock.
    """

    def __init__(self) -> None:
        # Runs once in every thread that looks.
        self._cpu = 0
        self._wall = -MILLISECOND

    def start(self, wall: int) -> int:
        """Return the CPU time of the thread as a call starts."""
        age = wall - self._wall
        if age >= MILLISECOND:
            self._cpu, self._wall, age = thread_time_ns(), wall, 0
        return self._cpu + age

    def spent(self, cpu: int, start: int, stop: int) -> int:
        """Return the CPU time of a call that has ended, given what `start` returned."""
        if stop - start < MILLISECOND:
            return stop - start
        self._cpu, self._wall = thread_time_ns(), stop
        return min(max(self._cpu - cpu, 0), stop - start)


CPU = CpuClock()
