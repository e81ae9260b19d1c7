import importlib
from numbers import Real

import numpy as np
import pytest
import sklearn.base
import sklearn.datasets
import sklearn.metrics
import sklearn.preprocessing
from sklearn.datasets import load_iris
from sklearn.metrics import accuracy_score, get_scorer
from sklearn.tree import DecisionTreeClassifier

from lineage_stats.hooks._registry import function_behind
from lineage_stats.hooks._sklearn._targets import (
    ESTIMATOR_METHODS,
    FUNCTIONS,
    METRICS,
    MIXINS,
    REPORTS,
)
from lineage_stats.hooks._swap import can_swap
from lineage_stats.trace import OPERATION_KINDS

# Functions that only some of the supported versions have.
NOT_IN_EVERY_VERSION = {
    "root_mean_squared_error", "root_mean_squared_log_error", "d2_log_loss_score", "d2_brier_score",
    "confusion_matrix_at_thresholds", "metric_at_thresholds", "fetch_file",
}  # fmt: skip


def test_every_name_exists_and_can_be_watched():
    for module, kinds in FUNCTIONS.items():
        for name in " ".join(kinds.values()).split():
            function = getattr(importlib.import_module(module), name, None)
            assert name in NOT_IN_EVERY_VERSION or can_swap(function), f"{module}.{name}"
    for mixin, method in MIXINS.items():
        assert can_swap(function_behind(getattr(sklearn.base, mixin), method))


def test_kinds_are_known_and_names_listed_once():
    kinds = {kind for kinds in FUNCTIONS.values() for kind in kinds}
    assert kinds | set(ESTIMATOR_METHODS.values()) <= set(OPERATION_KINDS)
    names = " ".join(v for kinds in FUNCTIONS.values() for v in kinds.values()).split()
    assert sorted(set(names)) == sorted(names)


Y, P = np.array([0, 1, 1, 0, 1, 0]), np.array([0, 1, 0, 0, 1, 1])
TABLE = np.eye(3)[[0, 1, 2, 0, 1, 2]]
OTHER_ARGUMENTS = {
    "auc": (np.sort(P), Y),
    "top_k_accuracy_score": (np.arange(6) % 3, TABLE),
    "consensus_score": ((TABLE.T > 0, TABLE.T > 0),) * 2,
    **dict.fromkeys(
        "mean_gamma_deviance mean_poisson_deviance d2_tweedie_score".split(), (Y + 1, P + 1)
    ),
    **dict.fromkeys(
        "calinski_harabasz_score davies_bouldin_score silhouette_score".split(), (TABLE + 0.1, Y)
    ),
    **dict.fromkeys(
        """coverage_error dcg_score ndcg_score label_ranking_loss
        label_ranking_average_precision_score""".split(),
        (TABLE, TABLE),
    ),
}


@pytest.mark.parametrize("name", METRICS.split())
def test_a_metric_returns_one_number(name):
    function = getattr(sklearn.metrics, name, None)
    if function is None:
        assert name in NOT_IN_EVERY_VERSION
        return
    options = {"beta": 2.0} if name == "fbeta_score" else {}
    value = function(*OTHER_ARGUMENTS.get(name, (Y, P)), **options)
    assert isinstance(value, Real)
    assert not isinstance(value, bool)


@pytest.mark.parametrize("name", REPORTS.split())
def test_a_report_does_not(name):
    function = getattr(sklearn.metrics, name, None)
    if function is None:
        assert name in NOT_IN_EVERY_VERSION
        return
    arguments = {
        "silhouette_samples": (TABLE + 0.1, Y), "metric_at_thresholds": (Y, P, accuracy_score),
    }  # fmt: skip
    assert not isinstance(function(*arguments.get(name, (Y, P))), Real)


def test_a_scorer_is_a_callable_that_can_be_watched():
    from sklearn.metrics import _scorer

    assert can_swap(function_behind(_scorer._BaseScorer, "__call__"))
    X, y = load_iris(return_X_y=True)
    assert get_scorer("accuracy")(DecisionTreeClassifier().fit(X, y), X, y) == 1.0
    assert get_scorer("accuracy")._score_func is sklearn.metrics.accuracy_score
