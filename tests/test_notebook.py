"""A notebook is one run; a cell that runs again takes the place of what it did before."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from lineage_stats import _notebook, load_ipython_extension, load_traces, unload_ipython_extension

CELLS = [
    ("load", "%load_ext lineage_stats"),
    ("read", "import pandas as pd\ndef clean(t):\n    return t.dropna()\n"
             "df = pd.DataFrame({'x': [1.0, None, 3.0]})"),
    ("clean", "df = clean(df)"),
    ("clean", "df = clean(df)\ndf['z'] = df.x * 2"),
    ("look", "df.head(1)"),
    ("look", "df.head(1)"),
    (None, "df.tail(1)"),
    (None, "df.tail(1)"),
]  # fmt: skip


class Kernel:
    """A real kernel in a process of its own."""

    def __init__(self, folder):
        manager = pytest.importorskip("jupyter_client.manager")
        self.manager, self.client = manager.start_new_kernel(
            kernel_name="python3", cwd=str(folder), startup_timeout=30
        )

    def run(self, code, cell):
        metadata = {} if cell is None else {"cellId": cell}
        content = {"code": code, "silent": False, "store_history": True, "stop_on_error": True}
        message = self.client.session.msg("execute_request", content, metadata=metadata)
        self.client.shell_channel.send(message)
        while True:
            reply = self.client.get_shell_msg(timeout=30)
            if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                break
        assert reply["content"]["status"] == "ok", reply["content"].get("traceback")

    def stop(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel()


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The run that a kernel recorded which was shut down in the ordinary way."""
    folder = tmp_path_factory.mktemp("notebook")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LINEAGE_STATS_DIR", str(folder / "runs"))
        patch.setenv("LINEAGE_STATS_STRICT", "1")
        patch.setenv("JPY_SESSION_NAME", "work/churn.ipynb")
        patch.setenv("JUPYTER_PLATFORM_DIRS", "1")
        kernel = Kernel(folder)
        try:
            for cell, code in CELLS:
                kernel.run(code, cell)
        finally:
            kernel.stop()
    (trace,) = load_traces(folder / "runs")
    return trace


@pytest.mark.filterwarnings("ignore")
def test_each_cell_counts_once_however_often_it_ran(run):
    assert [(op.key, op.cell, op.location) for op in run][:4] == [
        ("<module>/DataFrame#1", "read", "cell [2]:4"),
        ("clean/DataFrame.dropna#1", "clean", "cell [2]:3"),
        ("<module>/DataFrame[]=#1", "clean", "cell [4]:2"),
        ("<module>/DataFrame.head#1", "look", "cell [6]:1"),
    ]
    assert [op.key for op in run][4:] == ["<module>/DataFrame.tail#1"]
    assert run.operations[-1].cell


@pytest.mark.filterwarnings("ignore")
def test_what_reads_a_superseded_operation_reads_what_that_one_read(run):
    assert run.parents("clean/DataFrame.dropna#1") == ("<module>/DataFrame#1",)
    assert run.parents("<module>/DataFrame.head#1") == ("<module>/DataFrame[]=#1",)
    assert run.input_coverage.n_unknown == 0


@pytest.mark.filterwarnings("ignore")
def test_the_run_bears_the_name_of_the_notebook_and_ends_with_the_kernel(run):
    assert run.pipeline == "churn"
    assert run.status == "ok"
    assert run.complete
    assert float(run.environment["recording_seconds"]) > 0


class Shell:
    """As much of IPython's shell as the extension asks for."""

    def __init__(self):
        self.user_ns = {}
        self.callbacks = []
        self.events = SimpleNamespace(
            register=lambda name, call: self.callbacks.append((name, call)),
            unregister=lambda name, call: self.callbacks.remove((name, call)),
        )
        self.compile = SimpleNamespace(get_code_name=lambda raw, code, n: f"<cell {n}>")
        self.history_manager = SimpleNamespace(input_hist_parsed=[""])
        self.magics = {}
        self.register_magic_function = lambda call, kind, name: self.magics.update({name: kind})

    def run(self, code, **info):
        number = len(self.history_manager.input_hist_parsed)
        for _, call in self.callbacks:
            call(SimpleNamespace(raw_cell=code, **info))
        self.history_manager.input_hist_parsed.append(code)
        self.user_ns["__name__"] = "__main__"
        exec(compile(code, f"<cell {number}>", "exec"), self.user_ns)


def test_the_extension_needs_no_ipython_and_can_be_taken_out(tmp_path, monkeypatch):
    monkeypatch.setenv("LINEAGE_STATS_DIR", str(tmp_path))
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    shell = Shell()
    load_ipython_extension(shell)
    code = "import pandas as pd\npd.DataFrame({'x': [1, 2]}).head(1)"
    shell.run(code)
    shell.run(code)
    shell.run(code.replace("head", "tail"), cell_id="c1")
    session = _notebook._notebook.session
    unload_ipython_extension(shell)
    assert not shell.callbacks
    assert shell.magics == {"lineage": "line_cell"}
    trace = session.trace()
    assert [(op.key, op.location) for op in trace] == [
        ("<module>/DataFrame#1", "cell [2]:2"),
        ("<module>/DataFrame.head#1", "cell [2]:2"),
        ("<module>/DataFrame#2", "cell [3]:2"),
        ("<module>/DataFrame.tail#1", "cell [3]:2"),
    ]
    assert trace.operations[-1].cell == "c1"
    unload_ipython_extension(shell)  # a second time is no error


def test_loading_it_again_begins_a_new_run(tmp_path, monkeypatch):
    monkeypatch.setenv("LINEAGE_STATS_DIR", str(tmp_path))
    shell = Shell()
    load_ipython_extension(shell)
    first = _notebook._notebook.session
    load_ipython_extension(shell)
    assert not first.recording
    assert len(shell.callbacks) == 1
    unload_ipython_extension(shell)
    assert len(load_traces(tmp_path)) == 2


def test_the_cell_that_loads_the_extension_is_known(tmp_path, monkeypatch):
    monkeypatch.setenv("LINEAGE_STATS_DIR", str(tmp_path))
    shell = Shell()
    shell.user_ns["load"] = lambda: load_ipython_extension(shell)
    shell.run("import pandas as pd\nload()\npd.DataFrame({'x': [1]})")
    session = _notebook._notebook.session
    unload_ipython_extension(shell)
    (operation,) = session.trace()
    assert (operation.cell, operation.location) == ("cell [1]", "cell [1]:3")


def test_importing_the_package_imports_no_ipython(run_python):
    code = "import sys, lineage_stats; print('IPython' in sys.modules)"
    assert run_python(code).stdout.strip() == "False"
    assert sys.modules["lineage_stats"].load_ipython_extension
