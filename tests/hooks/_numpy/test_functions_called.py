import numpy as np

from lineage_stats.hooks._numpy._functions_called import data_in, functions_from, shared_with

TABLE = np.ones(3)
PARTS = {"a": TABLE, "b": "text"}


def inner(x):
    return x + TABLE


def outer(x):
    return [inner(part) for part in x]


def recursive(x):
    return recursive(x) if x else outer(x)


def test_functions_are_followed_by_their_names_once():
    assert {f.__name__ for f in functions_from(recursive)} == {"recursive", "outer", "inner"}


def test_variables_of_code_inside_count():
    held = np.zeros(2)

    def closed(x):
        return [y + held + sum(PARTS) for y in x]

    found = list(shared_with(closed))
    assert any(value is held for value in found)
    assert any(value is PARTS for value in found)


def test_data_are_found_in_what_holds_them():
    class Holder:
        def __init__(self):
            self.table = TABLE
            self.name = "n"

    for value in (TABLE, PARTS, [TABLE, 1], Holder()):
        assert [part is TABLE for part in data_in(value)] == [True]
    assert data_in("text") == data_in(3) == data_in(None) == []
