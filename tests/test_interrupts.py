"""Errors that handlers of signals raise while code of ours runs."""

from __future__ import annotations

import contextlib
import functools
import signal
import threading

import numpy as np
import pandas as pd
import pytest

from lineage_stats._interrupts import pass_on
from lineage_stats.hooks._recorder import Recorder
from tests.recording import recording

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="no such signals here")


class LateError(Exception):
    pass


def late(signum, frame):
    raise LateError


class Watch:
    def late(self, signum, frame):
        raise LateError

    def __call__(self, signum, frame):
        raise LateError


@pytest.fixture
def handled():
    before = signal.getsignal(signal.SIGUSR1)
    yield functools.partial(signal.signal, signal.SIGUSR1)
    signal.signal(signal.SIGUSR1, before)


def caught(function):
    try:
        function()
    except Exception as error:  # noqa: BLE001  # as the hooks do
        pass_on(error)


HANDLERS = [late, Watch().late, Watch(), functools.partial(late), functools.partial(Watch().late)]


@pytest.mark.parametrize("handler", HANDLERS)
def test_they_are_raised_again(handled, handler):
    handled(handler)
    with pytest.raises(LateError):
        caught(lambda: signal.raise_signal(signal.SIGUSR1))


def test_others_are_not(handled):
    handled(late)
    caught(lambda: {}["nothing"])
    caught(lambda: threading.Event().wait("long"))


def test_in_other_threads_nothing_is_raised(handled):
    handled(late)
    raised = []

    def run():
        with contextlib.suppress(LateError):
            caught(lambda: late(0, None))
            raised.append(False)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert raised == [False]


STAGES = ["_describe", "_link", "_record", "_recipe", "_settings"]


def test_a_time_limit_ends_what_the_program_does_wherever_it_strikes(handled, monkeypatch):
    """The signal comes in each of the functions of ours that a call goes through, in turn."""
    handled(late)
    reached = []

    def struck(stage):
        original = getattr(Recorder, stage)

        def strike(*args):
            reached.append(stage)
            signal.raise_signal(signal.SIGUSR1)
            return original(*args)

        return strike

    with recording() as run:
        table = pd.DataFrame({"a": np.arange(5.0)})
        for stage in STAGES:
            with monkeypatch.context() as patch:
                patch.setattr(Recorder, stage, struck(stage))
                with pytest.raises(LateError):
                    table[table["a"] > 2].sort_values("a")
        table.sort_values("a")
    assert reached == STAGES
    assert run.trace.operations[-1].name == "DataFrame.sort_values"
    assert not [text for text in run.trace.problems if "LateError" in text]


class Inherited(Watch):
    pass


def test_a_handler_may_inherit_what_makes_it_one(handled):
    handled(Inherited())
    with pytest.raises(LateError):
        caught(lambda: signal.raise_signal(signal.SIGUSR1))
