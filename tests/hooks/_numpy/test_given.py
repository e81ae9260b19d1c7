"""Expressions in the source by which calls were given what they were given."""

import ast
from types import SimpleNamespace

import pytest

from lineage_stats.hooks._numpy._given import given_to, parts_of_literal


def given(text, *args, method="f", **kwargs):
    statement = ast.parse(text).body[0]
    node = statement.value if isinstance(statement, ast.Expr) else statement.targets[0]
    place = SimpleNamespace(node=node, statement=statement)
    target = SimpleNamespace(path=f"A.{method}")
    call = SimpleNamespace(args=args, kwargs=kwargs, watched=SimpleNamespace(target=target))
    return [(ast.unparse(part), value) for part, value in given_to(place, call)]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (given("m.f(a, b)", "self", 1, 2), [("b", 2), ("a", 1)]),
        (given("f(a, y=b)", 1, y=2), [("a", 1), ("b", 2)]),
        (given("f(*a, y=b)", 1, 2, y=3), [("b", 3)]),
        (given("t[a]", "t", 1), [("a", 1)]),
        (given("t[a] = b", "t", 1, 2), [("a", 1), ("b", 2)]),
        (given("t.a = b", "t", "a", 2), [("b", 2)]),
        (given("a + b", 1, 2, method="__add__"), [("a", 1), ("b", 2)]),
        (given("a + b", 2, 1, method="__radd__"), [("a", 1), ("b", 2)]),
        (given("a < b", 1, 2, method="__lt__"), [("a", 1), ("b", 2)]),
        (given("a < b < c", 1, 2), []),
    ],
)
def test_expressions_of_arguments(found, expected):
    assert found == expected


@pytest.mark.parametrize(
    ("text", "live", "parts"),
    [
        ("[a, b]", [1, 2], ["[a, b]", "a", "b"]),
        ("(a, [b])", (1, [2]), ["(a, [b])", "a", "[b]", "b"]),
        ("{'x': a}", {"x": 1}, ["{'x': a}", "a"]),
        ("[*a, b]", [1, 2], ["[*a, b]"]),
        ("{**a}", {"x": 1}, ["{**a}"]),
        ("[a, b]", (1, 2), None),
        ("[a]", [1, 2], ["[a]"]),
    ],
)
def test_parts_of_a_literal(text, live, parts):
    node = ast.parse(text, mode="eval").body
    found = [ast.unparse(part) for part, _ in parts_of_literal(node, live)]
    if parts is not None:
        assert found == parts
    assert found[0] == text
