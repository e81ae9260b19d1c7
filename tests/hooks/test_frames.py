"""Modules that show the stack without our frames."""

from __future__ import annotations

import inspect
import sys
import warnings

import pandas as pd
import pytest

from lineage_stats.hooks import Target
from lineage_stats.hooks._frames import FrameView, InspectWithoutUs, SysWithoutUs, extra_references
from lineage_stats.hooks._journal import PatchJournal
from lineage_stats.hooks._swap import FRAME_FILE
from tests.recording import recording

shown = SysWithoutUs()


def caller_name():
    return shown._getframe(1).f_code.co_qualname


def count(obj, extra=None):
    return shown.getrefcount(obj)


def names_of_callers():
    frame, names = InspectWithoutUs().currentframe(), []
    while frame is not None:
        names.append((frame.f_code.co_filename, frame.f_code.co_qualname))
        frame = frame.f_back
    return names


@pytest.fixture
def swapped():
    journal = PatchJournal()
    for function in (caller_name, count, names_of_callers):
        assert journal.swap(function, Target("m", function.__name__))
    yield
    journal.restore()


def test_everything_else_is_the_real_module():
    assert shown.version_info is sys.version_info
    assert shown.modules is sys.modules
    assert InspectWithoutUs().signature is inspect.signature
    with pytest.raises(AttributeError):
        _ = shown.nonsense


def test_frames_are_those_of_the_caller(swapped):
    assert caller_name() == "test_frames_are_those_of_the_caller"


def test_a_depth_beyond_the_stack_is_the_same_error():
    with pytest.raises(ValueError, match="call stack is not deep enough"):
        shown._getframe(10**6)
    with pytest.raises(ValueError, match="call stack is not deep enough"):
        sys._getframe(10**6)


def test_the_stack_is_walked_without_us(swapped):
    files = [file for file, _ in names_of_callers()]
    names = [name for _, name in names_of_callers()]
    assert FRAME_FILE not in files
    assert names[:2] == ["names_of_callers", "test_the_stack_is_walked_without_us"]


def test_the_file_of_a_shown_frame_is_known():
    frame = InspectWithoutUs().currentframe()
    assert InspectWithoutUs().getfile(frame) == __file__
    assert InspectWithoutUs().getfile(inspect) == inspect.__file__


def test_a_view_of_no_frame_is_none():
    assert FrameView.of(None) is None


def test_reference_counts_are_those_without_us():
    # Not of a local variable: from 3.14 on a call that nobody watches only borrows it. Whether
    # the caller has such a variable is what pandas looks for before it counts.
    box = [object()]

    def plain(obj, extra=None):
        return sys.getrefcount(obj)

    def counts(function):
        return [
            function(box[0]), function(box[0], extra=1), function(object()),
            function(object(), extra=1),
        ]  # fmt: skip

    expected = counts(plain)
    journal = PatchJournal()
    journal.swap(count, Target("m", "count"))
    try:
        assert counts(count) == expected
    finally:
        journal.restore()
    assert counts(count) == expected
    assert expected[0] == expected[2] + 1
    assert extra_references().by_position > extra_references().plain


def chained_assignments(box):
    box["frame"]["a"]["c"] = 1
    box["frame"]["d"] = 2
    pd.DataFrame({"a": [1]})["b"] = 1
    frame = box["frame"]
    frame["e"] = frame["a"]
    frame["a"].fillna(0, inplace=True)
    frame.fillna(0, inplace=True)
    box["frame"].loc[0, "a"] = 1


def test_chained_assignment_is_told_as_without_us():
    def lines_warned_of():
        box = {"frame": pd.DataFrame({"a": [1.0]})}
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            chained_assignments(box)
        return [warning.lineno for warning in caught]

    expected = lines_warned_of()
    with recording():
        assert lines_warned_of() == expected


def test_modules_of_pandas_get_their_own_back():
    from pandas.core import common, frame, generic, indexing, series
    from pandas.core.computation import scope
    from pandas.util import _exceptions

    with recording():
        assert isinstance(frame.sys, SysWithoutUs)
        assert isinstance(_exceptions.inspect, InspectWithoutUs)
        pd.DataFrame({"a": [1]}).query("a > 0")
    assert all(m.sys is sys for m in (frame, generic, indexing, scope, series))
    assert common.inspect is _exceptions.inspect is inspect


def test_the_stack_is_shown_without_us() -> None:
    space = {"stack": InspectWithoutUs().stack}
    exec(compile("def ours(): return stack()", FRAME_FILE, "exec"), space)
    shown = space["ours"]()
    assert shown[0].function == "test_the_stack_is_shown_without_us"
    assert all(found.filename != FRAME_FILE for found in shown)
