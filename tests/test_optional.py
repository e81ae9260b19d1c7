"""Friendly imports of optional packages."""

from __future__ import annotations

import json

import pytest

from lineage_stats._optional import import_optional
from lineage_stats.exceptions import MissingDependencyError


def test_a_module_that_is_there_is_returned() -> None:
    assert import_optional("json", extra="x", purpose="This") is json


def test_a_module_that_is_absent_says_what_to_install() -> None:
    with pytest.raises(MissingDependencyError) as caught:
        import_optional("no_such_package.part", extra="mlflow", purpose="MLflowExporter")
    assert str(caught.value) == (
        "MLflowExporter needs the package 'no_such_package', which is not installed. "
        'Install it with: pip install "lineage-stats[mlflow]"'
    )
    assert isinstance(caught.value.__cause__, ModuleNotFoundError)
