"""What variables of a file are given, as far as the syntax tree tells."""

import ast

from lineage_stats.hooks._columns._bindings import (
    bindings_of,
    class_of,
    given_to_attribute,
    inner_names,
    parameters_of,
    path_to,
    root_of,
)

TEXT = """
import json
import a.b as c
from m import n as o

LIMIT: float = 3
with open("x") as file:
    first, *rest = file
    table["x"].y = first
for i in range(3):
    found = []
    found.append(i)
try:
    LIMIT += 1
except ValueError as error:
    pass

class Kept:
    top = 3

    def method(self, p, /, q, *r, s=1, **t):
        self.top = q
        inside = [z for z in q if z]
        return lambda w: w
"""
TREE = ast.parse(TEXT)


def shown(name, scope=TREE):
    return [None if part is None else ast.unparse(part) for part in bindings_of(scope, name)]


def test_everything_that_a_variable_is_given_is_found():
    assert shown("LIMIT") == ["3", "1"]
    assert shown("file") == ["open('x')"]
    assert shown("first") == shown("rest") == ["file"]
    assert shown("table") == ["first"]
    assert shown("i") == ["range(3)"]
    assert shown("found") == ["[]", "i"]
    assert shown("error") == [None]
    assert shown("json") == ["json"]
    assert shown("c") == ["a.b as c"]
    assert shown("o") == ["from m import n as o"]
    assert shown("inside") == shown("nothing") == []


def test_a_node_knows_what_it_stands_in():
    method = next(part for part in ast.walk(TREE) if isinstance(part, ast.FunctionDef))
    function = next(part for part in ast.walk(TREE) if isinstance(part, ast.Lambda))
    path = path_to(TREE, function)
    assert path[0] is TREE
    assert method in path
    again = next(
        part for part in ast.walk(ast.parse(TEXT)) if isinstance(part, ast.Lambda)
    )  # of a file that was parsed again
    assert path_to(TREE, again) == path
    elsewhere = ast.parse("\n" * 99 + "elsewhere", mode="eval").body
    assert path_to(TREE, elsewhere) == []
    assert class_of(TREE, method).name == "Kept"
    assert class_of(TREE, TREE) is None
    assert parameters_of(method) == {"self", "p", "q", "r", "s", "t"}
    assert list(inner_names(function)) == ["w"]
    assert [ast.unparse(part) for part in bindings_of(method, "inside")] == ["[z for z in q if z]"]


def test_an_attribute_is_given_values_in_the_class_and_in_methods():
    cls = next(part for part in TREE.body if isinstance(part, ast.ClassDef))
    found = [(ast.unparse(part), method and method.name) for part, method in
             given_to_attribute(cls, "top")]  # fmt: skip
    assert found == [("3", None), ("q", "method")]


def test_the_root_of_a_member_is_its_variable():
    assert root_of(ast.parse("a.b['c'].d", mode="eval").body).id == "a"
