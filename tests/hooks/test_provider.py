"""What the author of a provider is given."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage_stats.hooks import HookProvider, Target
from lineage_stats.hooks._provider import Watched


def example(a, /, b=2, *rest, c=3, **more):
    """Take every kind of parameter."""


WATCHED = Watched(Target("m", "example"), example)


@pytest.mark.parametrize(
    ("args", "kwargs", "bound"),
    [
        ((1,), {}, {"a": 1}),
        ((1, 5), {"c": 4}, {"a": 1, "b": 5, "c": 4}),
        ((1, 5, 6, 7), {}, {"a": 1, "b": 5, "arg2": 6, "arg3": 7}),
        ((), {"b": 1}, {"b": 1}),
        ((1,), {"z": 9}, {"a": 1, "z": 9}),
    ],
)
def test_arguments_are_bound_as_far_as_possible(args, kwargs, bound):
    assert WATCHED.bind(args, kwargs) == bound


@given(st.lists(st.integers()), st.dictionaries(st.text(), st.integers()))
def test_binding_never_raises_and_loses_no_value(args, kwargs):
    bound = WATCHED.bind(tuple(args), kwargs)
    assert set(kwargs) <= set(bound)
    assert len(bound) >= max(len(args), len(kwargs))


def test_functions_without_a_signature_are_bound_by_number():
    assert Watched(Target("m", "max"), dict.get).bind((1, 2), {"k": 3}).keys() >= {"k"}


def test_a_provider_must_say_its_targets():
    with pytest.raises(TypeError, match="targets"):
        HookProvider()


def test_a_provider_needs_nothing_else():
    class Small(HookProvider):
        name = library = "x"

        def targets(self):
            return ()

    assert Small().new_class_targets(int) == ()
    assert Small().class_root is None
