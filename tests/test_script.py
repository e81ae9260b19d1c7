"""Running a script unchanged: the same program, the same exit code, the same traceback."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from lineage_stats._script import run_script
from lineage_stats.storage import load_traces
from tests.conftest import ROOT

RUNNER = """
import sys
from lineage_stats._config import Settings
from lineage_stats._script import run_script
module = sys.argv[1] == "-m"
path, *argv = sys.argv[2 if module else 1:]
sys.exit(run_script(path, argv, module=module, settings=Settings()))
"""


@pytest.fixture
def run(tmp_path):
    """Run a script recorded, and plainly; return both."""

    def both(source, *argv, module=None):
        (tmp_path / "job.py").write_text(source)
        target = ["-m", "job"] if module else ["job.py"]
        env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
        return [
            subprocess.run(
                [sys.executable, *command, *target, *argv], cwd=tmp_path, env=env, timeout=60,
                capture_output=True, text=True, check=False,
            )
            for command in (["-c", RUNNER], [])
        ]  # fmt: skip

    both.folder = tmp_path
    return both


def only_trace(run):
    (trace,) = load_traces(run.folder / "lineage_traces")
    return trace


SCRIPT = """
import sys
import pandas as pd

def main():
    return pd.DataFrame({"a": [1.0, None]}).dropna()

if __name__ == "__main__":
    print(len(main()), sys.argv[1:], __name__, sys.argv[0], type(__builtins__))
"""


@pytest.mark.parametrize("module", [False, True])
def test_the_script_does_what_it_does(run, module):
    recorded, plain = run(SCRIPT, "--x", "1", module=module)
    if module:
        assert recorded.stdout.split(" ")[:-1] == plain.stdout.split(" ")[:-1]
    else:
        assert recorded.stdout == plain.stdout
    assert (recorded.returncode, recorded.stderr) == (0, "")
    trace = only_trace(run)
    assert trace.keys == ("main/DataFrame#1", "main/DataFrame.dropna#1")
    assert (trace.pipeline, trace.status) == ("job", "ok")
    assert trace.operations[0].location == "job.py:6"


@pytest.mark.parametrize(
    "end",
    ["raise ValueError('mine')", "sys.exit(0)", "sys.exit(3)", "sys.exit('text')", "sys.exit()",
     "raise KeyboardInterrupt", "assert False, 'why'", "def f():\n    f()\nf()", "1 +"],
)  # fmt: skip
def test_the_end_is_that_of_the_plain_script(run, end):
    recorded, plain = run(f"import sys\n{end}\n")
    expected = 130 if "Interrupt" in end else plain.returncode
    assert recorded.returncode == expected
    if end == "1 +":
        assert "SyntaxError" in recorded.stderr
        return
    # How often a line is repeated at the recursion limit depends on where the script began.
    errors = [re.sub(r"repeated \d+ more", "repeated", p.stderr) for p in (recorded, plain)]
    assert errors[0] == errors[1]
    assert only_trace(run).status == ("ok" if plain.returncode == 0 else "failed")


PROGRAMS = {
    "last error": """
import atexit, sys
@atexit.register
def show():
    print(sys.last_type, sys.last_value, sys.last_traceback.tb_lineno)
1 / 0""",
    "own module": "import __main__, sys\nx = 1\nprint(__main__.x, sys.modules['__main__'].x)",
    "pickle by name": """
import pickle
class A:
    pass
print(pickle.dumps(A()), type(pickle.loads(pickle.dumps(A()))) is A)""",
    "names": "print(sorted(n for n in globals() if n not in ('__annotations__', '__loader__')))",
    "file": "print(__file__.endswith('job.py'), __name__, __doc__, __spec__, __package__)",
    "docstring": "'''My doc.'''\nprint(__doc__)",
    "import beside": "import sys, pathlib\nprint(pathlib.Path(sys.path[0], 'job.py').exists())",
    "future": "from __future__ import annotations\ndef f(x: no): pass\nprint(f.__annotations__)",
    "no future of ours": "def f(x: int): pass\nprint(f.__annotations__)",
    "annotations": "x: int = 1\nprint(__annotations__)",
    "stdin and exit": "import atexit\natexit.register(print, 'bye')\nprint(input.__name__)",
    "source": "import inspect\ndef f():\n    return 1\nprint(inspect.getsource(f))",
    "dataclass": """
from dataclasses import dataclass
@dataclass
class A:
    x: int
