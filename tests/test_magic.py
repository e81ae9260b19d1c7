"""``%lineage`` and ``%%lineage``, and how results look, in a notebook that a real kernel runs."""

from __future__ import annotations

import pytest

from lineage_stats import load_traces
from lineage_stats._magic import _words

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")

WARM_UP = "%load_ext lineage_stats\nimport pandas as pd\ndf = pd.DataFrame({'x': [1.0, None, 3.0]})"
CELLS = {
    "load": WARM_UP,
    "nothing": "%%lineage empty\n1 + 1",
    "cell": "%%lineage churn --tag status=healthy -o run\nkept = df.dropna()\nkept.head(1)",
    "use": "print(run.run_id, run.operations[0].location, len(kept))",
    "quiet": "%%lineage churn\nkept.tail(1);",
    "statement": "%%lineage\nfor n in range(2):\n    kept.head(n)",
    "so far": "%lineage",
    "fails": "%%lineage churn\nkept.dropna()\nkept['y']",
    "wrong": "%%lineage churn --tags a=b\n1",
    "argument": "%lineage churn",
    "after": "df.head(2)\n%lineage",
    "results": """
from lineage_stats import attribute_root_cause
from lineage_stats.datasets import Fault, make_runs
from lineage_stats.detectors import RobustMADDetector
healthy = make_runs(20).traces
fault = Fault("rows_lost", "clean/DataFrame.merge#1", severity=0.4, metric_drop=0.1)
bad = make_runs(1, first=20, fault=fault).traces[0]
detector = RobustMADDetector(false_alarm_rate=0.05)""",
    "Trace": "bad",
    "TraceSet": "healthy",
    "RobustMADDetector": "detector",
    "fitted": "detector.fit(healthy)",
    "TraceScore": "detector.score(bad)",
    "Attribution": "found = attribute_root_cause(bad, 'f1_score', baseline=healthy)\nfound",
    "plot": "%matplotlib inline\nfrom lineage_stats.plots import AttributionDisplay\n"
            "_ = AttributionDisplay.from_attribution(found)",
    "quoted": """%%lineage "my churn" --tag "who=a b" -o run
df.dropna()
raise KeyError("gone")""",
    "given": "print([run.status, run.pipeline, dict(run.tags)])",
    "untagged": "%%lineage churn --tag status\n1",
}  # fmt: skip


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    """What each cell put out, and the folder of the traces."""
    folder = tmp_path_factory.mktemp("notebook")
    document = nbformat.v4.new_notebook()
    document.cells = [nbformat.v4.new_code_cell(text) for text in CELLS.values()]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LINEAGE_STATS_DIR", str(folder / "runs"))
        patch.setenv("LINEAGE_STATS_STRICT", "1")
        patch.setenv("LINEAGE_STATS_PIPELINE", "analysis")
        patch.setenv("JUPYTER_PLATFORM_DIRS", "1")
        client = nbclient.NotebookClient(
            document, timeout=60, kernel_name="python3", allow_errors=True,
            resources={"metadata": {"path": str(folder)}},
        )  # fmt: skip
        client.execute()
    outputs = dict(zip(CELLS, (cell.outputs for cell in document.cells), strict=True))
    return outputs, folder / "runs"


pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.xdist_group("magic")]


def pages(outputs):
    return [out.data["text/html"] for out in outputs if "text/html" in out.get("data", {})]


def errors(outputs):
    return [out.ename for out in outputs if out.output_type == "error"]


def test_a_cell_is_a_run_of_its_own_and_shows_its_trace(notebook):
    outputs, folder = notebook
    assert errors(outputs["cell"]) == []
    trace, value = pages(outputs["cell"])
    assert "DataFrame.dropna" in trace
    assert "cell [3]:2" in trace
    assert "<table" in value
    assert outputs["cell"][-1].output_type == "execute_result"
    (run,) = load_traces(folder, pipeline="churn", tags={"status": "healthy"})
    assert [op.name for op in run] == ["DataFrame.dropna", "DataFrame.head"]
    assert run.status == "ok"


def test_its_trace_and_its_variables_stay(notebook):
    outputs, folder = notebook
    (printed,) = outputs["use"]
    (run,) = load_traces(folder, pipeline="churn", tags={"status": "healthy"})
    assert printed.text.split() == [run.run_id, "cell", "[3]:2", "2"]


