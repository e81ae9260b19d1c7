"""Which names of pandas-on-Spark are watched: those of pandas, wherever it can be imported."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from lineage_stats.hooks._pandas import _targets as of_pandas
from lineage_stats.hooks._pyspark._pandas_targets import pandas_targets
from lineage_stats.hooks._pyspark._provider import PysparkProvider


def test_the_kinds_are_those_of_pandas() -> None:
    found = {target.path: target for target in pandas_targets()}
    for kind, methods in of_pandas.METHODS["DataFrame"].items():
        for method in methods.split():
            assert found[f"DataFrame.{method}"].kind == kind
    assert found["merge"].kind == "join"
    assert found["SeriesGroupBy.sum"].kind == "aggregation"
    assert found["Series.__add__"].link
    assert found["StringMethods.upper"].link


def test_each_is_listed_once_in_a_module_that_may_be_absent() -> None:
    targets = list(pandas_targets())
    (_, most), *_ = Counter((target.module, target.path) for target in targets).most_common()
    assert most == 1
    assert {target.module for target in targets} <= PysparkProvider.optional_modules
    assert all(target.module.startswith("pyspark.pandas.") for target in targets)


def test_a_program_that_does_not_use_it_does_not_import_it(run_python: Any) -> None:
    pytest.importorskip("pyspark")
    code = """
import sys, lineage_stats, pyspark.sql
with lineage_stats.record("plain", directory="t"):
    pass
print("pyspark.pandas" in sys.modules)
"""
    assert run_python(code).stdout.strip() == "False"
