"""The provider for scikit-learn and everything built on its `BaseEstimator`."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Real
from typing import Any

from lineage_stats._interrupts import pass_on
from lineage_stats.hooks._measures import (
    measure_cross_validation,
    measure_fit,
    measure_folds,
    measure_metric,
    measure_split,
)
from lineage_stats.hooks._models import learned_facts
from lineage_stats.hooks._params import class_digest, describe_value
from lineage_stats.hooks._provider import Call, HookProvider, OperationSpec, PublicName, Target
from lineage_stats.hooks._sklearn._surface import sklearn_names
from lineage_stats.hooks._sklearn._targets import (
    COMPOSITES,
    ESTIMATOR_METHODS,
    FUNCTIONS,
    MIXINS,
    SPLITTERS,
)

MAX_PARAMS = 100
MAX_ASKED = 8  # estimators and lists inside of each other

# Functions that fit copies of an estimator that they are given.
FITTING = frozenset(
    {"cross_val_predict", "cross_val_score", "cross_validate", "learning_curve",
     "permutation_test_score", "validation_curve"}
)  # fmt: skip


class SklearnProvider(HookProvider):
    """Watches estimators (also the user's own) and functions of scikit-learn."""

    name = "sklearn"
    library = "sklearn"
    requires = ">=1.4"
    late_methods = frozenset(["transform", "fit_transform"])

    def targets(self) -> Iterator[Target]:
        """Yield what is watched in scikit-learn, but for the classes of estimators."""
        for module, kinds in FUNCTIONS.items():
            for kind, names in kinds.items():
                describe = _FUNCTION_DESCRIPTIONS.get(kind)
                for name in names.split():
                    measure = _FUNCTION_MEASURES.get(name)
                    if measure is None and kind == "metric":
                        measure = measure_metric
                    yield Target(module, name, kind, describe=describe, measure=measure)
        yield Target(
            "sklearn.metrics", "_scorer._BaseScorer.__call__", "metric", describe=_describe_scorer
        )
        for cls in SPLITTERS.split():
            yield Target(
                "sklearn.model_selection",
                f"_split.{cls}.split",
                "split",
                describe=_describe_folds,
                measure=measure_folds,
                iterates=True,
            )
        for mixin, method in MIXINS.items():
            yield _method_target("sklearn.base", mixin, method)

    def public_names(self) -> Iterator[PublicName]:
        """Yield what programs call in scikit-learn; all its modules are imported for it."""
        return sklearn_names()

    @property
    def class_root(self) -> tuple[str, str]:
        """The base class of all estimators."""
        return "sklearn.base", "BaseEstimator"

    def new_class_targets(self, cls: type) -> Iterator[Target]:
        """Yield the methods of an estimator's class, also those that it inherits from a mixin."""
        unfolds = any(base.__name__ in COMPOSITES for base in cls.__mro__)
        has = set[str]().union(*(ESTIMATOR_METHODS.keys() & vars(b).keys() for b in cls.__mro__))
        for method in ESTIMATOR_METHODS:
            if method in has:
                yield _method_target(cls.__module__, cls.__qualname__, method, unfolds=unfolds)


def _method_target(module: str, cls: str, method: str, *, unfolds: bool = False) -> Target:
    kind = ESTIMATOR_METHODS[method]
    describe = _METHOD_DESCRIPTIONS.get(method) or _METHOD_DESCRIPTIONS.get(kind)
    measure = _KIND_MEASURES.get(kind)
    return Target(
        module,
        f"{cls}.{method}",
        kind,
        describe=describe,
        measure=measure,
        unfolds=unfolds,
        is_step=True,
    )


def _describe_fit(call: Call) -> OperationSpec:
    model = call.args[0]
    data = tuple(value for name, value in call.bound.items() if value is not model)
    made = () if call.result is model or call.result is None else (call.result,)
    facts = {**_model_facts(model), **learned_facts(model)}
    return OperationSpec(inputs=data, outputs=(*made, model), facts=facts)


def _model_facts(model: Any) -> dict[str, str]:
    """Return the parameters of an estimator, and the digest of its code if it is the user's."""
    facts = _parameters(model)
    if _is_own(model):
        facts["code"] = _code_of(model)
    return facts


def _parameters(model: Any, prefix: str = "") -> dict[str, str]:
    facts = {}
    try:
        params = model.get_params(deep=not _minds_being_asked(model, 0))
    except Exception as error:  # noqa: BLE001  # an estimator may break the rules of scikit-learn
        pass_on(error)
        params = {}
    for name, value in list(params.items())[:MAX_PARAMS]:
        nested = hasattr(type(value), "get_params")
        text = type(value).__qualname__ if nested else describe_value(value)
        facts[f"param[{prefix}{name}]"] = text
        if nested and _is_own(value):
            facts[f"code[{prefix}{name}]"] = _code_of(value)
    return facts


def _minds_being_asked(value: Any, depth: int) -> bool:
    """Return whether a parameter may answer when it is asked whether it is an estimator."""
    kind = type(value)
    if depth > MAX_ASKED:
        return False
    if kind in (list, tuple):
        return any(_minds_being_asked(part, depth + 1) for part in value[:MAX_PARAMS])
    if not hasattr(kind, "get_params"):
        return hasattr(kind, "__getattr__")
    own = getattr(value, "__dict__", {})
    given = [part for name, part in own.items() if not name.endswith("_")]
    return any(_minds_being_asked(part, depth + 1) for part in given[:MAX_PARAMS])


def _is_own(model: Any) -> bool:
    return type(model).__module__.partition(".")[0] != "sklearn"


def _code_of(model: Any) -> str:
    return f"{type(model).__qualname__} ~{class_digest(type(model))}"


def _given_estimator(call: Call) -> dict[str, str]:
    """Return the parameters of an estimator that a function fits, named as a search names them."""
    if call.target.path not in FITTING:
        return {}
    model = call.bound.get("estimator")
    if not hasattr(type(model), "get_params"):
        return {}
    own = _code_of(model) if _is_own(model) else type(model).__qualname__
    return {"param[estimator]": own, **_parameters(model, "estimator__")}


def _describe_folds(call: Call) -> OperationSpec:
    """Describe a splitter by its settings; what it makes are the positions of the first fold."""
    settings = getattr(call.args[0], "__dict__", {})
    facts = {f"param[{name}]": describe_value(value) for name, value in settings.items()}
    x, others = call.bound.get("X"), (call.bound.get("y"), call.bound.get("groups"))
    # Splitters turn targets into arrays before they come here: those say nothing.
    read = tuple(value for value in others if type(value).__module__ != "numpy")
    return OperationSpec(inputs=(x, *read), facts=facts)


def _describe_score(call: Call) -> OperationSpec:
    name = f"{type(call.args[0]).__name__}.{call.target.path.rpartition('.')[2]}"
    return OperationSpec(metric=name, value=_number(call.result), outputs=())


def _describe_metric(call: Call) -> OperationSpec:
    """Describe a function of two label arrays: the metric is what it returns, if a number."""
    name = call.target.path
    value = _number(call.result)
    if value is None and name.startswith("cross_val"):
        value = _mean_score(call.result)
    facts = _given_estimator(call)
    return OperationSpec(
        metric=None if value is None else name, value=value, outputs=(), facts=facts
    )


def _describe_predictions(call: Call) -> OperationSpec:
    return OperationSpec(facts=_given_estimator(call))


def _describe_scorer(call: Call) -> OperationSpec:
    """Describe what `make_scorer` or `get_scorer` returned: the metric is the function inside."""
    function = getattr(call.args[0], "_score_func", None)
    name = getattr(function, "__name__", type(call.args[0]).__name__)
    value = _number(call.result)
    return OperationSpec(name=f"scorer[{name}]", metric=name, value=value, outputs=())


def _number(value: Any) -> float | None:
    return None if isinstance(value, bool) or not isinstance(value, Real) else float(value)


def _mean_score(result: Any) -> float | None:
    """Return the mean over the folds of what a cross-validation returned."""
    scores = result.get("test_score") if isinstance(result, dict) else result
    mean = getattr(scores, "mean", None)
    return None if mean is None else float(mean())


def _describe_source(call: Call) -> OperationSpec:
    """Describe a loader: a pair, or a bundle with ``data`` and ``target``."""
    result = call.result
    if isinstance(result, dict):
        made = tuple(result[k] for k in ("data", "target", "frame") if result.get(k) is not None)
        return OperationSpec(outputs=made)
    return OperationSpec()


_FUNCTION_MEASURES = {
    "train_test_split": measure_split,
    "cross_val_score": measure_cross_validation,
    "cross_validate": measure_cross_validation,
}
_KIND_MEASURES = {"fit": measure_fit, "metric": measure_metric}
_METHOD_DESCRIPTIONS = {"fit": _describe_fit, "metric": _describe_score}
_FUNCTION_DESCRIPTIONS = {
    "metric": _describe_metric, "predict": _describe_predictions, "source": _describe_source
}  # fmt: skip
