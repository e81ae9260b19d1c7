"""Which way a metric is better: checked against scikit-learn's own scorers."""

from __future__ import annotations

import pytest
from sklearn.metrics import get_scorer, get_scorer_names

from lineage_stats.attribution._metrics import metric_direction


@pytest.mark.parametrize(
    ("name", "better"),
    [
        ("f1_score", True),
        ("f1_score#2", True),
        ("LogisticRegression.score", True),
        ("roc_auc", True),
        ("d2_log_loss_score", True),
        ("explained_variance_score", True),
        ("neg_mean_squared_error", True),
        ("mean_squared_error", False),
        ("log_loss", False),
        ("hinge_loss", False),
        ("brier_score_loss", False),
        ("mean_poisson_deviance", False),
        ("val_rmse", False),
        ("valid_auc", True),
        ("profit", None),
    ],
)
def test_names_say_which_way_is_better(name, better):
    assert metric_direction(name) is better


SCORES = [name for name in get_scorer_names() if "likelihood_ratio" not in name]


@pytest.mark.parametrize("name", SCORES)
def test_every_scorer_of_scikit_learn_is_known(name):
    function = get_scorer(name)._score_func.__name__
    sign = get_scorer(name)._sign
    assert metric_direction(function) is (sign > 0), function
