import numpy as np

from lineage_stats.detectors._roles import (
    DISTANCE,
    NEWS,
    NOTICE,
    SILENT,
    assign_roles,
    count_rows,
)
from lineage_stats.features import Cell


def test_how_each_cell_is_judged():
    rng = np.random.default_rng(0)
    n = 20
    columns = {
        "rows_out": (rng.normal(1000, 50, n), DISTANCE),
        "columns_out": (np.full(n, 7.0), NEWS),
        "mean[a]": (3.0 + 1e-13 * rng.normal(size=n), NEWS),
        "distinct[a]": (np.r_[np.full(9, 4.0), 5 + np.arange(n - 9.0)], NEWS),
        "distinct[b]": (np.r_[np.full(7, 4.0), 5 + np.arange(n - 7.0)], DISTANCE),
        "mean[b]": (np.r_[1.0, 2.0, np.full(n - 2, np.nan)], SILENT),
        "schema": (np.full(n, 17.0), NEWS),
        "present": (np.ones(n), NEWS),
        "call": (np.full(n, 3.0), NOTICE),
        "statement": (rng.integers(0, 9, n).astype(float), NOTICE),
        "code": (np.full(n, 4.0), NOTICE),
        "param[how]": (np.full(n, 5.0), NEWS),
    }
    X = np.column_stack([values for values, _ in columns.values()])
    roles = assign_roles(X, tuple(Cell("op", name) for name in columns))
    assert roles.role.tolist() == [role for _, role in columns.values()]


def test_roles_of_some_cells():
    X = np.column_stack([np.arange(9.0), np.full(9, 2.0), np.arange(9.0) ** 2])
    roles = assign_roles(X, tuple(Cell("op", name) for name in ("mean[a]", "rows_out", "duration")))
    assert roles.distance.tolist() == [0, 2]
    some = roles.of(np.array([2, 1]))
    assert some.role.tolist() == [DISTANCE, NEWS]
    assert some.code.tolist() == [*roles.code[[2, 1]]]
    assert some.tolerance.tolist() == [*roles.tolerance[[2, 1]]]


def test_two_runs_know_constants_and_nothing_else():
    X = np.array([[5.0, 1.0], [5.0, 2.0]])
    roles = assign_roles(X, (Cell("op", "rows_out"), Cell("op", "mean[a]")))
    assert roles.role.tolist() == [NEWS, SILENT]


def test_what_counts_rows():
    names = ("rows_in", "rows_out@1", "distinct[a]", "columns_out", "mean[a]", "rows")
    cells = tuple(Cell("op", name) for name in names)
    assert count_rows(cells).tolist() == [True, True, True, False, False, False]
