import types

import pandas as pd

from lineage_stats.hooks._pandas._surface import CLASSES, pandas_names

NAMES = {name.path: name for name in pandas_names(pd)}


def test_names_are_unique_and_exist():
    assert len(NAMES) == len(list(pandas_names(pd))) > 900
    assert all(hasattr(name.owner, name.name) for name in NAMES.values())


def test_every_class_and_the_functions_are_there():
    assert {path.rpartition(".")[0] for path in NAMES} == {"", *CLASSES}


def test_operators_are_there_only_where_pandas_defines_them():
    assert "Series.__add__" in NAMES
    assert "DataFrame.__setattr__" in NAMES
    assert ".str.__add__" not in NAMES
    assert ".dt.__eq__" not in NAMES


def test_a_reason_belongs_to_the_class():
    assert NAMES["Series.T"].reason == "same"
    assert NAMES["DataFrame.T"].reason is None
    assert NAMES["isna"].reason == "scalar"
    assert NAMES["Series.isna"].reason is None


def test_another_version_of_pandas_has_what_it_has():
    def read_cloud():
        """Read what a future version reads."""

    old = types.ModuleType("pandas")
    old.read_cloud = read_cloud
    assert [(name.path, name.reason) for name in pandas_names(old)] == [("read_cloud", None)]
