"""What is watched in scikit-learn, as plain data.

Functions that a supported version lacks are passed over. What is left out on purpose stands in
`_sklearn_left_out`, with the reason.
"""

from __future__ import annotations

# Methods of every estimator by kind of operation.
ESTIMATOR_METHODS: dict[str, str] = {
    "fit": "fit",
    "partial_fit": "fit",
    "fit_transform": "fit",
    "fit_predict": "fit",
    "fit_resample": "transform",
    "transform": "transform",
    "inverse_transform": "transform",
    "predict": "predict",
    "predict_proba": "predict",
    "predict_log_proba": "predict",
    "decision_function": "predict",
    "score_samples": "predict",
    "predict_joint_log_proba": "predict",
    "kneighbors": "predict",
    "kneighbors_graph": "predict",
    "radius_neighbors": "predict",
    "radius_neighbors_graph": "predict",
    "apply": "predict",
    "decision_path": "predict",
    "mahalanobis": "predict",
    "dbscan_clustering": "predict",
    "latent_mean_and_variance": "predict",
    "gibbs": "transform",
    "sample": "source",
    "sample_y": "source",
    "score": "metric",
    "aic": "metric",
    "bic": "metric",
    "error_norm": "metric",
    "perplexity": "metric",
    "reconstruction_error": "metric",
}

# Estimators made of others, whose steps are noted.
COMPOSITES = frozenset({"Pipeline", "ColumnTransformer", "FeatureUnion"})

# Generators of pairs of training and test positions.
SPLITTERS = "BaseCrossValidator _BaseKFold _RepeatedSplits BaseShuffleSplit _CVIterableWrapper"

# Mixins that give methods to estimators.
MIXINS: dict[str, str] = {
    "ClassifierMixin": "score",
    "RegressorMixin": "score",
    "TransformerMixin": "fit_transform",
    "ClusterMixin": "fit_predict",
    "OutlierMixin": "fit_predict",
    "DensityMixin": "score",
}

# Metrics that return one number (unless asked for one per class, label or output).
METRICS = """
    accuracy_score balanced_accuracy_score f1_score fbeta_score jaccard_score precision_score
    recall_score average_precision_score roc_auc_score top_k_accuracy_score log_loss
    brier_score_loss d2_brier_score d2_log_loss_score cohen_kappa_score hamming_loss hinge_loss
    matthews_corrcoef zero_one_loss auc
    d2_absolute_error_score d2_pinball_score d2_tweedie_score explained_variance_score max_error
    mean_absolute_error mean_absolute_percentage_error mean_gamma_deviance mean_pinball_loss
    mean_poisson_deviance mean_squared_error mean_squared_log_error mean_tweedie_deviance
    median_absolute_error r2_score root_mean_squared_error root_mean_squared_log_error
    adjusted_mutual_info_score adjusted_rand_score calinski_harabasz_score completeness_score
    consensus_score davies_bouldin_score fowlkes_mallows_score homogeneity_score mutual_info_score
    normalized_mutual_info_score rand_score silhouette_score v_measure_score
    coverage_error dcg_score label_ranking_average_precision_score label_ranking_loss ndcg_score
"""

# Evaluations that return a table, a curve or text.
REPORTS = """
    class_likelihood_ratios classification_report confusion_matrix confusion_matrix_at_thresholds
    det_curve homogeneity_completeness_v_measure metric_at_thresholds multilabel_confusion_matrix
    pair_confusion_matrix precision_recall_curve precision_recall_fscore_support roc_curve
    silhouette_samples
"""

# Functions by module and kind of operation.
FUNCTIONS: dict[str, dict[str, str]] = {
    "sklearn.metrics": {"metric": METRICS + REPORTS},
    "sklearn.metrics.cluster": {"metric": "contingency_matrix entropy"},
    "sklearn.metrics.pairwise": {
        "transform": """additive_chi2_kernel chi2_kernel cosine_distances cosine_similarity
            euclidean_distances haversine_distances laplacian_kernel linear_kernel
            manhattan_distances nan_euclidean_distances paired_cosine_distances paired_distances
            paired_euclidean_distances paired_manhattan_distances pairwise_distances
            pairwise_distances_argmin pairwise_distances_argmin_min pairwise_kernels
            polynomial_kernel rbf_kernel sigmoid_kernel""",
    },
    "sklearn.model_selection": {
        "split": "train_test_split",
        "metric": """cross_val_score cross_validate learning_curve permutation_test_score
            validation_curve""",
        "predict": "cross_val_predict",
    },
    "sklearn.inspection": {
        "metric": "permutation_importance",
        "aggregation": "partial_dependence",
    },
    "sklearn.calibration": {"metric": "calibration_curve"},
    "sklearn.preprocessing": {
        "transform": """add_dummy_feature binarize label_binarize maxabs_scale minmax_scale
            normalize power_transform quantile_transform robust_scale scale""",
    },
    "sklearn.feature_selection": {
        "aggregation": """chi2 f_classif f_oneway f_regression mutual_info_classif
            mutual_info_regression r_regression""",
    },
    "sklearn.cluster": {
        "transform": """affinity_propagation cluster_optics_dbscan cluster_optics_xi
            compute_optics_graph dbscan estimate_bandwidth get_bin_seeds k_means kmeans_plusplus
            linkage_tree mean_shift spectral_clustering ward_tree""",
    },
    "sklearn.covariance": {
        "aggregation": """empirical_covariance fast_mcd graphical_lasso ledoit_wolf
            ledoit_wolf_shrinkage log_likelihood oas shrunk_covariance""",
    },
    "sklearn.decomposition": {
        "transform": """dict_learning dict_learning_online fastica non_negative_factorization
            randomized_svd sparse_encode""",
    },
    "sklearn.linear_model": {
        "fit": """enet_path lars_path lars_path_gram lasso_path orthogonal_mp orthogonal_mp_gram
            ridge_regression""",
    },
    "sklearn.manifold": {
        "transform": "locally_linear_embedding smacof spectral_embedding",
        "metric": "trustworthiness",
    },
    "sklearn.utils": {"selection": "resample shuffle"},
    "sklearn.utils.class_weight": {"aggregation": "compute_class_weight compute_sample_weight"},
    "sklearn.datasets": {
        "source": """load_breast_cancer load_diabetes load_digits load_files load_iris load_linnerud
            load_sample_image load_sample_images load_svmlight_file load_svmlight_files load_wine
            fetch_20newsgroups fetch_20newsgroups_vectorized fetch_california_housing fetch_covtype
            fetch_file fetch_kddcup99 fetch_lfw_pairs fetch_lfw_people fetch_olivetti_faces
            fetch_openml fetch_rcv1 fetch_species_distributions
            make_biclusters make_blobs make_checkerboard make_circles make_classification
            make_friedman1 make_friedman2 make_friedman3 make_gaussian_quantiles make_hastie_10_2
            make_low_rank_matrix make_moons make_multilabel_classification make_regression
            make_s_curve make_sparse_coded_signal make_sparse_spd_matrix make_sparse_uncorrelated
            make_spd_matrix make_swiss_roll""",
        "sink": "dump_svmlight_file",
    },
}
