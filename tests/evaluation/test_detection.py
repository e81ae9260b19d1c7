"""False alarms, recall, and the area under the curve."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage_stats.evaluation import Rate, false_alarm_rate, recall, recall_at, roc_auc

scored = st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=40).filter(
    lambda runs: len({faulty for _, faulty in runs}) == 2
)


def test_rates_of_labels():
    flagged = np.array([1, 1, 0, 0, 1])
    faulty = np.array([1, 0, 0, 1, 1])
    assert false_alarm_rate(flagged, faulty) == Rate(1, 2)
    assert recall(flagged, faulty) == Rate(2, 3)


@settings(deadline=None, max_examples=100)
@given(scored, st.sampled_from([0.01, 0.1, 0.3, 0.5]))
def test_recall_at_is_the_best_that_any_threshold_allows(runs, rate):
    scores, faulty = (np.array(column) for column in zip(*runs, strict=True))
    best = 0.0
    for threshold in np.unique(scores):
        flagged = scores > threshold
        if float(false_alarm_rate(flagged, faulty)) <= rate:
            best = max(best, float(recall(flagged, faulty)))
    assert float(recall_at(scores, faulty, false_alarm_rate=rate)) == best


@settings(deadline=None, max_examples=100)
@given(scored)
def test_the_area_is_the_probability_of_the_right_order(runs):
    scores, faulty = (np.array(column) for column in zip(*runs, strict=True))
    sick, well = scores[faulty][:, None], scores[~faulty][None]
    expected = float(np.mean((sick > well) + 0.5 * (sick == well)))
    assert roc_auc(scores, faulty) == pytest.approx(expected)


def test_infinite_scores_are_scores():
    assert roc_auc([-np.inf, 0, np.inf], [0, 0, 1]) == 1
    assert recall_at([0.0, np.inf, np.inf], [0, 0, 1]) == Rate(0, 1)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: recall([1, 0], [0, 0]), "got 0 of 0"),
        (lambda: recall([1, 0], [1]), "shapes (2,) and (1,)"),
        (lambda: recall([1, -1], [1, 0]), "'flagged' must hold"),
        (lambda: recall_at([1, 2], [1, 1]), "no healthy run"),
        (lambda: recall_at([1, 2], [0, 0]), "no run of the wanted label"),
        (lambda: recall_at([1, 2], [0, 1], false_alarm_rate=0), "'false_alarm_rate'"),
        (lambda: recall_at([1, 2, 3], [0, 1]), "3 of 'scores', 2 of 'faulty'"),
        (lambda: roc_auc([1, 2], [1, 1]), "Both healthy and faulty"),
        (lambda: roc_auc([1, np.nan], [0, 1]), "'scores' holds NaN"),
    ],
)
def test_errors_say_what_is_wrong(call, text):
    with pytest.raises(ValueError, match=re.escape(text)):
        call()
