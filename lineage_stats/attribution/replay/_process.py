"""Processes that end when they are told to, with all that they started."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

_TAIL = 4000  # bytes of what a process said that are looked at


class Processes:
    """Runs commands, from several threads, and can end them all."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._live: set[subprocess.Popen[bytes]] = set()
        self._stopped = False

    def run(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        said: Path,
        timeout: float | None,
    ) -> int:
        """Run a command to its end.

        Parameters
        ----------
        command : sequence of str
            The command.
        cwd : Path
            Where it runs.
        env : mapping of str to str
            Its environment.
        said : Path
            File for all that it writes.
        timeout : float or None
            Seconds after which it is ended.

        Returns
        -------
        int
            Its exit code.

        Raises
        ------
        TimeoutError
            If it took too long.
        """
        with said.open("wb") as out:
            process = self._start(command, cwd, env, out.fileno())
        try:
            return process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"it took longer than {timeout:.0f} s") from None
        finally:
            _end(process)
            with self._lock:
                self._live.discard(process)

    def _start(
        self, command: Sequence[str], cwd: Path, env: Mapping[str, str], out: int
    ) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._stopped:
                raise RuntimeError("the replay was stopped")
            process = subprocess.Popen(
                [*command],
                cwd=cwd,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is ours to pass on
            )
            self._live.add(process)
            return process

    def stop(self) -> None:
        """End all processes; none is started any more."""
        with self._lock:
            self._stopped = True
            live = list(self._live)
        for process in live:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and, where groups exist, all that it started and left behind."""
    with suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        elif process.poll() is None:
            process.kill()
    process.wait()


def last_line(said: Path) -> str:
    """Return the last line that a process wrote."""
    with said.open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(file.tell() - _TAIL, 0))
        lines = file.read().decode(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
