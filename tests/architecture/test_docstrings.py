"""Docstrings of public names are complete, and their examples run."""

import doctest
import importlib
import inspect
import pkgutil
import warnings
from collections.abc import Iterator

import pytest
from numpydoc.validate import validate

import lineage_stats

MODULES = [
    "lineage_stats",
    *(
        info.name
        for info in pkgutil.walk_packages(lineage_stats.__path__, "lineage_stats.")
        # Importing these two does something: one runs the command line, one starts recording.
        if info.name not in {"lineage_stats.__main__", "lineage_stats.auto"}
        and not info.name.startswith("lineage_stats.cli.demo.")
    ),
]
PACKAGES = [name for name in MODULES if name.count(".") <= 1 and not name.endswith(".cli")]

# Errors of numpydoc that count; the others ask for sections that add nothing here.
CODES = {
    "GL01", "GL03", "GL05", "GL06", "GL07", "GL08",  # form
    "PR01", "PR02", "PR03", "PR04", "PR06", "PR07", "PR10",  # parameters
    "RT01", "RT03",  # returns
    "SS01", "SS02", "SS03", "SS04", "SS05", "SS06",  # summary
    "YD01",
}  # fmt: skip


def public_objects() -> Iterator[str]:
    for package in PACKAGES:
        module = importlib.import_module(package)
        for name in getattr(module, "__all__", ()):
            value = getattr(module, name)
            if inspect.isclass(value) or inspect.isfunction(value):
                yield f"{package}.{name}"


PUBLIC = sorted(public_objects())


def test_public_names_were_found():
    assert len(PUBLIC) > 40


@pytest.mark.parametrize("name", PUBLIC)
def test_docstring_is_complete(name):
    errors = [f"{code}: {text}" for code, text in validate(name)["errors"] if code in CODES]
    assert not errors


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        failed, _ = doctest.testmod(
            importlib.import_module(name),
            optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE,
        )
    assert failed == 0
