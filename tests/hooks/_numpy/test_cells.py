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
for cell in CELLS:
    shell.run_cell(cell, store_history=True).raise_error()
shell.run_line_magic("unload_ext", "lineage_stats")
"""
FIRST = """
import numpy as np, pandas as pd
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score, mean_absolute_error, max_error
X = pd.DataFrame(np.random.default_rng(0).normal(size=(40, 2)), columns=["a", "b"])
y = X.sum(axis=1)
ridge = Ridge().fit(X, y)
"""


def parents_of_metrics(cells, folder):
    """For each metric that a notebook computes, in order: what it reads, but for the labels."""
    program = f"CELLS = {['%load_ext lineage_stats', FIRST, *cells]!r}\n{SHELL}"
    subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, check=True, timeout=120
    )
    (trace,) = load_traces(folder / "lineage_traces")
    assert not trace.problems
    metrics = [op.key for op in trace if op.kind == "metric"]
    return [{trace.operation(k).name for k in trace.parents(m)} - {"DataFrame"} for m in metrics]


PREDICTED = {"Ridge.predict"}


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
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
    ],
)  # fmt: skip
def test_a_metric_knows_what_made_its_array(cells, expected, tmp_path):
    assert parents_of_metrics(cells, tmp_path) == expected