def test_a_semicolon_hides_the_value_as_ever(notebook):
    outputs, _ = notebook
    assert [out.output_type for out in outputs["quiet"]] == ["display_data"]


def test_without_a_name_it_is_that_of_the_notebook(notebook):
    outputs, folder = notebook
    assert errors(outputs["statement"]) == []
    (run,) = load_traces(folder, pipeline="analysis-cell")
    assert [op.key for op in run] == ["<module>/DataFrame.head#1", "<module>/DataFrame.head#1:2"]


def test_a_cell_without_operations_is_an_empty_run(notebook):
    outputs, _ = notebook
    assert errors(outputs["nothing"]) == []
    assert "0 operations" in pages(outputs["nothing"])[0]
    assert outputs["nothing"][-1].data["text/plain"] == "2"


def test_an_error_goes_through_and_the_run_has_failed(notebook):
    outputs, folder = notebook
    assert errors(outputs["fails"]) == ["KeyError"]
    runs = load_traces(folder, pipeline="churn")
    assert [run.status for run in runs] == ["ok", "ok", "failed"]


def test_words_in_quotes_are_one_and_a_failed_run_is_given_to_its_variable(notebook):
    outputs, _ = notebook
    assert errors(outputs["quoted"]) == ["KeyError"]
    (printed,) = outputs["given"]
    assert printed.text.strip() == "['failed', 'my churn', {'who': 'a b'}]"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (r"x --dir C:\runs\new", ["x", "--dir", r"C:\runs\new"]),
        ("'my churn' --tag \"a=b c\" -o run", ["my churn", "--tag", "a=b c", "-o", "run"]),
        ("churn#2", ["churn#2"]),
        ("", []),
    ],
)
def test_words_of_a_line(line, words):
    assert _words(line) == words


def test_a_tag_without_a_value_is_refused(notebook):
    outputs, _ = notebook
    assert errors(outputs["untagged"]) == ["ValueError"]
    assert "--tag key=value" in str(outputs["untagged"])


def test_a_wrong_option_is_named_and_nothing_runs(notebook):
    outputs, _ = notebook
    assert errors(outputs["wrong"]) == ["UsageError"] or "--tags" in str(outputs["wrong"])
    assert not pages(outputs["wrong"])


def test_a_line_with_an_argument_says_how_to_record_a_cell(notebook):
    outputs, _ = notebook
    assert errors(outputs["argument"]) == ["ValueError"]
    assert "Write %%lineage above a cell" in str(outputs["argument"])


def test_the_line_shows_what_the_notebook_has_recorded(notebook):
    outputs, folder = notebook
    (page,) = pages(outputs["so far"])
    assert "running" in page
    assert "DataFrame.dropna" not in page, "what a cell magic records is a run of its own"
    (later,) = (page for page in pages(outputs["after"]) if "running" in page)
    assert "DataFrame.head" in later
    (run,) = load_traces(folder, pipeline="analysis")
    assert [op.name for op in run][:2] == ["DataFrame", "DataFrame.head"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Trace", "clean/DataFrame.merge#1"),
        ("TraceSet", "20 runs of churn"),
        ("TraceScore", "ANOMALOUS"),
        ("Attribution", "drop of f1_score"),
        ("RobustMADDetector", "false_alarm_rate"),
        ("fitted", "Fitted"),
    ],
)
def test_results_have_a_page(notebook, name, text):
    outputs, _ = notebook
    assert errors(outputs[name]) == []
    (page,) = pages(outputs[name])
    assert text in page
    assert page.count("<table") == page.count("</table>")
    assert "text/plain" in outputs[name][-1].data


def test_a_display_is_drawn(notebook):
    outputs, _ = notebook
    assert any("image/png" in out.get("data", {}) for out in outputs["plot"])


def test_without_recording_the_cell_still_runs(run_python):
    code = """
import os
os.environ["LINEAGE_STATS_DISABLED"] = "1"
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell()
shell.run_line_magic("load_ext", "lineage_stats")
print(shell.run_cell_magic("lineage", "churn", "6 * 7"), os.listdir())
"""
    assert run_python(code).stdout.strip() == "42 []"
