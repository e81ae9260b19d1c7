"""Being told of imports without disturbing them."""

from __future__ import annotations

import importlib
import importlib.util
import sys

import pytest

from lineage_stats.hooks._imports import ImportWatch


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package with a module, and one that cannot be imported."""
    folder = tmp_path / "lineage_example"
    folder.mkdir()
    (folder / "__init__.py").write_text("value = 1\n")
    (folder / "inner.py").write_text("from lineage_example import value\nseen = value + 1\n")
    (folder / "broken.py").write_text("raise RuntimeError('mine')\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield "lineage_example"
    for name in [n for n in sys.modules if n.startswith("lineage_example")]:
        del sys.modules[name]


@pytest.fixture
def watch():
    errors = []
    watch = ImportWatch(errors.append)
    watch.errors = errors
    watch.install()
    yield watch
    watch.uninstall()


def test_called_back_after_the_module_is_complete(watch, package):
    seen = []
    watch.watch(f"{package}.inner", lambda module: seen.append(module.seen))
    assert seen == []
    module = importlib.import_module(f"{package}.inner")
    assert seen == [2]
    assert module.__spec__.loader is module.__loader__
    assert type(module.__loader__).__name__ == "SourceFileLoader"
    importlib.reload(module)
    assert seen == [2]


def test_a_loaded_module_calls_back_at_once(watch):
    seen = []
    watch.watch("json", seen.append)
    assert seen == [sys.modules["json"]]


def test_several_callbacks_in_order(watch, package):
    seen = []
    for i in range(3):
        watch.watch(package, lambda module, i=i: seen.append(i))
    importlib.import_module(package)
    assert seen == [0, 1, 2]


def test_an_error_of_a_callback_is_reported_not_raised(watch, package):
    watch.watch(package, lambda module: 1 / 0)
    assert importlib.import_module(package).value == 1
    assert [type(error) for error in watch.errors] == [ZeroDivisionError]


def test_an_error_of_the_module_is_the_programs(watch, package):
    seen = []
    watch.watch(f"{package}.broken", seen.append)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="mine"):
            importlib.import_module(f"{package}.broken")
    assert seen == []
    assert f"{package}.broken" not in sys.modules


def test_a_module_that_is_absent_stays_absent(watch):
    watch.watch("lineage_example_absent", print)
    with pytest.raises(ModuleNotFoundError, match="lineage_example_absent"):
        importlib.import_module("lineage_example_absent")
    assert importlib.util.find_spec("lineage_example_absent") is None


def test_a_spec_that_is_only_looked_up_offers_what_the_loader_does(watch, package):
    without = importlib.util.find_spec(package)
    watch.watch(package, print)
    spec = importlib.util.find_spec(package)
    assert (spec.origin, spec.name) == (without.origin, without.name)
    assert spec.loader.get_filename(package) == without.loader.get_filename(package)
    assert spec.loader.get_source(package) == "value = 1\n"
    assert spec.loader.is_package(package)


def test_uninstalled_it_sees_nothing(watch, package):
    seen = []
    watch.watch(package, seen.append)
    watch.uninstall()
    watch.uninstall()
    importlib.import_module(package)
    assert seen == []
    assert watch not in sys.meta_path
