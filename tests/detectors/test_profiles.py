from dataclasses import replace

import numpy as np

from lineage_stats.detectors import RobustMADDetector, ZScoreDetector
from lineage_stats.detectors._profiles import Profiles
from lineage_stats.features import Cell, as_run_matrix
from lineage_stats.trace import TraceSet
from tests.strategies import make_trace, make_traces

ORDER = ("min", "q25", "q50", "q75", "max")


def column(n, seed=0, spread=0.05):
    rng = np.random.default_rng(seed)
    X = np.array([0.0, 1, 2, 3, 4]) + spread * rng.normal(size=(n, 5)).cumsum(axis=1)
    return np.sort(X, axis=1), tuple(Cell("load/read#1", f"{s}[age]") for s in ORDER)


def test_three_distances_of_each_column_of_numbers():
    X, cells = column(30)
    profiles = Profiles.fit(X, cells)
    assert [c.feature for c in profiles.cells(cells)] == ["ks[age]", "wasserstein[age]", "psi[age]"]
    extended = profiles.extend(X)
    assert extended.shape == (30, 8)
    assert np.array_equal(extended[:, :5], X)
    assert (extended[:, 5:] >= 0).all()
    moved = profiles.extend(X[:1] + 1.0)
    assert (moved[0, 5:] > extended[:, 5:].max(axis=0)).all()


def test_units_do_not_matter():
    X, cells = column(30)
    one, other = (Profiles.fit(x, cells).extend(x)[:, 5:] for x in (X, X * 1000 + 7))
    assert np.allclose(one, other)


def test_constant_columns_and_few_runs_have_none():
    X, cells = column(30)
    assert not Profiles.fit(np.zeros((30, 5)), cells).cells(cells)
    assert not Profiles.fit(X[:7], cells).cells(cells)
    assert not Profiles.fit(X[:, :4], cells[:4]).cells(cells)


def test_shares_of_the_most_frequent_value():
    cells = (Cell("a", "top_share[city]"), Cell("a", "top_share[flag]"))
    X = np.column_stack([np.linspace(0.4, 0.5, 20), np.full(20, 1.0)])
    profiles = Profiles.fit(X, cells)
    assert [cell.feature for cell in profiles.cells(cells)] == ["psi[city]"]
    assert profiles.extend(np.array([[0.45, 1.0]]))[0, 2] < 1e-9


def squeezed(trace, share):
    """Return a run whose first column has its quartiles pulled towards the median."""
    first = trace.operations[0]
    found = dict(first.features)
    middle = found["q50[amount]"]
    for name in ("q25[amount]", "q75[amount]"):
        found[name] = middle + (1 - share) * (found[name] - middle)
    return replace(trace, operations=(replace(first, features=found), *trace.operations[1:]))


def test_a_changed_shape_is_explained():
    detector = ZScoreDetector().fit(make_traces(40))
    score = detector.score(squeezed(make_trace(900), 0.6))
    cells = score.cells.set_index(["operation", "feature"])
    p = cells.loc[(make_trace(0).operations[0].key, "wasserstein[amount]"), "p_value"]
    assert p < 0.001
    assert score.flagged


def test_a_run_that_is_usual_is_no_news():
    """A distance of nothing at all is as healthy as can be."""
    runs = make_traces(40)
    detector = RobustMADDetector().fit(runs)
    matrix = as_run_matrix(runs)
    middle = np.nanmedian(matrix.values, axis=0)
    new = make_trace(900)
    operations = []
    for op in new:
        found = {
            name: middle[matrix.cells.index(Cell(op.key, name))]
            if name.split("[")[0] in ORDER
            else value
            for name, value in op.features.items()
        }
        operations.append(replace(op, features=found))
    assert not detector.score(replace(new, operations=tuple(operations))).flagged
    assert len(TraceSet(runs)) == 40
