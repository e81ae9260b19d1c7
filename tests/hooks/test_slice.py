"""What a statement depends on, of that in which nothing recorded stands."""

from __future__ import annotations

import ast
import textwrap

import pytest

from lineage_stats.hooks import _slice
from lineage_stats.hooks._slice import Slicer
from lineage_stats.hooks._source import Source, source_facts
from tests.hooks.test_source import named


def slice_at(source, *, text="here(", recorded=("load(",)):
    """Return the lines that the first line with a text depends on, by their numbers."""
    source = textwrap.dedent(source).strip() + "\n"
    lines = source.splitlines()
    parsed = Source(source)

    def path(number):
        line = lines[number]
        column = len(line) - len(line.lstrip())
        return parsed._path((number + 1, number + 1, column, column + 1))

    done = {path(i)[-1] for i, line in enumerate(lines) if any(r in line for r in recorded)}
    at = next(i for i, line in enumerate(lines) if text in line)
    *within, statement = path(at)
    found = parsed._slicer.slice_of(statement, within, done)
    return None if found is None else [lines[node.lineno - 1].strip() for node in found]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a = 1\nb = 2\nhere(a)", ["a = 1"]),
        ("a = 1\nb = a + 1\nc = 3\nhere(b)", ["a = 1", "b = a + 1"]),
        ("here(a)\na = 1", []),
        ("a = 1\na = a.copy()\nhere(a)", ["a = 1"]),
        ("a = 1\na = a.copy(deep=True)\nhere(a)", ["a = 1"]),
        ("a = 1\nb = a.copy()\nhere(b)", ["a = 1", "b = a.copy()"]),
        ("a = 1\na = b = a.copy()\nhere(a)", ["a = 1", "a = b = a.copy()"]),
        ("a = 1\na = a[b].copy()\nhere(a)", ["a = 1", "a = a[b].copy()"]),
        ("a = load(1)\nb = len(a)\nhere(b)", ["b = len(a)"]),
        ("n = 3\na = load(n)\nhere(a)", ["n = 3"]),
        ("a, (b, *c) = 1, (2, 3)\nhere(c)", ["a, (b, *c) = 1, (2, 3)"]),
        ("a = []\na.append(1)\nprint(a)\na.copy()\nhere(a)", ["a = []", "a.append(1)"]),
        ("a = {}\na['x'] = 1\nb = a['x']\nhere(a)", ["a = {}", "a['x'] = 1"]),
        ("a = 1\na += 2\nhere(a)", ["a = 1", "a += 2"]),
        ("df = load(1)\ndf.fillna(0, inplace=True)\nhere(df)", ["df.fillna(0, inplace=True)"]),
        ("if a > 1:\n    b = 2\nhere(b)", ["if a > 1:", "b = 2"]),
        ("if a > 1:\n    here(b)", ["if a > 1:"]),
        ("for a in range(3):\n    here(a)", ["for a in range(3):"]),
        ("a = 0\nfor b in 'xy':\n    here(a)\n    a = b", ["a = 0", "for b in 'xy':", "a = b"]),
        (
            "with open('x') as f:\n    a = f.read()\nhere(a)",
            ["with open('x') as f:", "a = f.read()"],
        ),
        ("a = 1\nhere([a for a in b])", ["a = 1"]),
        ("import numpy as np\nhere(np.e)", ["import numpy as np"]),
        ("a = (b := 2) + 1\nhere(b)", ["a = (b := 2) + 1"]),
        ("try:\n    a = 1\nexcept OSError:\n    a = 2\nhere(a)", ["try:", "a = 1", "a = 2"]),
    ],
)
def test_lines_that_it_depends_on(source, expected):
    assert slice_at(source) == expected
    inside = "def f(b):\n" + textwrap.indent(source, "    ")
    assert slice_at(inside) == expected


def test_functions_of_the_file_are_followed_to_what_they_return():
    source = """
        LIMIT = 3
        OTHER = 4
        def half(x):
            print(x)
            y = x / LIMIT
            z = OTHER
            return y
        def unused(x):
            return OTHER
        def main():
            a = half(2)
            here(a)
    """
    assert slice_at(source) == ["LIMIT = 3", "y = x / LIMIT", "return y", "a = half(2)"]


