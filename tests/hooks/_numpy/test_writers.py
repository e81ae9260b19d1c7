"""Calls that may write into what a variable holds."""

import ast
import operator

import numpy as np
import pytest

from lineage_stats.hooks._numpy._variables import MISSING
from lineage_stats.hooks._numpy._writers import Asked, put_in


def fills(target, value):
    target[:] = value


def looks(target, value):
    return target.sum() + value


class Ensemble:
    def keep(self, value):
        self.kept = value


VARIABLES = {
    "np": np, "operator": operator, "print": print, "fills": fills, "looks": looks,
    "a": np.zeros(3), "kept": [], "ensemble": Ensemble(),
}  # fmt: skip


def put(text, name="a", others=()):
    asked = Asked(name, frozenset((name, *others)))
    call = ast.parse(text, mode="eval").body
    return [ast.unparse(n) for n in put_in(call, asked, lambda n: VARIABLES.get(n, MISSING))]


@pytest.mark.parametrize(
    ("text", "name", "parts"),
    [
        ("kept.append(x)", "kept", ["x"]),
        ("kept[0].extend(x)", "kept", ["x"]),
        ("kept.index(x)", "kept", []),
        ("ensemble.keep(x)", "ensemble", ["x"]),
        ("a.fill(x)", "a", ["x"]),
        ("a.dot(x)", "a", []),
        ("np.add(x, y, out=a)", "a", ["x", "y", "np"]),
        ("np.add(x, y, a)", "a", ["x", "y", "np"]),
        ("np.add(a, x)", "a", []),
        ("np.where(x, y, a)", "a", []),
        ("np.copyto(a, x)", "a", ["x", "np"]),
        ("operator.iadd(a, x)", "a", ["x", "operator"]),
        ("operator.add(a, x)", "a", []),
        ("print(a, x)", "a", []),
        ("fills(a, x)", "a", ["x"]),
        ("fills(target=a, value=x)", "a", ["x"]),
        ("looks(a, x)", "a", []),
        ("unknown(a, x)", "a", ["x"]),
        ("unknown(x)", "a", []),
        ("np.asarray(a).fill(x)", "a", ["x"]),
        ("vars(a).update(x)", "a", ["x"]),
        ("ensemble.values.append(x)", "ensemble", ["x"]),
        ("rng.append(x)", "rng", ["x"]),
        ("kept.append((kept[0], x))", "kept", ["(kept[0], x)"]),
    ],
)
def test_what_a_call_may_put_into_a_variable(text, name, parts):
    assert put(text, name) == parts


def test_other_names_of_the_same_memory_count():
    assert put("b.fill(x)") == []
    assert put("b.fill(x)", others=["b"]) == ["x"]
