"""A version of pandas-on-Spark shows what is missing, wherever it can be imported."""

from __future__ import annotations

import warnings

import pytest

from lineage_stats.hooks import measure_coverage
from lineage_stats.hooks._pyspark._pandas_names import CLASSES
from lineage_stats.hooks._pyspark._provider import PysparkProvider


def test_every_public_name_is_watched_or_has_a_reason() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pytest.importorskip("pyspark.pandas", exc_type=ImportError)
        (found,) = measure_coverage([PysparkProvider()])
    assert [name for name in found.missing if name.startswith("pandas.")] == []
    watched = {name for name in found.watched if name.startswith("pandas.")}
    assert {name.split(".")[1] for name in watched} >= {c.rpartition(".")[2] for c in CLASSES}
    assert {"pandas.DataFrame.merge", "pandas.Series.map", "pandas.concat"} <= watched