def test_functions_that_call_each_other_end():
    source = """
        def f(x):
            return g(x) + 1
        def g(x):
            if x:
                return f(x - 1)
            return 2
        here(f(3))
    """
    expected = ["return g(x) + 1", "if x:", "return f(x - 1)", "return 2"]
    assert slice_at(source) == expected


def test_a_parameter_is_no_constant_of_the_same_name():
    source = """
        limit = 3
        df = load(limit)
        def prep(df, *more, limit=1, **others):
            return here(df, limit, more, others)
        prep(df)
    """
    assert slice_at(source) == []


def test_a_long_file_costs_little():
    def steps(n):
        source = "".join(f"df = df.assign(c{i}=df.a + {i})\n" for i in range(n))
        parsed = Source(source)
        for node in parsed.body:
            parsed._slicer.slice_of(node, (), ())
        return parsed._slicer._steps

    assert steps(100) < 2.5 * 100 * 100
    assert steps(200) < 4.5 * steps(100)


def test_a_file_that_would_cost_much_has_slices_up_to_there(monkeypatch):
    monkeypatch.setattr(_slice, "MAX_STEPS", 10)
    parsed = Source("a = 1\n" + "a = a + 1\n" * 30)
    found = [parsed._slicer.slice_of(node, (), ()) for node in parsed.body]
    assert found[1] == parsed.body[:1]
    assert found[-1] is None


def test_what_is_too_deep_behind_costs_no_other_fact():
    file = named("T = " + " + ".join(["'x'"] * 1500) + "\nU = here(T)\n")
    assert source_facts(file, (2, 2, 4, 11)).keys() >= {"call", "statement"}


def test_no_chain_of_functions_is_too_long():
    source = "".join(f"def f{i}():\n    return f{i + 1}()\n" for i in range(900))
    assert len(slice_at(source + "here(f0())\n")) == 900


def test_functions_inside_of_functions_and_generators_are_followed():
    source = """
        def main():
            def f():
                yield 1
            here(f())
    """
    assert slice_at(source) == ["yield 1"]


def test_what_is_too_long_has_no_slice(monkeypatch):
    monkeypatch.setattr(_slice, "MAX_STATEMENTS", 3)
    assert slice_at("a = 1\nhere(a)") == ["a = 1"]
    assert slice_at("a = 1\nb = 2\nc = 3\nhere(a)") is None


def digest(source, text="here(1)"):
    file = named(source)
    number = next(i for i, line in enumerate(source.splitlines()) if text in line)
    column = source.splitlines()[number].index(text)
    return source_facts(file, (number + 1, number + 1, column, column + len(text)))["slice"]


def test_layout_and_comments_do_not_enter():
    plain = digest("a = 1\nb = [a, here(1)]\n")
    assert digest("a  =  (1)  # one\n\nprint(a)\nb = [a, here(1)]\n") == plain
    assert digest("a = 2\nb = [a, here(1)]\n") != plain


def test_an_edit_of_a_recorded_statement_does_not_enter():
    first, second = "a = load(1)\nb = [a, here(1)]\n", "a = load(2)\nb = [a, here(1)]\n"
    found = []
    for source in (first, second):
        file = named(source)
        source_facts(file, (1, 1, 4, 11))
        found.append(source_facts(file, (2, 2, 8, 15))["slice"])
    assert found[0] == found[1]
    assert digest(first) != digest(second)


def test_any_file_has_slices():
    for module in (ast, textwrap, _slice):
        tree = Source.of(module.__file__)
        slicer, told = Slicer(tree.body, lambda node: node), 0
        for node in ast.walk(ast.Module(tree.body, [])):
            if isinstance(node, ast.FunctionDef):
                for statement in node.body:
                    found = slicer.slice_of(statement, [node], ())
                    assert statement not in (found or ())
                    told += bool(found)
        assert told > 10
