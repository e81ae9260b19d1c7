"""The checks themselves find what they are there to find."""

from __future__ import annotations

import sys
import types

import pytest

from lineage_stats.hooks import HookProvider, Target, check_hook_provider, hook_provider_checks
from lineage_stats.hooks._checks import check_is_described, check_reversible, check_targets


@pytest.fixture
def library(monkeypatch):
    """A library of two functions."""
    module = types.ModuleType("lineage_example_library")
    exec("def f(x, y=1):\n    'Docs.'\n    return x\ndef g(x):\n    return f(x)", vars(module))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


def provider(*targets, **more):
    class Example(HookProvider):
        name = library = "lineage_example_library"
        requires = ">=1"

        def targets(self):
            return targets

    for name, value in more.items():
        setattr(Example, name, value)
    return Example()


F = Target("lineage_example_library", "f", "transform")


def test_a_good_provider_passes(library):
    check_hook_provider(provider(F, Target("lineage_example_library", "g", "sink")))


def test_names_of_checks_are_unique():
    names = [name for name, _ in hook_provider_checks()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (provider(F, requires=""), "is described: 'requires' is empty"),
        (provider(F, name=None), "'name' must be text, got None"),
        (provider(F, F), "f is listed twice"),
        (provider(Target("lineage_example_library", "f", "cooking")), "unknown kind 'cooking'"),
        (provider(Target("lineage_example_library", "absent", "sink")), "nothing is watched"),
    ],
)
def test_a_bad_provider_is_told_what_is_wrong(library, bad, message):
    with pytest.raises(AssertionError, match=message):
        check_hook_provider(bad)


def test_a_provider_that_patches_by_itself_is_found(library):
    class Patching(HookProvider):
        name = library = "lineage_example_library"
        requires = ">=1"

        def targets(self):
            vars(sys.modules["lineage_example_library"]).setdefault("n", 0)
            sys.modules["lineage_example_library"].n += 1
            return [F]

    check_is_described(Patching())
    check_targets(Patching())
    with pytest.raises(AssertionError, match="not taken back"):
        check_reversible(Patching())
