import sys
import types

import pytest

from lineage_stats.hooks._foreign import ForeignCode, is_installed, program_is_installed

LIBRARY = """
import pandas as pd

def clean(table):
    return table.dropna().assign(z=1)

def read():
    return pd.DataFrame({"x": [1.0]})
"""
SCRIPT = """
import json, sys
import pandas as pd
import lineage_stats
import other_library

with lineage_stats.record("p", directory=sys.argv[1]) as run:
    table = pd.DataFrame({"x": [1.0, None]})
    cleaned = other_library.clean(table)
    cleaned.head(1)
    other_library.read().head(1)
trace = run.trace()
print(json.dumps([[op.name, list(trace.parents(op.key))] for op in trace]))
print(trace.input_coverage)
"""


def frame_of(file, name="other.part"):
    """Return a frame of code that stands in a file."""
    module = {"__name__": name, "frame": lambda: sys._getframe(1)}
    exec(compile("found = frame()", file, "exec"), module)
    return module["found"]


@pytest.fixture
def script(monkeypatch):
    """As if a script of the user's was running."""
    monkeypatch.setitem(sys.modules, "__main__", types.SimpleNamespace(__file__="/data/run.py"))


def test_installed_packages_are_foreign_but_for_those_that_are_named(script):
    installed = frame_of("/venv/lib/python3.11/site-packages/other/part.py")
    assert installed in ForeignCode()
    assert installed not in ForeignCode(["other"])
    assert installed not in ForeignCode(["*"])
    assert frame_of("/data/other/part.py") not in ForeignCode()
    assert frame_of("/usr/lib/python3/dist-packages/tqdm/std.py", "tqdm.std") not in ForeignCode()


@pytest.mark.parametrize(
    ("file", "installed"),
    [
        (f"{sys.prefix}/bin/pipeline", True),
        ("/venv/lib/python3.11/site-packages/pipeline/__main__.py", True),
        ("/data/bin/run.py", False),
        (None, False),
    ],
)
def test_nothing_is_foreign_to_a_program_that_is_installed(monkeypatch, file, installed):
    monkeypatch.setitem(sys.modules, "__main__", types.SimpleNamespace(__file__=file))
    assert program_is_installed() is installed
    foreign = frame_of("/venv/lib/python3.11/site-packages/other/part.py") in ForeignCode()
    assert foreign is not installed


def test_a_folder_is_known_by_its_name():
    assert is_installed("/a/site-packages/b.py")
    assert not is_installed("/a/my-site-packages/b.py")


def test_what_a_library_computes_keeps_its_lineage_and_is_not_listed(tmp_path, run_python):
    site = tmp_path / "site-packages"
    site.mkdir()
    (site / "other_library.py").write_text(LIBRARY)
    (tmp_path / "run.py").write_text(SCRIPT)
    launch = (
        "import runpy, sys; sys.path.insert(0, 'site-packages')\n"
        "runpy.run_path('run.py', run_name='__main__')"
    )
    out = run_python(f"import sys; sys.argv = ['run.py', 'runs']\n{launch}").stdout
    operations, coverage = out.splitlines()
    assert operations == (
        '[["DataFrame", []], ["DataFrame.head", ["<module>/DataFrame#1"]], ["DataFrame.head", []]]'
    )
    assert coverage == "1 input appeared from nowhere"
    named = "import os; os.environ['LINEAGE_STATS_USER_PACKAGES'] = 'other_library'\n"
    out = run_python(f"{named}import sys; sys.argv = ['run.py', 'more']\n{launch}").stdout
    assert '["DataFrame.assign", ["clean/DataFrame.dropna#1"]]' in out.replace("other_library.", "")
