import math

import pytest

from lineage_stats.report._format import format_number, format_p_value, format_range


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1 + 0.2, "0.3"),
        (-0.5, "\u22120.5"),
        (1_234_567.8, "1,234,568"),
        (20000.0, "20,000"),
        (None, "\u2013"),
        (math.nan, "\u2013"),
        (math.inf, "\u221e"),
        (-math.inf, "\u2212\u221e"),
        ("how=left", "how=left"),
    ],
)
def test_numbers_read_well(value, text):
    assert format_number(value) == text


def test_a_sign_can_be_asked_for():
    assert format_number(0.25, plus=True) == "+0.25"
    assert format_number(0.0, plus=True) == "0"


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (1.0, 2.0, "1 to 2"),
        (1.0, None, "at least 1"),
        (None, 2.0, "at most 2"),
        (3.00001, 3.00002, "3"),
        (None, None, "\u2013"),
    ],
)
def test_ranges_read_well(low, high, text):
    assert format_range(low, high) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0123, "0.012"), (1e-40, "< 1e\u22126"), (0.0, "< 1e\u22126"), (None, "\u2013")],
)
def test_p_values_are_not_told_below_a_millionth(value, text):
    assert format_p_value(value) == text
    sign = "p " if text.startswith("<") else "p = "
    assert format_p_value(value, named=True) == sign + text
