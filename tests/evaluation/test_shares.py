"""Errors of shares."""

import pytest

from lineage_stats.evaluation import mean_share_error, relative_share_error, share_errors

TRUTH = {"merge": 0.3, "fit": 0.1}


def test_an_operation_without_a_share_has_none():
    assert share_errors({"read": 0.2, "fit": 0.1}, TRUTH) == pytest.approx(
        {"read": 0.2, "fit": 0.0, "merge": -0.3}
    )


def test_the_truth_has_no_error():
    assert mean_share_error(TRUTH, TRUTH) == 0
    assert relative_share_error(TRUTH, TRUTH) == 0


def test_every_operation_counts_in_the_mean():
    assert mean_share_error({}, TRUTH, operations=["fit", "read", "predict"]) == pytest.approx(0.1)
    assert relative_share_error({}, TRUTH) == pytest.approx(1)
    assert relative_share_error({"read": 0.4}, TRUTH) == pytest.approx(2)


def test_a_change_for_the_better_is_a_change():
    gain = {key: -share for key, share in TRUTH.items()}
    assert relative_share_error({}, gain) == pytest.approx(1)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: share_errors({"fit": float("nan")}, {}), "those of fit are not"),
        (lambda: mean_share_error({}, {}), "no operation"),
        (lambda: relative_share_error({"a": 1}, {"a": 1, "b": -1}), "sum to 0"),
    ],
)
def test_errors_say_what_is_wrong(call, text):
    with pytest.raises(ValueError, match=text):
        call()
