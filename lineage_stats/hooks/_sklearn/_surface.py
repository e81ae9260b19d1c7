"""What programs can call in scikit-learn, and why some of it is not watched.

Together with `_sklearn_targets` this names every public function of the modules that pipelines
use, and every method of every estimator that ``all_estimators`` lists.

The reasons are: *control*, settings, and what makes or checks them; *delegates*, calls one that
is watched; *generator*, yields one
result per stage; *metadata*, looks at an estimator and returns no data; *same*, returns its own
object; *static*, a function in the clothes of a method, watched as a function.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any

from lineage_stats.hooks._provider import PublicName

MODULES = """sklearn.calibration sklearn.cluster sklearn.covariance sklearn.datasets
    sklearn.decomposition sklearn.feature_selection sklearn.inspection sklearn.linear_model
    sklearn.manifold sklearn.metrics sklearn.metrics.cluster sklearn.metrics.pairwise
    sklearn.model_selection sklearn.preprocessing"""
_FROM_UTILS = ("resample", "shuffle")

_REASONS: dict[str, str] = {
    "control": """check_cv check_scoring clear_data_home get_data_home get_scorer get_scorer_names
        make_scorer distance_metrics kernel_metrics
        get_metadata_routing get_params set_params set_output set_callbacks
        set_fit_request set_partial_fit_request set_predict_request set_score_request
        set_transform_request set_inverse_transform_request set_split_request
        build_analyzer build_preprocessor build_tokenizer decode get_stop_words
        set_decision_function_request set_predict_proba_request set_predict_log_proba_request
        check_paired_arrays check_pairwise_arrays""",
    "delegates": "split",
    "generator": """pairwise_distances_chunked staged_decision_function staged_predict
        staged_predict_proba staged_score""",
    "metadata": """get_covariance get_depth get_feature_names_out get_indices get_n_leaves
        get_n_splits get_precision get_shape get_submatrix get_support log_marginal_likelihood
        cost_complexity_pruning_path expected_mutual_information""",
    "same": "densify sparsify restrict correct_covariance reweight_covariance",
    "static": "path",
}


def sklearn_names() -> Iterator[PublicName]:
    """Yield functions and methods of scikit-learn, as far as this version has them."""
    for path in MODULES.split():
        module = importlib.import_module(path)
        for name in _exported(module):
            value = vars(module)[name]
            if callable(value) and not isinstance(value, type):
                yield _public(module, path.removeprefix("sklearn."), name)
    utils = importlib.import_module("sklearn.utils")
    for name in _FROM_UTILS:
        yield _public(utils, "utils", name)
    for shown, cls in _classes():
        for name in sorted(dir(cls)):
            if not name.startswith("_") and _is_callable(cls, name):
                yield _public(cls, shown, name)


def _classes() -> Iterator[tuple[str, type]]:
    from sklearn.utils import all_estimators

    yield from all_estimators()
    selection = importlib.import_module("sklearn.model_selection")
    for name in _exported(selection):
        value = vars(selection)[name]
        if isinstance(value, type) and hasattr(value, "split"):
            yield name, value


def _exported(module: ModuleType) -> list[str]:
    """Return the public names, but for those that have to be switched on first."""
    own = (n for n, v in vars(module).items() if getattr(v, "__module__", "") == module.__name__)
    names = getattr(module, "__all__", own)
    return sorted(name for name in names if name in vars(module) and not name.startswith("_"))


def _is_callable(cls: type, name: str) -> bool:
    """Return whether an attribute is a method, also one that exists only under a condition."""
    for base in cls.__mro__:
        if name in vars(base):
            found = vars(base)[name]
            return (
                isinstance(found, FunctionType | staticmethod | classmethod)
                or hasattr(found, "fn")
                or type(found).__name__ == "RequestMethod"
            )
    return False


def _public(owner: Any, shown: str, name: str) -> PublicName:
    return PublicName(f"{shown}.{name}", owner, name, _REASON_OF.get(name))


_REASON_OF = {name: reason for reason, names in _REASONS.items() for name in names.split()}
