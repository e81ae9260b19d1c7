"""Names of variables, read from bytecode."""

from __future__ import annotations

import sys

import pytest

from lineage_stats.hooks._columns._targets import assigned_names

FOUND = []


def call(*_):
    frame = sys._getframe(1)
    FOUND.append(assigned_names(frame.f_code, frame.f_lasti))
    return 1, 2


class Holder:
    pass


def in_a_function(holder):
    holder.own = call()
    one = call()
    two, three = call()
    four = five = call()
    shared = call()

    outer = Holder()

    def inner():
        outer.theirs = call()
        return shared

    inner()
    call.attribute = call()
    call()
    part = call()[0]
    return one, two, three, four, five, inner, part, call()


def test_names_in_a_function():
    FOUND.clear()
    in_a_function(Holder())
    assert FOUND == [
        ("own",), ("one",), ("two", "three"), ("four",), ("shared",), ("theirs",), ("attribute",),
        (), (), (),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("x = call()", ("x",)),
        ("a, b = call()", ("a", "b")),
        ("call()", ()),
        ("x = [call()]", ()),
        ("x = call(call())[0]", ()),
        ("def f():\n    global y\n    y = call()\nf()", ("y",)),
        ("\n".join(f"v{i} = {i}" for i in range(300)) + "\nlast = call()", ("last",)),
    ],
)
def test_names_at_the_top(source, names):
    FOUND.clear()
    exec(compile(source, "", "exec"), {"call": call})
    assert FOUND[-1] == names
