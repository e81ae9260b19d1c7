"""Variables of other functions that code assigns to."""

from __future__ import annotations

import pytest

from lineage_stats.hooks._numpy._bytecode import may_write, stores_free, stores_global


def outer():
    X = 1
    y = 2

    def change():
        nonlocal X
        X = y

    def look():
        return X + y

    return change, look


def test_assignments_to_variables_of_an_outer_function():
    change, look = (f.__code__ for f in outer())
    assert stores_free(change, "X")
    assert not stores_free(change, "y")
    assert not stores_free(look, "X")
    assert not stores_free(outer.__code__, "X")


@pytest.mark.parametrize(
    ("code", "stored"),
    [
        ("def f():\n    global X\n    X = 1", True),
        ("def f():\n    global X\n    del X", True),
        ("def f():\n    def g():\n        global X\n        X = 1", True),
        ("class C:\n    def f(self):\n        global X\n        X += 1", True),
        ("def f():\n    X = 1", False),
        ("def f():\n    return X", False),
        ("def f():\n    X[0] = 1", False),
    ],
)
def test_assignments_to_global_variables(code, stored):
    (function,) = [c for c in compile(code, "", "exec").co_consts if hasattr(c, "co_code")]
    assert stores_global(function, "X") is stored
    assert not stores_global(function, "Y")


def test_many_names_need_long_instructions():
    names = "\n".join(f"    n{i}" for i in range(400))
    code = compile(f"def f():\n    global X, n300\n{names}\n    X = 1\n    n300 = 2", "", "exec")
    assert stores_global(code, "X")
    assert stores_global(code, "n300")
    assert not stores_global(code, "n301")


def functions_in(code):
    """Return the functions that some code defines, by name."""
    names = {}
    exec(code, names)
    return names


@pytest.mark.parametrize(
    ("body", "writes"),
    [
        ("x[0] = 1", True),
        ("x += 1", True),
        ("x.sort()", True),
        ("np.copyto(x, 1)", True),
        ("return x[0] + x * 2", False),
        ("return helper(x)", True),
        ("return harmless(x)", False),
        ("return f(x)", False),
    ],
)
def test_functions_that_may_write_into_arrays(body, writes):
    helpers = "def helper(x):\n    x[:] = 0\ndef harmless(x):\n    return x.mean()\n"
    function = functions_in(f"{helpers}def f(x):\n    {body}")["f"]
    assert may_write(function) is writes


def test_functions_that_call_each_other_many_times_may_write():
    steps = "\n".join(f"def f{i}(x):\n    return f{i + 1}(x)" for i in range(6))
    assert may_write(functions_in(steps + "\ndef f6(x):\n    return x")["f0"])
