"""What changed in a parameter, in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage_stats.attribution._change_text import SETTINGS, change_text


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("left", "inner", "left -> inner"),
        (None, "inner", "not given -> inner"),
        ("x" * 50, None, f"{'x' * 37}... -> not given"),
    ],
)
def test_a_parameter_is_shown_before_and_now(old, new, text):
    assert change_text("param[how]", old, new) == f"param[how]: {text}"


LONG = "[age, income, amount_eur, term_months, installments]"


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        (LONG, "[age, income, amount_eur, term_months]", "without installments"),
        (LONG, LONG[:-1] + ", score]", "with score"),
        (LONG, LONG.replace("income", "salary"), "without income, with salary"),
        (LONG, "[income, age, amount_eur, term_months, installments]", "in another order"),
        ("[a, b]", "[a]", "[a, b] -> [a]"),
        (LONG, None, "[age, income, amount_eur, term_months... -> not given"),
    ],
)
def test_of_long_lists_what_differs_is_told(old, new, text):
    assert change_text("param[columns]", old, new) == f"param[columns]: {text}"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("rolling(7), gt(~a)", "gt(~a), rolling(3)", "rolling(7) -> rolling(3)"),
        ("numpy(~a)", "numpy(~b)", "another one in an expression"),
        ("numpy(0)", "numpy(~b)", "another one in an expression"),
        ("clip(lower=0), gt(~a)", "clip(lower=0), gt(~b)", "another one in gt"),
        ("gt(~a), gt(~b)", "gt(~a), gt(~c)", "another one in gt"),
        ("isin([left, right])", "isin([left])", "isin([left, right]) -> isin([left])"),
        ("gt(~a), lt(~b)", "lt(~b)", "none in gt"),
        (None, "gt(~a)", "a new one in gt"),
        ("lt(~b)", "lt(~b), clip(lower=0)", "new clip(lower=0)"),
        ("gt(~a)", "lt(~a)", "none in gt; a new one in lt"),
        ("33 ~ab", "33 ~cd", "another one"),
    ],
)
def test_of_values_put_in_it_is_said_where(old, new, told):
    assert change_text(SETTINGS, old, new) == f"a value put in by the code: {told}"


@given(st.text(), st.text())
def test_any_text_has_one(old, new):
    assert change_text(SETTINGS, old, new).startswith("a value put in by the code: ")
