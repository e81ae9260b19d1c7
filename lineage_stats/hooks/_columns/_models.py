"""Recipes of scikit-learn: which features an estimator makes of which columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from lineage_stats.features import is_data
from lineage_stats.features._families import family_of
from lineage_stats.hooks._columns._recipes import Bound, Maker, Recipe

if TYPE_CHECKING:
    from lineage_stats.hooks._columns._book import RecordedCall

MAX_FEATURES = 2000  # more are not told apart

# For each feature made, the positions of the columns that it is made from.
Sources = list[tuple[int, ...]]

_COLUMN_BY_COLUMN = frozenset(
    """StandardScaler MinMaxScaler MaxAbsScaler RobustScaler QuantileTransformer PowerTransformer
    Binarizer OrdinalEncoder""".split()
)
# Their choice of columns, or what they make of one, depends on others.
_LOOK_AROUND = frozenset(
    """SelectKBest SelectPercentile SelectFpr SelectFdr SelectFwe GenericUnivariateSelect RFE RFECV
    SelectFromModel SequentialFeatureSelector TargetEncoder VarianceThreshold""".split()
)


def feature_sources(model: Any, n_in: int) -> Sources | None:
    """Return which columns each feature of a fitted transformer is made from.

    Parameters
    ----------
    model : estimator
        A fitted transformer, ``"passthrough"`` or ``"drop"``.
    n_in : int
        Number of its columns.

    Returns
    -------
    list of tuple of int, or None
        For each feature, positions of columns; None where that is not known.
    """
    if model is None or model == "passthrough":
        return [(i,) for i in range(n_in)]
    if isinstance(model, str):
        return []
    cls = type(model)
    if cls.__module__.partition(".")[0] != "sklearn":
        return None
    if cls.__name__ in _COLUMN_BY_COLUMN:
        return [(i,) for i in range(n_in)]
    rule = _RULES.get(cls.__name__)
    if rule is not None:
        return rule(model, n_in)
    support = getattr(model, "get_support", None)
    if support is not None:
        return [(int(i),) for i in support(indices=True)]
    return None


def _steps(model: Any, n_in: int) -> Sources | None:
    found: Sources | None = [(i,) for i in range(n_in)]
    for _, step in model.steps:
        if step is not None and step != "passthrough" and not hasattr(step, "transform"):
            break
        after = feature_sources(step, len(found or ()))
        if after is None:
            return None
        before = found or []
        found = [tuple(sorted({i for j in part for i in before[j]})) for part in after]
    return found


def _columns(model: Any, n_in: int) -> Sources | None:
    if not hasattr(model, "output_indices_"):
        return []  # scikit-learn leaves it out where nothing is made
    found: Sources = [() for _ in range(max(s.stop for s in model.output_indices_.values()))]
    for name, transformer, _ in model.transformers_:
        where = model.output_indices_.get(name)
        columns = model._transformer_to_input_indices.get(name, [])
        if where is None or where.stop == where.start:
            continue
        parts = feature_sources(transformer, len(columns))
        n_out = where.stop - where.start
        if parts is None or len(parts) != n_out:
            parts = [tuple(range(len(columns)))] * n_out
        for at, part in zip(range(where.start, where.stop), parts, strict=True):
            found[at] = tuple(int(columns[j]) for j in part)
    return found


def _union(model: Any, n_in: int) -> Sources | None:
    found: Sources = []
    for _, transformer in model.transformer_list:
        part = feature_sources(transformer, n_in)
        if part is None:
            return None
        found += part
    return found


def _one_hot(model: Any, n_in: int) -> Sources | None:
    counts = getattr(model, "_n_features_outs", None) or [len(c) for c in model.categories_]
    return [(i,) for i, n in enumerate(counts) for _ in range(n)]


def _bins(model: Any, n_in: int) -> Sources | None:
    if model.encode == "ordinal":
        return [(i,) for i in range(n_in)]
    return [(i,) for i, n in enumerate(model.n_bins_) for _ in range(int(n))]


def _impute(model: Any, n_in: int) -> Sources | None:
    kept = list(range(n_in))
    if not getattr(model, "keep_empty_features", False):
        kept = [i for i, s in enumerate(model.statistics_) if s == s]
    marks = getattr(getattr(model, "indicator_", None), "features_", ())
    return [(int(i),) for i in (*kept, *marks)]


def _powers(model: Any, n_in: int) -> Sources | None:
    if not model.n_output_features_:
        return []  # scikit-learn has no powers of nothing
    return [tuple(int(i) for i in row.nonzero()[0]) for row in model.powers_]


def _splines(model: Any, n_in: int) -> Sources | None:
    each = model.n_features_out_ // n_in
    return [(i,) for i in range(n_in) for _ in range(each)]


def _marks(model: Any, n_in: int) -> Sources | None:
    return [(int(i),) for i in model.features_]


def _plain_function(model: Any, n_in: int) -> Sources | None:
    return [(i,) for i in range(n_in)] if model.func is None else None


_RULES: dict[str, Callable[[Any, int], Sources | None]] = {
    "Pipeline": _steps,
    "ColumnTransformer": _columns,
    "FeatureUnion": _union,
    "OneHotEncoder": _one_hot,
    "KBinsDiscretizer": _bins,
    "SimpleImputer": _impute,
    "PolynomialFeatures": _powers,
    "SplineTransformer": _splines,
    "MissingIndicator": _marks,
    "FunctionTransformer": _plain_function,
}


def looks_around(model: Any) -> bool:
    """Return whether a feature may depend on columns that it is not made from."""
    if isinstance(model, str) or model is None:
        return False
    if type(model).__name__ in _LOOK_AROUND:
        return True
    return any(looks_around(part) for part in _parts(model))


def _parts(model: Any) -> Iterable[Any]:
    name = type(model).__name__
    if name == "Pipeline":
        return [step for _, step in model.steps]
    if name == "ColumnTransformer":
        return [part[1] for part in getattr(model, "transformers_", model.transformers)]
    return [part[1] for part in model.transformer_list] if name == "FeatureUnion" else ()


def columns_used(model: Any) -> list[int] | None:
    """Return positions of the columns that reach a fitted model; None for all."""
    name = type(model).__name__
    if name == "Pipeline" and model.steps:
        return columns_used(model.steps[0][1])
    if name != "ColumnTransformer" or not hasattr(model, "transformers_"):
        return None
    indices = model._transformer_to_input_indices
    used = {
        int(i)
        for part, transformer, _ in model.transformers_
        if not (isinstance(transformer, str) and transformer == "drop")
        for i in indices.get(part, ())
    }
    return sorted(used)


def packed(sources: Sequence[tuple[int, ...]]) -> Any:
    """Return sources as JSON holds them: ``1`` for one to one, runs where columns repeat."""
    if all(part == (i,) for i, part in enumerate(sources)):
        return 1
    runs: list[list[Any]] = []
    for part in sources:
        if runs and runs[-1][0] == list(part):
            runs[-1][1] += 1
        else:
            runs.append([list(part), 1])
    return runs


def _mapping(call: RecordedCall, data: Any) -> Recipe:
    """Describe how the features that a call returned come from the columns it was given."""
    model = call.args[0]
    shape = getattr(data, "shape", None)
    n_in = 1 if shape is not None and len(shape) == 1 else shape[1] if shape else None
    made = getattr(call.result, "shape", None)
    n_out = 1 if made is not None and len(made) == 1 else made[1] if made else None
    if n_in is None or n_out is None or n_out > MAX_FEATURES or not _same_columns(model, data):
        return {"o": 1}
    sources = feature_sources(model, n_in)
    if sources is None or len(sources) != n_out:
        known = type(model).__module__.partition(".")[0] == "sklearn"
        custom = type(model).__name__ in ("FunctionTransformer", "Pipeline", "FeatureUnion")
        return {} if known and not custom else {"o": 1}
    return {"map": packed(sources), **({"around": 1} if looks_around(model) else {})}


def _same_columns(model: Any, data: Any) -> bool:
    names = getattr(model, "feature_names_in_", None)
    if names is None or family_of(type(data)) != "frame":
        return True
    return len(names) == data.shape[1] and bool((data.columns == names).all())


def _fit(call: RecordedCall, b: Bound) -> Recipe:
    model, data, target = call.args[0], b.get("X"), b.get("y")
    recipe: Recipe = {"as": "fit", "x": call.value(data)}
    if is_data(target):
        recipe["y"] = call.code(target)
    others = [
        call.value(value)
        for name, value in b.items()
        if name not in ("self", "X", "y") and is_data(value)
    ]
    if others:
        recipe["others"] = others
    used = columns_used(model)
    if used is not None and _same_columns(model, data):
        recipe["used"] = used
    if call.result is not None and call.result is not model and is_data(call.result):
        if call.target.path.endswith("fit_transform"):
            recipe["made"] = _mapping(call, data)
        else:
            recipe["made"] = {}
    return recipe


def _transform(call: RecordedCall, b: Bound) -> Recipe:
    data = b.get("X", call.args[1] if len(call.args) > 1 else None)
    return {"as": "features", "x": call.value(data), "m": call.code(call.args[0]),
            **_mapping(call, data)}  # fmt: skip


def _predict(call: RecordedCall, b: Bound) -> Recipe:
    data = b.get("X", call.args[1] if len(call.args) > 1 else None)
    recipe: Recipe = {"as": "predict", "x": call.value(data), "m": call.code(call.args[0])}
    if not is_data(data):
        recipe["x"] = "?"
    used = columns_used(call.args[0])
    if used is not None and _same_columns(call.args[0], data):
        recipe["used"] = used
    return recipe


def metric(call: RecordedCall, b: Bound) -> Recipe:
    """Describe a function of predictions and truth."""
    return {"as": "mix", "use": "a", "x": [call.code(part) for part in call.all_data()]}


def _score(call: RecordedCall, b: Bound) -> Recipe:
    recipe = metric(call, b)
    used = columns_used(call.args[0])
    if used is not None and _same_columns(call.args[0], b.get("X")):
        recipe["used"] = {"of": call.value(b.get("X")), "at": used}
    return recipe


def split(call: RecordedCall, b: Bound) -> Recipe:
    """Describe `train_test_split`: two parts of each argument."""
    recipe: Recipe = {"as": "split", "x": [call.value(part) for part in call.args]}
    if call.kwargs.get("stratify") is not None:
        recipe["by"] = call.value(call.kwargs["stratify"])
    return recipe


def resample(call: RecordedCall, b: Bound) -> Recipe:
    """Describe what draws or shuffles rows of each argument."""
    recipe: Recipe = {"as": "split", "x": [call.value(part) for part in call.args], "parts": 1}
    if call.kwargs.get("stratify") is not None:
        recipe["by"] = call.value(call.kwargs["stratify"])
    return recipe


METHODS: dict[str, Maker] = {
    **dict.fromkeys(("fit", "partial_fit", "fit_transform", "fit_predict"), _fit),
    "transform": _transform,
    **dict.fromkeys(
        """predict predict_proba predict_log_proba decision_function score_samples kneighbors
        apply""".split(),
        _predict,
    ),
    "score": _score,
}
FUNCTIONS: dict[str, Maker] = {
    "train_test_split": split,
    **dict.fromkeys(("resample", "shuffle"), resample),
}
