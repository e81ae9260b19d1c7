"""What an operation recorded of its columns, whole or damaged."""

import pytest

from lineage_stats.trace import Operation
from lineage_stats.trace._lineage._recipe import recipe_of
from lineage_stats.trace._lineage._target import target_names


def with_lineage(text):
    return Operation("f/x#1", "x", kind="fit", lineage=text)


def test_a_recipe_is_read():
    assert recipe_of(with_lineage('{"as": "fit"}')) == {"as": "fit"}


@pytest.mark.parametrize("text", [None, "", "{", "[1, 2]", "3", "null"])
def test_what_cannot_be_read_is_empty(text):
    assert recipe_of(with_lineage(text)) == {}
    assert target_names(with_lineage(text)) == ()
