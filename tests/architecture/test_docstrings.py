"""Docstrings of public names are complete, and their examples run."""

import dataclasses
import doctest
import importlib
import inspect
import pkgutil
import re
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


def field_names(name: str) -> list[str]:
    """Return the fields of a result, which are documented as attributes, not as parameters."""
    value = getattr(importlib.import_module(name.rpartition(".")[0]), name.rpartition(".")[2])
    if dataclasses.is_dataclass(value):
        return [f.name for f in dataclasses.fields(value) if f.repr and not f.name.startswith("_")]
    return list(getattr(value, "_fields", ()))


@pytest.mark.parametrize("name", PUBLIC)
def test_docstring_is_complete(name):
    result = validate(name)
    fields = field_names(name)
    codes = CODES - {"PR01"} if fields else CODES
    assert not [f"{code}: {text}" for code, text in result["errors"] if code in codes]
    assert not [f for f in fields if not re.search(rf"\b{f}\b", result["docstring"])]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        failed, _ = doctest.testmod(
            importlib.import_module(name),
            # The code of an example is the user's, and is recorded as such.
            extraglobs={"__name__": "__main__"},
            optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE,
        )
    assert failed == 0
