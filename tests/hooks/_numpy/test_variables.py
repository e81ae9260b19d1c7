"""Reading the variables of a frame leaves no trace."""

from __future__ import annotations

import gc
import sys
import weakref

import numpy as np
import pytest

from lineage_stats.hooks._numpy._variables import MISSING, reading

SHARED = 5


class Thing:
    """Something that can be referred to weakly."""


# A rewritten assert reads the variables of its function itself.


def found_in(frame, *names):
    with reading(frame) as variables:
        return [(variables.get(name), variables.is_shared(name)) for name in names]


def with_several_variables():
    own, cell = 1, 2

    def inside():
        return cell

    names = ("own", "cell", "SHARED", "len", "nowhere")
    return look(*names), inside() + own


def look(*names):
    return found_in(sys._getframe(1), *names)


def without_a_value():
    found = look("SHARED")
    SHARED = 1
    return found, SHARED


def test_variables_of_a_function():
    found, _ = with_several_variables()
    assert found == [(1, False), (2, True), (5, True), (len, True), (MISSING, True)]


def test_a_variable_without_a_value_is_none_of_the_module():
    found, _ = without_a_value()
    assert found == [(MISSING, False)]


def test_nothing_is_kept_alive():
    def program(read):
        thing = Thing()
        seen = weakref.ref(thing)
        read()
        del thing
        return seen()

    def read():
        with reading(sys._getframe(1)) as variables:
            assert isinstance(variables.get("thing"), Thing)

    gc.disable()
    try:
        assert program(read) is None
    finally:
        gc.enable()


def test_counts_of_references_are_as_before():
    def program(read):
        array = np.zeros(3)
        before = sys.getrefcount(array)
        read()
        return sys.getrefcount(array) - before

    def read():
        with reading(sys._getframe(1)) as variables:
            assert variables.get("array") is not None

    assert program(read) == 0


def test_what_a_function_does_with_its_own_variables_stays():
    def program(read):
        value = 1
        mine = locals()
        mine["value"] = 7
        mine["more"] = 8
        read()
        return mine["value"], mine["more"], value

    def read():
        with reading(sys._getframe(1)):
            pass

    assert program(read) == program(lambda: None)


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="locals are read through from 3.13 on")
def test_a_dictionary_that_somebody_holds_is_not_emptied():
    held = []

    def program(read):
        value = 1
        hold(sys)
        read()
        return value

    def hold(module):
        held.append(module._getframe(1).f_locals)

    def read():
        with reading(sys._getframe(1)):
            pass

    program(read)
    assert held[0]["value"] == 1


def test_a_debugger_is_left_alone():
    found = []

    def program():
        value = 1
        look()
        return value

    def look():
        with reading(sys._getframe(1)) as variables:
            found.append(variables)

    before = sys.gettrace()
    sys.settrace(lambda frame, event, arg: None)
    try:
        program()
    finally:
        sys.settrace(before)
    if sys.version_info < (3, 13):
        assert found == [None]
    else:
        assert found[0] is not None
