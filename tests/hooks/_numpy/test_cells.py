"""Arrays in cells of a notebook: each statement is code of its own, and each cell a source."""

from __future__ import annotations

import subprocess
import sys

import pytest

from lineage_stats import load_traces

pytest.importorskip("IPython")

SHELL = """
import sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance(colors="NoColor")
for cells in NOTEBOOKS:
    for cell in ["%load_ext lineage_stats", FIRST, *cells]:
        shell.run_cell(cell, store_history=True).raise_error()
    shell.run_line_magic("unload_ext", "lineage_stats")
    shell.reset()
"""
FIRST = """
import numpy as np, pandas as pd
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score, mean_absolute_error, max_error
X = pd.DataFrame(np.random.default_rng(0).normal(size=(40, 2)), columns=["a", "b"])
y = X.sum(axis=1)
ridge = Ridge().fit(X, y)
"""


PREDICTED = {"Ridge.predict"}


NOTEBOOKS = [
    (["p = np.expm1(ridge.predict(X))\nr2_score(y, p)"], [PREDICTED]),
    (["p = ridge.predict(X) * 2\nq = p + 1\nr2_score(y, q)"], [PREDICTED]),
    (["p = np.exp(ridge.predict(X))", "r2_score(y, p)"], [PREDICTED]),
    (["p, n = ridge.predict(X) + 1, 3", "q = np.clip(p, 0, n)", "r2_score(y, q * 2)"],
     [PREDICTED]),
    (["p = np.exp(ridge.predict(X))\np = np.zeros(40)", "r2_score(y, p)"], [set()]),
    # Whether that is still so is not known.
    (["def f(v):\n    v[:] = 3", "p = np.exp(ridge.predict(X)); f(p)", "r2_score(y, p)"],
     [PREDICTED]),
    (["p = np.exp(ridge.predict(X))\nif len(p) > 3:\n    p = np.ones(40)", "r2_score(y, p)"],
     [PREDICTED]),
    (["p = np.zeros(40)\nfor m in [ridge]:\n    p += m.predict(X)", "r2_score(y, p)"],
     [PREDICTED]),
    (["ps = [m.predict(X) for m in [ridge]]\np = np.mean(ps, axis=0)", "r2_score(y, p)"],
     [PREDICTED]),
    (["p = np.zeros(40)", "p[:20] = ridge.predict(X[:20])", "r2_score(y, p)"],
     [PREDICTED]),
    (["p = y.to_numpy() * 1.0", "p += ridge.predict(X)\nr2_score(y, p)"], [PREDICTED]),
    (["p = y.to_numpy() * 1.0", "p += ridge.predict(X)", "r2_score(y, p)"], [PREDICTED]),
]  # fmt: skip


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """The runs of all notebooks, one after the other in one process."""
    folder = tmp_path_factory.mktemp("cells")
    program = f"FIRST = {FIRST!r}\nNOTEBOOKS = {[cells for cells, _ in NOTEBOOKS]!r}\n{SHELL}"
    subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, check=True, timeout=120
    )
    found = load_traces(folder / "lineage_traces")
    assert len(found) == len(NOTEBOOKS)
    return found


@pytest.mark.xdist_group("cells")
@pytest.mark.parametrize("i", range(len(NOTEBOOKS)), ids=[cells[0] for cells, _ in NOTEBOOKS])
def test_a_metric_knows_what_made_its_array(i, recorded):
    trace = recorded[i]
    assert not trace.problems
    metrics = [op.key for op in trace if op.kind == "metric"]
    # All that a metric reads, but for the labels.
    found = [{trace.operation(k).name for k in trace.parents(m)} - {"DataFrame"} for m in metrics]
    assert found == NOTEBOOKS[i][1]
