"""The source of running code."""

from __future__ import annotations

import linecache
import os
import subprocess
import sys
import threading
import zipfile

import pytest

from lineage_stats._lines import raised_at, source_text

PROGRAM = "import lineage_stats.auto\nimport pandas as pd\nprint(pd.DataFrame({'a': [1]}).shape)\n"


def test_it_is_that_of_the_file(tmp_path):
    (tmp_path / "a.py").write_text("x = 1\n")
    assert source_text(str(tmp_path / "a.py")) == "x = 1\n"
    assert source_text(str(tmp_path / "none.py")) == ""
    assert source_text("<string>") == source_text("a\0b") == ""


def test_cells_have_one_too():
    linecache.cache["<cell 1>"] = (6, None, ["x = 1\n"], "<cell 1>")
    try:
        assert source_text("<cell 1>") == "x = 1\n"
    finally:
        del linecache.cache["<cell 1>"]


def test_modules_in_archives_have_one_as_far_as_python_tells(tmp_path):
    with zipfile.ZipFile(tmp_path / "code.zip", "w") as file:
        file.writestr("inside.py", "x = 1\n")
    assert source_text(str(tmp_path / "code.zip" / "inside.py")) == ""


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_script_that_comes_through_a_pipe_is_not_asked_for_again(tmp_path):
    pipe = tmp_path / "script.py"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(PROGRAM,))
    writer.start()
    ran = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    writer.join()
    assert (ran.returncode, ran.stdout) == (0, "(1, 1)\n")


def test_where_an_error_was_raised():
    def fail():
        raise KeyError("x")

    with pytest.raises(KeyError) as caught:
        fail()
    line = fail.__code__.co_firstlineno + 1
    assert raised_at(caught.value) == f" ({__file__}:{line})"
    assert raised_at(KeyError("never")) == ""
