"""Places of numbers."""

import pytest

from lineage_stats.trace._outline import Slot


def test_a_divided_slot_remembers_by_what() -> None:
    slot = Slot("duration_ns", 3)
    assert slot / 1e9 == Slot("duration_ns", 3, 1e9)
    assert slot / 2 / 3 == Slot("duration_ns", 3, 6.0)


def test_nothing_else_is_computed_with_a_slot() -> None:
    with pytest.raises(TypeError):
        Slot("duration_ns", 3) + 1  # type: ignore[operator]  # wrong on purpose
