"""What variables may have been made from, by the statements before a place."""

import ast
import textwrap

import pytest

from lineage_stats.hooks._numpy._definitions import Definitions
from lineage_stats.hooks._numpy._scopes import CodeSource, runs_at
from lineage_stats.hooks._numpy._values import LostError
from lineage_stats.hooks._numpy._variables import MISSING


class Holding(dict):
    def get(self, name):
        return super().get(name, MISSING)


def find(text, **variables):
    """Return what is gathered for the variable ``a`` at ``here``, and what is known after."""
    text = textwrap.dedent(text)
    source = CodeSource(compile(text, "<text>", "exec"), ast.parse(text).body, [])
    calls = [node for part in source.tree for node in ast.walk(part) if isinstance(node, ast.Call)]
    (here,) = [call for call in calls if ast.unparse(call.func) == "here"]
    place = source.place(source.spans[runs_at(here)][-1])
    definitions = Definitions(source, place, Holding(variables))
    found = [node and ast.unparse(node) for node, _ in definitions.find("a", place.levels, 0)]
    return found, definitions, place


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a = x\na = y\nhere(a)", ["y"]),
        ("a = x\na[0] = y\na += z\nhere(a)", ["z", "y", "0", "x"]),
        ("a, b = x, y\nhere(a)", ["x"]),
        ("a = []\na.append(x)\nb.append(y)\nhere(a)", ["x", "[]"]),
        ("a = x\nb = a\nb[0] = y\nhere(a)", ["y", "0", "x"]),
        ("a[k] = x\nhere(a)", ["x", "k", None]),
        ("b = x\nhere(a)", [None]),
        ("a = x\nif t:\n    a = y\nhere(a)", ["y", "x"]),
        ("a = x\nif t:\n    a = y\nelse:\n    here(a)", ["x"]),
        ("a = x\ntry:\n    a = y\nexcept E:\n    a = z\nhere(a)", ["y", "z", "x"]),
        ("with f() as a:\n    here(a)", ["f()"]),
        ("for a in x:\n    here(a)", ["x"]),
        ("a = x\nfor b in y:\n    a[b] = z\nhere(a)", ["z", "b", "x"]),
    ],
)
def test_statements_back_to_where_a_value_is_given(text, found):
    assert find(text)[0] == found


def test_a_loop_has_turns_before():
    found, definitions, _ = find("""
        a = []
        for b in x:
            here(a)
            a.append(y)
    """)
    assert (found, definitions.grows) == (["y", "[]"], True)


def test_what_was_gone_through_is_not_gone_through_again():
    _, definitions, place = find("a = x\nhere(a)")
    assert [*definitions.find("a", place.levels, 0)] == []
    assert len([*definitions.find("a", place.levels, 1)]) == 1  # in another call
    definitions.start_again()
    assert len([*definitions.find("a", place.levels, 0)]) == 1


@pytest.mark.parametrize(
    "text",
    [
        "a = x\nf(b := (a := y))\nhere(a)",
        "def f():\n    a[0] = y\nf(a)\nhere(a)",
        "a = x\ndel a\nhere(a)",
        "import a\nhere(a)",
        "match x:\n    case [a]:\n        pass\nhere(a)",
    ],
)
def test_lost_where_something_cannot_be_seen(text):
    with pytest.raises(LostError):
        find(text)


def test_an_index_with_a_number_tells_nothing():
    assert find("a[k] = x\nhere(a)", k=1)[0] == ["x", None]
