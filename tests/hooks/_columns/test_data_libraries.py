"""Which functions bring data in."""

import ast
import sys
import types

import pytest

from lineage_stats.hooks._columns._data_libraries import brings_data, is_free_of_data, uses_data

TREE = ast.parse(
    """
import json
import pandas as pd
from sklearn.datasets import load_iris

def config():
    return json.loads("{}")

def direct():
    return pd.read_csv("x")

def indirect():
    return direct()

def around():
    return around() or other()

def other():
    return around()

def inside():
    import numpy
    return numpy
"""
)
FUNCTIONS = {part.name: part for part in TREE.body if isinstance(part, ast.FunctionDef)}


@pytest.mark.parametrize(
    ("name", "uses"),
    [("config", False), ("direct", True), ("indirect", True), ("around", False), ("inside", True)],
)
def test_a_function_uses_what_it_mentions(name, uses):
    assert uses_data(FUNCTIONS[name], TREE) == uses


def test_imports():
    assert [brings_data(part) for part in TREE.body[:3]] == [False, True, True]


def test_functions_of_other_modules(tmp_path, monkeypatch):
    file = tmp_path / "shop_settings.py"
    file.write_text(
        "import pandas as pd\n"
        "def limit():\n    return 3\n"
        "def mean():\n    return pd.Series().mean()\n"
    )
    module = types.ModuleType("shop_settings")
    module.__file__ = str(file)
    exec(compile(file.read_text(), str(file), "exec"), vars(module))
    monkeypatch.setitem(sys.modules, "shop_settings", module)
    assert is_free_of_data("shop_settings", "limit")
    assert not is_free_of_data("shop_settings", "mean")
    assert not is_free_of_data("shop_settings", "gone")
    assert is_free_of_data("json", "loads")
    assert not is_free_of_data("time", "time")
    assert not is_free_of_data("pandas", "read_csv")
    assert not is_free_of_data("no_such_module", "load")
