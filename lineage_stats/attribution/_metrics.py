"""Which way a metric is better."""

from __future__ import annotations

_LOWER_IS_BETTER = (
    "error",
    "loss",
    "hinge",
    "deviance",
    "brier",
    "impurity",
    "distance",
    "inertia",
)
_LOWER_NAMES = frozenset(
    {
        "mae",
        "mape",
        "mse",
        "rmse",
        "rmsle",
        "smape",
        "davies_bouldin_score",
        "coverage_error",
        "brier_score",
        "fpr",
        "fnr",
        "logloss",
        "eer",
    }
)
_HIGHER_NAMES = frozenset(
    {
        "accuracy",
        "accuracy_score",
        "adjusted_mutual_info_score",
        "adjusted_rand_score",
        "auc",
        "average_precision_score",
        "balanced_accuracy_score",
        "calinski_harabasz_score",
        "class_likelihood_ratios",
        "cohen_kappa_score",
        "completeness_score",
        "d2_absolute_error_score",
        "d2_brier_score",
        "d2_log_loss_score",
        "d2_pinball_score",
        "d2_tweedie_score",
        "dcg_score",
        "explained_variance_score",
        "f1",
        "f1_score",
        "fbeta_score",
        "fowlkes_mallows_score",
        "homogeneity_score",
        "jaccard_score",
        "label_ranking_average_precision_score",
        "matthews_corrcoef",
        "mutual_info_score",
        "ndcg_score",
        "normalized_mutual_info_score",
        "precision",
        "precision_score",
        "r2",
        "r2_score",
        "rand_score",
        "recall",
        "recall_score",
        "roc_auc",
        "roc_auc_score",
        "score",
        "silhouette_score",
        "top_k_accuracy_score",
        "v_measure_score",
    }
)


def metric_direction(name: str) -> bool | None:
    """Return whether greater values of a metric are better; None where the name does not say.

    Names are those of scikit-learn's metrics and scorers, and the usual abbreviations. A second
    metric of one name, as ``f1_score#2``, and an owner, as ``model.score``, do not matter.
    """
    stem = name.partition("#")[0].lower()
    stem = stem.rpartition(".")[2]
    if stem.startswith("neg_") or stem in _HIGHER_NAMES:
        return True
    if stem in _LOWER_NAMES or any(part in stem for part in _LOWER_IS_BETTER):
        return False
    parts = stem.replace("-", "_").split("_")
    if any(part in _LOWER_NAMES for part in parts):
        return False
    if any(part in _HIGHER_NAMES for part in parts):
        return True
    return None
