"""Variables and calls in the source of statements."""

import ast

import pytest

from lineage_stats.hooks._numpy._nodes import (
    assigned,
    assigned_on_the_way,
    base_of,
    calls_of,
    last_name,
    names_in,
)


def expression(text):
    return ast.parse(text, mode="eval").body


def statement(text):
    return ast.parse(text).body[0]


def test_all_variables_of_an_expression():
    assert names_in(expression("f(a.b, c[d]) + 2")) == {"f", "a", "c", "d"}


@pytest.mark.parametrize(
    ("text", "name"), [("f", "f"), ("np.linalg.norm", "norm"), ("table['f']", ""), ("f()", "")]
)
def test_name_of_a_function(text, name):
    assert last_name(expression(text)) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a", "a"), ("a.b[0].c", "a"), ("a[1:].T", "a"), ("a.reshape(-1)[0]", "a"),
        ("a.setdefault('x', [])", "a"), ("a.values", "a"), ("f(a)", ""), ("a + b", ""),
        ("a.copy()[0]", ""),
    ],
)  # fmt: skip
def test_the_variable_that_memory_belongs_to(text, name):
    assert base_of(expression(text)) == name


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("a = x", ["a x"]),
        ("a, b = x, y", ["a x", "b y"]),
        ("a, (b, c) = x, (y, z)", ["a x", "b y", "c z"]),
        ("a, b = x", ["a x", "b x"]),
        ("a, b = x, y, z", ["a (x, y, z)", "b (x, y, z)"]),
    ],
)
def test_what_each_target_is_given(text, pairs):
    node = statement(text)
    found = assigned(node.targets[0], node.value)
    assert [" ".join(map(ast.unparse, pair)) for pair in found] == pairs


def test_a_statement_has_no_calls_of_its_blocks():
    node = statement("if f(g()):\n    h()\nelse:\n    i()\n")
    assert {call.func.id for call in calls_of(node)} == {"f", "g"}


def test_what_is_assigned_on_the_way_but_not_in_blocks():
    node = statement("while (a := f(b := 1)):\n    (c := 2)\n")
    assert assigned_on_the_way(node) == {"a", "b"}
