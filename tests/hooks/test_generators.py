import inspect
import types

import numpy as np
import pandas as pd
import pytest

from lineage_stats.hooks._generators import can_follow, generator_code
from lineage_stats.hooks._provider import Target, Watched
from lineage_stats.hooks._swap import ACTIVE, twin_of
from tests.recording import recording


def frame():
    return pd.DataFrame({"k": ["a", "b", "a"], "x": [1.0, 2.0, 3.0]})


def test_groups_that_are_iterated_over_come_from_the_frame():
    def step(by):
        df = frame()
        pd.concat([group.dropna() for _, group in df.groupby(by)])

    for by in ("k", ["k"]):
        with recording() as recorded:
            step(by)
            assert recorded.names == ["DataFrame", *["DataFrame.dropna"] * 2, "concat"]
            assert recorded.parents("DataFrame.dropna") == ["DataFrame"]
            assert recorded.recorder.data.n_untracked == 0


def test_rows_and_columns_that_are_iterated_over_come_from_the_frame():
    with recording() as recorded:
        df = frame()
        pd.DataFrame([row for _, row in df.iterrows()])
        pd.concat([column for _, column in df.items()], axis=1)
        assert recorded.names == ["DataFrame", "DataFrame", "concat"]
        assert recorded.trace.parents(recorded.trace.keys[1]) == recorded.trace.keys[:1]
        assert recorded.parents("concat") == ["DataFrame"]


def test_a_generator_stays_one_and_goes_on_when_recording_ends():
    with recording() as recorded:
        assert inspect.isgeneratorfunction(pd.DataFrame.iterrows)
        rows = frame().iterrows()
        assert isinstance(rows, types.GeneratorType)
        assert rows.__qualname__ == "DataFrame.iterrows"
        next(rows)
        recorded.operations  # noqa: B018  # to be listed
    assert [label for label, _ in rows] == [1, 2]


def watched(function):
    function.__code__ = generator_code(
        function, Watched(Target("", "f", link=True, iterates=True), twin_of(function))
    )
    return function


class Broken:
    """A recorder that fails at everything."""

    def __init__(self):
        self.problems = []

    def _problem(self, where, target, error):
        self.problems.append(where)


def test_what_fails_in_us_is_counted_and_not_raised():
    def numbers(n):
        yield from range(n)

    recorder = ACTIVE[0] = Broken()
    try:
        assert list(watched(numbers)(3)) == [0, 1, 2]
    finally:
        ACTIVE[0] = None
    assert recorder.problems == ["begin"]


def test_exceptions_and_an_early_end_pass_through():
    closed = []
    limit = 2

    def numbers():
        try:
            for i in range(9):
                if i > limit:
                    raise KeyError(i)
                yield i
        finally:
            closed.append(True)

    follow = watched(numbers)
    with recording([]):
        with pytest.raises(KeyError):
            list(follow())
        some = follow()
        assert next(some) == 0
        some.close()
    assert closed == [True, True]


def test_only_generators_are_followed():
    def plain():
        return np

    async def later():
        yield 1

    assert not can_follow(plain)
    assert not can_follow(later)
    assert not can_follow(len)
    assert can_follow(pd.DataFrame.iterrows)
