"""What a program that looks around itself sees of the recorder: nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap

import pytest

PROGRAMS = {
    "threads that are counted": """
        for _ in range(3):
            threading.Thread(target=work).start()
        end = time.monotonic() + 20
        while threading.active_count() > 1 and time.monotonic() < end:
            time.sleep(0.01)
        print(threading.active_count())
    """,
    "threads that are joined": """
        threading.Thread(target=lambda: (work(), time.sleep(1))).start()
        for thread in threading.enumerate():
            if thread is not threading.main_thread():
                thread.join(20)
                print(thread.is_alive())
    """,
    "threads that are no threads of Python's": """
        done = threading.Event()
        _thread.start_new_thread(lambda: (work(), done.set()), ())
        done.wait(20)
        print(len(threading.enumerate()))
    """,
    "a signal that is waited for": """
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
        os.kill(os.getpid(), signal.SIGUSR1)
        time.sleep(0.1)
        print(signal.sigwait([signal.SIGUSR1]))
    """,
    "mocks that count calls": """
        for name in ("threading.Thread", "json.dumps", "builtins.open", "os.path.exists",
                     "os.path.abspath", "os.path.isdir"):
            with mock.patch(name) as called:
                work()
                pd.DataFrame({"a": [1]}).to_csv("out.csv") if "open" not in name else None
                time.sleep(0.7)
            print(name, called.call_count)
    """,
}
HEAD = """
import _thread, json, os, signal, sys, threading, time
from unittest import mock
import pandas as pd
if sys.argv[1:]:
    import lineage_stats.auto

def work():
    pd.DataFrame({"a": [1, 2]}).assign(b=1).dropna()

work()
"""


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="no masks of signals here")
@pytest.mark.slow
@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_a_program_sees_nothing_of_it(program, tmp_path):
    (tmp_path / "program.py").write_text(HEAD + textwrap.dedent(program))
    bare, recorded = (
        subprocess.run(
            [sys.executable, "program.py", *arguments],
            cwd=tmp_path,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        for arguments in ((), ("recorded",))
    )
    assert recorded.stdout == bare.stdout
    assert list((tmp_path / "lineage_traces").iterdir())
