"""What stands in the documentation and in the README is true: every snippet is run."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import typer.main

from lineage_stats.cli._app import app
from tests.docs.pages import BLOCK, CODE, ROOT, Reader, blocks_of, mark_of

DOCS = sorted(
    str(path.relative_to(ROOT))
    for path in (ROOT / "docs").rglob("*.md")
    if not {"_build", "reference", "gallery"} & set(path.relative_to(ROOT / "docs").parts)
)
ELSEWHERE = {
    "docs/hook_your_library.md": "tests/architecture/test_hook_page.py",
    "CONTRIBUTING.md": "tests/architecture/test_contributing.py",
}
RUN = (*CODE, "text")
DIRECTIVES = ("{image}", "{include}", "{toctree}")
# What the README takes as given: a pipeline of the reader's own, and a month of its runs. Where
# the README records it, it has lost half of its rows.
README = """
from pathlib import Path
import numpy as np, pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
import lineage_stats

def train_churn_model(n_rows=None):
    rng = np.random.default_rng(len(list(Path().rglob("*.parquet"))))
    age = rng.normal(50, 15, 600)
    raw = pd.DataFrame({"age": age, "left": age + rng.normal(0, 8, 600) > 55})
    if n_rows is None:
        raw = raw[raw["age"] < 58]
    table = raw.assign(age_scaled=(raw["age"] - 50) / 15)
    known = table[["age_scaled"]]
    model = LogisticRegression().fit(known, table["left"])
    return f1_score(table["left"], model.predict(known))

for _ in range(25):
    with lineage_stats.record("churn", tags={"status": "healthy"}):
        train_churn_model(600)
Path("train.py").write_text("import sys\\nimport pandas as pd\\npd.DataFrame({'x': [1]}).head()")
"""


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pages be read as by a user: errors of ours are counted and not raised."""
    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.delenv("LINEAGE_STATS_DIR", raising=False)


@pytest.fixture(scope="session")
def ended(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders in which pages ended that others go on in."""
    return {}


def read(page: str, tmp_path_factory: pytest.TempPathFactory, ended: dict[str, Path]) -> int:
    """Run a page where the one that it continues ended."""
    folder = tmp_path_factory.mktemp("page")
    before = mark_of(page, "continues")
    if before is not None:
        first = str(Path(page).parent / before)
        if first not in ended:
            read(first, tmp_path_factory, ended)
        shutil.copytree(ended[first], folder, dirs_exist_ok=True)
    ended[page] = folder
    return Reader(page, folder).read()


PLAIN = [page for page in DOCS if page not in ELSEWHERE and mark_of(page, "needs") is None]


@pytest.mark.slow
@pytest.mark.xdist_group("pages")
@pytest.mark.parametrize("page", [p for p in PLAIN if any(b.kind in CODE for b in blocks_of(p))])
def test_page_does_what_it_says(page, tmp_path_factory, ended):
    if page not in ended:
        assert read(page, tmp_path_factory, ended) + _n_cells(page) > 0
    from matplotlib import pyplot as plt

    plt.close("all")


def _n_cells(page: str) -> int:
    return sum(block.kind == "ipython" for block in blocks_of(page))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_notebook_page_is_a_notebook(tmp_path, monkeypatch):
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    cells = [b.text for b in blocks_of("docs/tutorials/notebook.md") if b.kind == "ipython"]
    document = nbformat.v4.new_notebook()
    document.cells = [nbformat.v4.new_code_cell(text) for text in cells]
    nbclient.NotebookClient(
        document, timeout=60, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    shown = "".join(str(out) for cell in document.cells for out in cell.outputs)
    assert len(cells) >= 5
    assert "DataFrameGroupBy" in shown or "mean" in shown
    assert "image/png" in shown
    assert "colours ['" in shown


@pytest.mark.slow
@pytest.mark.xdist_group("spark")
@pytest.mark.parametrize("page", [p for p in DOCS if mark_of(p, "needs") == "pyspark"])
def test_page_on_spark_does_what_it_says(page, tmp_path, spark):
    assert spark is not None
    assert Reader(page, tmp_path).read() > 1


@pytest.mark.filterwarnings("ignore::lineage_stats.exceptions.FewRunsWarning")
def test_the_readme_does_what_it_says(tmp_path):
    assert Reader("README.md", tmp_path, README).read() >= 3


def test_commands_that_are_named_exist():
    """Also those in the middle of a sentence, with their options."""
    program = typer.main.get_command(app)
    wrong, n_seen = [], 0
    for page in [*DOCS, "README.md", "CONTRIBUTING.md"]:
        text = (ROOT / page).read_text(encoding="utf-8")
        for words in re.findall(r"`lineage-stats ([a-z]+[^`\n]*)`", text):
            name, *rest = words.split()
            n_seen += 1
            command = program.commands.get(name)
            known = (
                {o for p in command.params for o in (*p.opts, *p.secondary_opts)}
                if command
                else set()
            )
            asked = {w.partition("=")[0] for w in rest if w.startswith("-")}
            if command is None or not asked <= known:
                wrong.append((page, words))
    assert not wrong
    assert n_seen > 10


def test_what_is_not_run_has_a_reason():
    left_out = {
        (page, block.note) for page in DOCS for block in blocks_of(page) if block.mark == "not run"
    }
    assert all(len(note) > 5 for _, note in left_out)
    assert len(left_out) <= 3


def test_every_block_of_code_is_looked_at():
    """A fence that is indented, of another form or of an unknown language would pass unseen."""
    for page in [*DOCS, "README.md", "CONTRIBUTING.md"]:
        text = (ROOT / page).read_text(encoding="utf-8")
        fences = re.findall(r"^[ \t>]*(?:`{3,}|~{3,})([^\s`]+)", text, re.MULTILINE)
        kinds = [kind for kind in fences if kind not in DIRECTIVES]
        assert kinds == [block.kind for block in blocks_of(page)], page
        assert all(b.kind in RUN or b.mark in ("file", "not run") for b in blocks_of(page)), page
    assert BLOCK.search("<!-- not run: why -->\n```bash\nls\n```\n")["note"] == "why"


def test_what_is_said_to_be_printed_is_compared():
    """The demo of the README takes half a minute, and has tests of its own."""
    for page in [*DOCS, "README.md"]:
        before = None
        for block in blocks_of(page):
            if block.kind == "text" and not (before is not None and before.mark == "command"):
                assert before is not None, page
                assert (before.kind in ("python", "bash"), before.mark) == (True, ""), page
            before = block


def test_pages_that_others_test_are_tested():
    for page, test in ELSEWHERE.items():
        assert Path(page).name in (ROOT / test).read_text(encoding="utf-8")


def test_every_page_can_be_reached():
    """Each page stands in a table of contents, and so in the menu."""
    named = {"index"}
    for path in (ROOT / "docs").rglob("*.md"):
        for toc in re.findall(r"```\{toctree\}\n(.*?)```", path.read_text("utf-8"), re.DOTALL):
            for line in toc.splitlines():
                if line.strip() and not line.startswith(":"):
                    named.add(str((path.parent / line.strip()).relative_to(ROOT / "docs")))
    pages = {str(Path(page).relative_to("docs").with_suffix("")) for page in DOCS}
    assert pages <= named
