"""What is measured at joins, splits, fits and metrics, beside the columns of what they made.

Each function looks at a bounded number of rows, and returns features by name; see
`lineage_stats.features.FEATURES` for what they are. They are called with the recorded call still
open, so that what they call themselves is not recorded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from math import isfinite
from numbers import Real
from typing import Any

from lineage_stats.features import association, describe_data, is_data, parse_feature, profile_data
from lineage_stats.features._coherence import coherence
from lineage_stats.features._pandas_access import left_alone
from lineage_stats.hooks._provider import Call

MOST_KEYS = 5000  # rows of one side whose keys are looked at one by one
SAMPLE_ROWS = 1000
MOST_ROWS = 8000  # of a narrow table whose columns are held against each other
CELLS = 64_000  # numbers in the columns that are held against each other
SAME = 0.99  # a column that goes with labels like this is another name for them
MOST_CLASSES = 20
# Models that predict by the sum of coefficients times values, with nothing after it.
_LINEAR = frozenset({"LinearModel", "LinearClassifierMixin"})
MOST_COMPARED = 4  # columns of what a metric compares
_ASIDE = frozenset({"self", "estimator", "scorer"})
_SCALARS = (bool, int, float, str)
_COMPARED = frozenset({"nulls", "mean", "sd", "distinct", "top_share"})
MOST_PARTS = 200  # attributes and members of a model that are looked at

Features = dict[str, float]
Keys = list[Any]


def measure_join(call: Call) -> Features:
    """Return how many rows of each side found a partner, and how many keys are not unique."""
    bound = call.bound
    left, right = call.args[0] if call.args else bound.get("left"), _other(bound)
    on = _join_keys(call, left, right)
    if on is None:
        return {}
    sides = [_Side(left, on[0]), _Side(right, on[1])]
    features: Features = {}
    for port, (side, other) in enumerate((sides, sides[::-1])):
        known, sample = other.all_keys(), side.sample()
        if known is not None and sample:
            partners = frozenset(known)
            features[_at("match_rate", port)] = _share(key in partners for key in sample)
        own = side.all_keys()
        if own:
            counts = Counter(own)
            features[_at("key_duplication", port)] = _share(counts[key] > 1 for key in own)
    return features


def _other(bound: Mapping[str, Any]) -> Any:
    return bound["right"] if "right" in bound else bound.get("other")


def _join_keys(call: Call, left: Any, right: Any) -> tuple[Any, Any] | None:
    """Return labels of the key columns of both sides, None for the index; None if not plain."""
    bound = call.bound
    if any(getattr(side, "ndim", 0) != 2 for side in (left, right)) or bound.get("how") == "cross":
        return None
    left_on = bound.get("on") if bound.get("left_on") is None else bound["left_on"]
    right_on = bound.get("on") if bound.get("right_on") is None else bound["right_on"]
    if call.target.path.endswith("join"):
        right_on = None
    elif left_on is None and not bound.get("left_index"):
        left_on = right_on = [name for name in left.columns if name in right.columns]
    if left_on is None and right_on is None and not _same_levels(left.index, right.index):
        return None  # they meet in some of their levels
    return left_on, right_on


def _same_levels(left: Any, right: Any) -> bool:
    levels: bool = left.nlevels == right.nlevels
    return levels and (left.nlevels == 1 or list(left.names) == list(right.names))


class _Side:
    """One of two tables that are joined."""

    def __init__(self, frame: Any, on: Any) -> None:
        self._frame = frame
        names = on if isinstance(on, list | tuple) else [on]
        self._columns = [_values(frame, name) for name in names]
        self._all: Keys | None = None

    def all_keys(self) -> Keys | None:
        """Return the key of each row; None where there are too many."""
        if self._all is None and len(self._frame) <= MOST_KEYS:
            self._all = _rows([_listed(column) for column in self._columns])
        return self._all

    def sample(self) -> Keys:
        """Return the keys of at most `SAMPLE_ROWS` rows."""
        if self._all is not None and len(self._all) <= SAMPLE_ROWS:
            return self._all
        return _rows([_sampled(column) for column in self._columns])


def _values(frame: Any, name: Any) -> Any:
    """Return the keys themselves, or those of a column, of a level of the index, of the index."""
    if name is None:
        return frame.index
    if getattr(name, "ndim", 0) == 1:
        return getattr(name, "array", name)
    if name not in frame.columns:
        return frame.index.get_level_values(name)
    position = frame.columns.get_loc(name)
    try:
        return frame._mgr.iget_values(position)
    except AttributeError:
        return frame.iloc[:, position].array


def _sampled(values: Any) -> list[Any]:
    from lineage_stats.features._sample import sample_positions

    positions = sample_positions(len(values), SAMPLE_ROWS)
    with left_alone(values):
        return _listed(values if positions is None else values[positions])


def _listed(values: Any) -> list[Any]:
    with left_alone(values):
        found: list[Any] = values.tolist()
    return found


def _rows(columns: Sequence[list[Any]]) -> Keys:
    """Return one key per row; missing values are equal, as they are when pandas joins."""
    try:
        plain = [[value if value == value else None for value in column] for column in columns]
    except TypeError:  # pandas' own missing value equals nothing and differs from nothing
        known = [[None if _is_unknown(value) else value for value in column] for column in columns]
        plain = [[value if value == value else None for value in column] for column in known]
    return plain[0] if len(plain) == 1 else list(zip(*plain, strict=True))


def _is_unknown(value: Any) -> bool:
    return type(value).__name__ == "NAType"


def measure_split(call: Call) -> Features:
    """Return shares, overlap and difference in labels of the two parts of a split."""
    parts = list(call.result)
    if len(parts) < 2:
        return {}
    train, test = parts[0], parts[1]
    features = _shares(train, test)
    labels = [_labels_of(part) for part in (train, test)]
    if labels[0] is not None and labels[1] is not None:
        known = frozenset(labels[0])
        features["overlap@1"] = _share(label in known for label in labels[1])
    features.update(_label_gap(*parts[-2:]))
    features.update(_association_with_strata(call))
    return features


def _association_with_strata(call: Call) -> Features:
    """Return how the columns of one table go with the labels whose shares a split keeps.

    Where there are several arrays, the labels are the target, which shows at the fit.
    """
    labels, data = call.kwargs.get("stratify"), call.args[0]
    if labels is None or len(call.args) > 1 or getattr(data, "ndim", 0) != 2:
        return {}
    from lineage_stats.features._target import sample_target  # NumPy, which the labels brought

    strata = sample_target(labels, SAMPLE_ROWS, discrete=True, most_classes=MOST_CLASSES)
    if strata is None or (strata.n_classes or 0) > MOST_CLASSES:
        return {}  # of many groups chance alone makes large correlation ratios
    found = association(data, labels, sample_rows=_rows_looked_at(data), discrete=True)
    return {name: value for name, value in found.items() if abs(value) < SAME}


def measure_folds(call: Call) -> Features:
    """Return shares and overlap of the first fold of a splitter."""
    train, test = call.result
    features = _shares(train, test)
    if 0 < len(train) <= MOST_KEYS:
        known = frozenset(train.tolist())
        features["overlap@1"] = _share(position in known for position in _sampled(test))
    return features


def _shares(*parts: Any) -> Features:
    shapes = [describe_data(part) for part in parts]
    rows = [shape.rows or 0 if shape is not None else 0 for shape in shapes]
    total = sum(rows)
    return {_at("share", i): n / total for i, n in enumerate(rows)} if total else {}


def _labels_of(part: Any) -> list[Any] | None:
    """Return the labels of rows, of a sample where there are many; None without labels."""
    index = getattr(part, "index", None)
    if index is None or callable(index) or len(index) > MOST_KEYS:
        return None
    return _listed(index)


def _label_gap(train: Any, test: Any) -> Features:
    """Return the total variation distance between the labels of both parts, if they are classes."""
    if any(getattr(part, "ndim", 0) != 1 or len(part) == 0 for part in (train, test)):
        return {}
    counts = [Counter(_sampled(getattr(part, "array", part))) for part in (train, test)]
    classes = counts[0].keys() | counts[1].keys()
    if not 2 <= len(classes) <= MOST_CLASSES:
        return {}
    sizes = [sum(count.values()) for count in counts]
    shares = [[count[c] / size for c in classes] for count, size in zip(counts, sizes, strict=True)]
    return {"label_gap": sum(abs(a - b) for a, b in zip(*shares, strict=True)) / 2}


def measure_fit(call: Call) -> Features:
    """Return how columns go with the target, and what the fitted model tells of itself."""
    x, y = call.bound.get("X"), call.bound.get("y")
    if x is None:
        return model_features(call.args[0])
    rows = _rows_looked_at(x)
    features: Features = coherence(x, sample_rows=rows)
    if y is not None:
        features.update(association(x, y, sample_rows=rows))
        features.update(_training_score(call.args[0], x, y))
    return {**features, **model_features(call.args[0])}


def _rows_looked_at(table: Any) -> int:
    """Return how many rows are enough for a correlation, and not too many for wide tables."""
    shape: Any = getattr(table, "shape", ()) if is_data(table) else ()
    n_columns = shape[1] if len(shape) == 2 else 1
    return max(SAMPLE_ROWS, min(MOST_ROWS, CELLS // max(n_columns, 1)))


def _training_score(model: Any, x: Any, y: Any) -> Features:
    """Return how well a linear model fits, where its coefficients alone tell."""
    learned = _learned(model)
    if "coef_" not in learned or _LINEAR.isdisjoint(c.__name__ for c in type(model).__mro__):
        return {}
    from lineage_stats.features._linear_fit import linear_fit_score

    score = linear_fit_score(vars(model), x, y)
    return {} if score is None else {"fit_score": score}


def model_features(model: Any) -> Features:
    """Return size and fit of a model as far as its attributes tell; nothing is computed by it."""
    learned = _learned(model)
    if not learned:
        return {}
    features: Features = {"learned_values": float(_size(learned.values(), depth=2))}
    iterations = _largest(learned.get("n_iter_"))
    if iterations is not None:
        features["iterations"] = iterations
    for name in ("best_score_", "oob_score_"):
        score = learned.get(name)
        if isinstance(score, Real) and isfinite(score):
            features["fit_score"] = float(score)
            break
    results, best = learned.get("cv_results_"), _largest(learned.get("best_index_"))
    if isinstance(results, dict) and best is not None:
        deviations = results.get("std_test_score")
        if deviations is not None:
            features["fold_sd"] = float(deviations[int(best)])
    folds = learned.get("n_splits_")
    if isinstance(folds, int):
        features["folds"] = float(folds)
    return features


def measure_metric(call: Call) -> Features:
    """Return how the two things look that a metric compares, as ``mean[y_pred]``.

    Labels and predictions often come from a comparison or an index between two operations, which
    no other operation shows.
    """
    features: Features = {}
    compared = ((name, value) for name, value in call.bound.items() if name not in _ASIDE)
    for name, value in islice(compared, 2):
        for feature, number in _profile_of(value).items():
            parts = parse_feature(feature)
            if parts.statistic in _COMPARED:
                features[f"{parts.statistic}[{_part_name(name, value, parts.column)}]"] = number
    return features


def _profile_of(value: Any) -> Features:
    if type(value) in (list, tuple):
        if len(value) > MOST_KEYS or not all(type(v) in _SCALARS for v in value):
            return {}
        from numpy import asarray  # the metric has imported it

        value = asarray(value)
    shape = describe_data(value)
    if shape is None or shape.kind not in ("table", "column", "array"):
        return {}
    if (shape.n_columns or 1) > MOST_COMPARED:
        return {}
    return profile_data(value, sample_rows=SAMPLE_ROWS, max_columns=MOST_COMPARED)


def _part_name(name: str, value: Any, column: str | None) -> str:
    return name if getattr(value, "ndim", 1) == 1 else f"{name}.{column}"


def measure_cross_validation(call: Call) -> Features:
    """Return number and spread of the folds of a cross-validation."""
    result = call.result
    scores: Any = result.get("test_score") if isinstance(result, dict) else result
    if getattr(scores, "ndim", 0) != 1 or len(scores) < 2:
        return {}
    return {"folds": float(len(scores)), "fold_sd": float(scores.std(ddof=1))}


def _learned(model: Any) -> dict[str, Any]:
    """Return the attributes that a model learned: by convention their names end in ``_``."""
    try:
        attributes = vars(model)
    except TypeError:
        return {}
    names = [name for name in attributes if name.endswith("_") and not name.startswith("__")]
    return {name: attributes[name] for name in names[:MOST_PARTS]}


def _size(values: Iterable[Any], depth: int) -> int:
    """Count the numbers in arrays, trees, and the models that a model is made of."""
    total = 0
    for value in values:
        if type(value).__module__ == "numpy" and getattr(value, "dtype", None) is not None:
            if value.dtype.kind == "O" and depth > 0:
                total += _size(value.ravel()[:MOST_PARTS].tolist(), depth - 1)
            else:
                total += int(value.size)
        elif type(value) in (list, tuple) and depth > 0:
            total += _size(value[:MOST_PARTS], depth - 1)
        elif hasattr(type(value), "node_count"):
            total += int(value.node_count)
        elif hasattr(type(value), "get_params") and depth > 0:
            total += _size(_learned(value).values(), depth - 1)
    return total


def _largest(value: Any) -> float | None:
    """Return a number, or the largest of several."""
    if hasattr(type(value), "max") and value.size:
        value = value.max()
    if not isinstance(value, Real) or not isfinite(value):
        return None
    return float(value)


def _share(flags: Iterable[bool]) -> float:
    found = list(flags)
    return sum(found) / len(found) if found else 0.0


def _at(name: str, port: int) -> str:
    return f"{name}@{port}" if port else name
