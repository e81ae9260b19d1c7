"""Which arrays may be written into."""

from __future__ import annotations

import ast

import pytest

from lineage_stats.hooks._numpy._mutation import changed_in_place, names_of_the_same


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("z = x * 2\nm.fit(z, y)", set()),
        ("x[0] = 1", {"x"}),
        ("x += 1", {"x"}),
        ("x.T[0] = 1", {"x"}),
        ("x.sort()", {"x"}),
        ("np.add(x, y, out=x)", {"x"}),
        ("np.add.at(x, i, 1)", {"x"}),
        ("rng.shuffle(x)", {"x"}),
        ("w = x\nw[0] = 1", {"w", "x"}),
        ("w = x[:, 0]\nw[0] = 1", {"w", "x"}),
        ("w = np.ravel(x)\nw[0] = 1", {"w", "x"}),
        ("w, v = x, y\nw[0] = 1", {"w", "x"}),
        ("w = x if f else y\nw[0] = 1", {"w", "x", "y"}),
        ("for row in x:\n    row[:] = 0", {"row", "x"}),
        ("for w in [x, y]:\n    w[:] = 0", {"w", "x", "y"}),
        ("parts = []\nparts.append(x)\nparts[0][:] = 1", {"parts", "x"}),
        ("parts = []\nparts.append(x)\nfor w in parts:\n    w[:] = 1", {"parts", "w", "x"}),
        ("self.x = x\nself.x[0] = 1", {"self", "x"}),
        ("df['a'] = x", {"df"}),
        ("df['a'] = x\ndf['b'] = y", {"df"}),
        ("v = df['a'].values\ndf['b'] = 1", {"df"}),
        ("vars(x)['data'][0] = 1", {"x"}),
        ("w = parts.setdefault('x', x)\nw[0] = 1", {"parts", "w", "x"}),
        ("def f(x):\n    x[0] = 1", set()),
    ],
)
def test_names_of_arrays_that_may_be_written_into(code, names):
    assert changed_in_place(ast.parse(code).body) == names


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("v = x[:, 0]\nw = v.T", {"v", "w", "x"}),
        ("y = x * 2", set()),
        ("parts = []\nparts.append(x)", {"parts", "x"}),
        ("a, b = x, y\nc = b", {"a", "x"}),
    ],
)
def test_names_under_which_memory_is_known(code, names):
    assert names_of_the_same(ast.parse(code).body).get("x", set()) == names
