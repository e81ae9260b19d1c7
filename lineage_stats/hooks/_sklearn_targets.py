"""What is watched in scikit-learn, as plain data."""

from __future__ import annotations

# Methods of every estimator by kind of operation.
ESTIMATOR_METHODS: dict[str, str] = {
    "fit": "fit",
    "partial_fit": "fit",
    "fit_transform": "fit",
    "fit_predict": "fit",
    "transform": "transform",
    "inverse_transform": "transform",
    "predict": "predict",
    "predict_proba": "predict",
    "predict_log_proba": "predict",
    "decision_function": "predict",
    "score_samples": "predict",
    "score": "metric",
}

# Mixins that give methods to estimators.
MIXINS = "ClassifierMixin RegressorMixin TransformerMixin ClusterMixin OutlierMixin DensityMixin"

# Functions by module and kind of operation.
FUNCTIONS: dict[str, dict[str, str]] = {
    "sklearn.metrics": {
        "metric": """accuracy_score balanced_accuracy_score f1_score fbeta_score precision_score
            recall_score roc_auc_score average_precision_score log_loss brier_score_loss
            matthews_corrcoef cohen_kappa_score hamming_loss jaccard_score zero_one_loss hinge_loss
            r2_score mean_squared_error root_mean_squared_error mean_absolute_error
            median_absolute_error mean_absolute_percentage_error explained_variance_score max_error
            mean_squared_log_error mean_pinball_loss mean_tweedie_deviance silhouette_score
            adjusted_rand_score normalized_mutual_info_score calinski_harabasz_score
            davies_bouldin_score top_k_accuracy_score ndcg_score dcg_score d2_absolute_error_score
            confusion_matrix classification_report roc_curve precision_recall_curve""",
    },
    "sklearn.model_selection": {
        "split": "train_test_split",
        "metric": "cross_val_score cross_validate",
        "predict": "cross_val_predict",
    },
    "sklearn.preprocessing": {
        "transform": "scale normalize binarize label_binarize minmax_scale robust_scale",
    },
    "sklearn.utils": {"selection": "resample shuffle"},
    "sklearn.datasets": {
        "source": """load_iris load_wine load_breast_cancer load_diabetes load_digits
            make_classification make_regression make_blobs make_moons make_circles
            fetch_california_housing fetch_openml""",
    },
}