print(A(1))""",
    "processes": """
import multiprocessing as mp
def f(x):
    return x + 1
if __name__ == "__main__":
    with mp.get_context("spawn").Pool(1) as pool:
        print(pool.map(f, [1, 2]))""",
    "encoding": "# -*- coding: latin-1 -*-\nprint('plain')",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_print_the_same(run, name):
    recorded, plain = run(PROGRAMS[name] + "\n")
    assert (recorded.stdout, recorded.stderr, recorded.returncode) == (
        plain.stdout,
        plain.stderr,
        plain.returncode,
    )


THREADED = """
import atexit
import threading
import time
from concurrent.futures import ThreadPoolExecutor
import pandas as pd

def work(name):
    time.sleep(0.3)
    print(name, len(pd.DataFrame({"a": [1.0, None]}).dropna()))

threading.Thread(target=work, args=("thread",)).start()
pool = ThreadPoolExecutor(1)
pool.submit(work, "executor")
atexit.register(work, "exit function")
"""


def test_what_runs_on_after_the_last_line_belongs_to_the_run(run):
    recorded, plain = run(THREADED)
    assert sorted(recorded.stdout.splitlines()) == sorted(plain.stdout.splitlines())
    assert (recorded.stderr, recorded.returncode) == (plain.stderr, 0)
    trace = only_trace(run)
    assert [op.name for op in trace].count("DataFrame.dropna") == 3
    assert (trace.status, trace.complete) == ("ok", True)


def test_a_script_that_does_not_exist_is_an_error(tmp_path):
    from lineage_stats._config import Settings

    with pytest.raises(FileNotFoundError, match=r"There is no script '.*absent\.py'"):
        run_script(tmp_path / "absent.py", settings=Settings(directory=str(tmp_path / "store")))
    assert not (tmp_path / "store").exists()


LAUNCHER = """
import sys
sys.modules["__main__"].__file__ = sys.prefix + "/bin/lineage-stats"  # as the command is installed
sys.path.append("site-packages")
from lineage_stats.cli import main
main(["run", "-q", *sys.argv[1:]])
"""


def test_the_command_that_records_is_not_the_program(tmp_path, run_python):
    (tmp_path / "site-packages").mkdir()
    library = "def clean(table):\n    return table.dropna().assign(z=1)\n"
    (tmp_path / "site-packages" / "other_library.py").write_text(library)
    (tmp_path / "job.py").write_text(
        "import pandas as pd, other_library\n"
        "other_library.clean(pd.DataFrame({'a': [1.0]})).head(1)\n"
    )
    run_python(LAUNCHER, "job.py")
    (trace,) = load_traces(tmp_path / "lineage_traces")
    assert [op.name for op in trace] == ["DataFrame", "DataFrame.head"]


def test_a_module_runs_where_the_working_folder_was_removed(tmp_path, run_python):
    (tmp_path / "job.py").write_text("import pandas as pd\npd.DataFrame({'a': [1]})\n")
    gone = tmp_path / "gone"
    gone.mkdir()
    leave = f"import os; os.chdir({str(gone)!r}); os.rmdir({str(gone)!r})"
    options = ["--dir", str(tmp_path / "store"), "-m", "job"]
    run_python(f"import sys; sys.path.append({str(tmp_path)!r}); {leave}\n{LAUNCHER}", *options)
    (trace,) = load_traces(tmp_path / "store")
    assert [op.name for op in trace] == ["DataFrame"]


def test_the_commit_is_that_of_the_script_wherever_it_runs(tmp_path, run_python):
    commit = {}
    for name in ("code", "work"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "job.py").write_text("import pandas as pd\npd.DataFrame({'a': [1]})\n")
        who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
        for words in (["init", "-q"], ["add", "-A"], [*who, "commit", "-q", "-m", name]):
            subprocess.run(["git", *words], cwd=folder, check=True)
        found = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=folder, check=True, capture_output=True, text=True
        )
        commit[name] = found.stdout.strip()
    away = tmp_path / "away"
    away.mkdir()
    for folder in ("work", "away"):
        code = f"import os; os.chdir({str(tmp_path / folder)!r})\n{LAUNCHER}"
        run_python(code, str(tmp_path / "code" / "job.py"))
        (trace,) = load_traces(tmp_path / folder / "lineage_traces")
        assert trace.environment["git_commit"] == commit["code"] != commit["work"]
