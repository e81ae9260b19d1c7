"""Names that are loaded on first use."""

import sys
import types

import pytest

from lineage_stats._lazy import lazy_names


@pytest.fixture
def package(monkeypatch):
    """Return an empty package whose names are those of a module of the standard library."""
    module = types.ModuleType("json")
    monkeypatch.setitem(sys.modules, "json", module)
    module.__getattr__, module.__dir__ = lazy_names("json", {"JSONDecoder": "decoder"})
    return module


def test_a_name_is_loaded_once_from_its_home(package):
    assert "JSONDecoder" not in vars(package)
    from json.decoder import JSONDecoder

    assert package.JSONDecoder is JSONDecoder
    assert vars(package)["JSONDecoder"] is JSONDecoder


def test_all_names_are_listed_before_they_are_loaded(package):
    assert "JSONDecoder" in dir(package)
    assert "JSONDecoder" not in vars(package)


def test_another_name_is_an_attribute_error(package):
    with pytest.raises(AttributeError, match="module 'json' has no attribute 'nonsense'"):
        _ = package.nonsense
