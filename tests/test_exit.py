"""How a program ends; the ways that need a program of its own are in `test_auto`."""

from __future__ import annotations

import contextlib
import inspect
import pickle
import sys
import types

import pytest

from lineage_stats._exit import ExitWatch, _NotingExit, is_failure, only_raises_exits


@pytest.mark.parametrize("code", [None, 0, False])
def test_codes_of_success(code):
    assert not is_failure(code)


@pytest.mark.parametrize("code", [1, -1, True, "", "text", 256, 0.0])
def test_codes_of_failure(code):
    assert is_failure(code)


def test_exit_works_as_before_and_is_put_back():
    before = sys.exit
    watch = ExitWatch()
    watch.start()
    try:
        assert sys.exit.__doc__ == before.__doc__
        assert pickle.loads(pickle.dumps(sys.exit)) is sys.exit
        assert str(inspect.signature(sys.exit)) == str(inspect.signature(before))
        with pytest.raises(SystemExit) as caught:
            sys.exit(3)
        assert caught.value.code == 3
        with pytest.raises(TypeError):
            sys.exit(1, 2)
        with pytest.raises(TypeError):
            sys.exit(status=1)
    finally:
        watch.stop()
    assert sys.exit is before


@pytest.mark.parametrize(
    ("last", "failed"),
    [
        ("x = 1", False),
        ("raise SystemExit", False),
        ("raise SystemExit(None)", False),
        ("raise SystemExit(2)", True),
        ("raise SystemExit('text')", True),
        ("raise SystemExit(f'{__name__}')", True),
        ("raise SystemExit(int())", False),
        ("raise ours(1)", False),
        ("leave(2)", True),
        ("x = leave(0)", True),
        ("from sys import exit\nexit(0)", False),
        ("from sys import exit\nexit(2)", True),
    ],
)
def test_where_the_main_module_was_left_tells(last, failed, tmp_path):
    file = tmp_path / "main.py"
    file.write_text(f"frames.append(getframe())\n{last}\n")
    frames: list = []

    def leave(code):
        raise SystemExit(code)

    names = {
        "__name__": "__main__", "frames": frames, "getframe": sys._getframe, "leave": leave,
        "ours": SystemExit,
    }  # fmt: skip
    with contextlib.suppress(SystemExit):
        exec(compile(file.read_text(), str(file), "exec"), names)
    watch = ExitWatch()
    watch._main = frames[0]
    assert watch.failed() is failed


@pytest.mark.parametrize(
    ("source", "only"),
    [
        ("raise SystemExit(main())", True),
        ("def f():\n    raise SystemExit(1) from None\nraise SystemExit", False),
        ("def f():\n    raise SystemExit(1) from None\nraise SystemExit()", True),
        ("raise SystemExit(main())\nexcept_ = SystemExit", False),
        ("try:\n    raise SystemExit(1)\nexcept SystemExit:\n    pass", False),
        ("raise SystemExit(1)\nclass SystemExit: pass", False),
        ("from builtins import SystemExit\nraise SystemExit(1)", False),
        ("def f(SystemExit):\n    raise SystemExit(1)", False),
        ("raise SystemExit(1)\nvars()['SystemExit']", False),
        ("exit_ = SystemExit(1)\nraise exit_", False),
        ("raise SystemExit(SystemExit(1))", False),
        ("raise SystemExit(code=1)", False),
        ("print('SystemExit is never raised')", False),
        ("raise SystemExit(", False),
        ("", False),
    ],
)
def test_a_name_that_is_only_raised_may_be_watched(source, only):
    assert only_raises_exits(source) is only


def test_what_stands_for_an_exit_makes_true_ones():
    noted = []
    stands_for = _NotingExit(noted.append)
    for codes in ((), (3,), ("text",), (1, 2)):
        made = stands_for(*codes)
        assert type(made) is SystemExit
        assert made.args == codes
    assert noted == [None, 3, "text"]
    assert repr(stands_for) == repr(SystemExit)
    assert stands_for.__name__ == "SystemExit"
    assert pickle.loads(pickle.dumps(stands_for)) is SystemExit


def test_a_library_that_imports_ipython_makes_no_dialogue(monkeypatch):
    watch = ExitWatch()
    monkeypatch.setattr(sys, "last_type", ValueError, raising=False)
    shell = types.SimpleNamespace(get_ipython=lambda: None)
    monkeypatch.setitem(sys.modules, "IPython.core.getipython", shell)
    assert watch.failed()
    shell.get_ipython = object
    assert not watch.failed()
