"""Public names: sorted, present, and the documented ones."""

import importlib
import pkgutil

import pytest

import lineage_stats

PACKAGES = [
    "lineage_stats",
    *(
        f"lineage_stats.{info.name}"
        for info in pkgutil.iter_modules(lineage_stats.__path__)
        if info.ispkg and info.name != "cli"
    ),
]

DOCUMENTED = {
    "Attribution", "DataRef", "Operation", "RunMatrix", "Trace", "TraceScore", "TraceSet",
    "TraceStore", "align", "as_run_matrix", "attribute_root_cause", "load_traces", "log_metric",
    "record", "shapley_values",
}  # fmt: skip


def sort_key(name: str) -> tuple[int, str]:
    """Order of ruff's RUF022: constants, then classes, then functions."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name


@pytest.mark.parametrize("package", PACKAGES)
def test_all_is_sorted_and_every_name_resolves(package):
    module = importlib.import_module(package)
    names = list(module.__all__)
    assert names == sorted(set(names), key=sort_key)
    assert not [name for name in names if not hasattr(module, name)]


def test_the_package_offers_exactly_the_documented_names():
    assert set(lineage_stats.__all__) == DOCUMENTED


def test_every_subpackage_is_covered():
    assert len(PACKAGES) >= 10


def test_dir_shows_the_lazy_names():
    assert set(lineage_stats.__all__) <= set(dir(lineage_stats))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = lineage_stats.nonsense
