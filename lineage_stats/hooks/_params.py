"""Parameters of a call as facts, without values of data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import CodeType, FunctionType, MethodType
from typing import Any

from lineage_stats._digest import text_digest
from lineage_stats._interrupts import pass_on

MAX_PARAMS = 200
MAX_DEPTH = 4
MAX_ITEMS = 1000
MAX_TEXT = 200
MAX_WRAPPERS = 50

# Words that select a behaviour. Any other text might be data and is recorded as a digest.
_COLLECTIONS = frozenset({list, tuple, set, frozenset, dict})
_LIBRARIES = frozenset({"builtins", "collections", "numpy", "pandas", "scipy", "sklearn"})
OPTION_WORDS = frozenset(
    """
    inner left right outer cross left_anti right_anti index columns rows all any first last both
    neither forward backward nearest ffill bfill pad linear mean median mode most_frequent constant
    min max sum count size nunique std var prod sem skew kurt quantile cumsum cumprod cummax cummin
    rank shift diff idxmin idxmax average dense ignore raise coerce warn infer auto binary micro
    macro weighted samples multiclass ovr ovo l1 l2 elasticnet none lbfgs liblinear newton-cg
    newton-cholesky sag saga svd cholesky lsqr sparse_cg sqrt log2 log log_loss gini entropy
    squared_error absolute_error friedman_mse poisson exponential hinge squared_hinge huber
    modified_huber perceptron epsilon_insensitive rbf poly sigmoid precomputed cosine euclidean
    manhattan minkowski l2-norm uniform distance kd_tree ball_tree brute random best balanced
    balanced_subsample prefit isotonic error ignore handle_unknown infrequent_if_exist
    use_encoded_value drop if_binary passthrough onehot onehot-dense ordinal quantile kmeans
    yeo-johnson box-cox normal raw_values uniform_average variance_weighted relu tanh logistic
    identity adam sgd adaptive invscaling optimal k-means++ full tied diag spherical quicksort
    mergesort heapsort stable snappy zstd gzip brotli python c pyarrow numpy_nullable category
    float64 float32 int64 int32 bool object str string datetime64[ns] single complete ward
    predict predict_proba decision_function fit transform int float true false
    """.split()
)


class Told:
    """A value that was described already, at the moment of the call."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class ToldLater:
    """A column of Spark: it never changes, but asking Java for its text takes a while."""

    __slots__ = ("_text", "_value")

    def __init__(self, value: Any) -> None:
        self._value = value

    @property
    def text(self) -> str:
        """The text; the column is let go of once it is known."""
        if self._value is not None:
            value, self._value = self._value, None
            try:
                self._text = describe_value(value)
            except Exception as error:  # noqa: BLE001  # that Java has ended
                pass_on(error)
                self._text = f"<{type(value).__qualname__}>"
        return self._text


# Parameters that hold what stands, or is to stand, in cells: a number there is a value of data.
CELL_PARAMETERS = frozenset(
    "value values fill_value to_replace other key item label na_rep na_values".split()
)


def describe_params(
    bound: Mapping[str, Any], columns: Callable[[], frozenset[str]], skip: Iterable[int]
) -> dict[str, str]:
    """Return the parameters of a call as facts ``param[name]``.

    Parameters
    ----------
    bound : mapping of str to object
        Arguments by name.
    columns : callable
        Returns the names of the columns of the call's inputs, asked for only if needed: a text
        that is one of them is no data.
    skip : iterable of int
        Identities of arguments that are data.

    Returns
    -------
    dict of str to str
        Numbers, booleans and known option words as they are, anything else as a digest, and so
        are numbers that stand for cells.
    """
    data = frozenset(skip)
    known: frozenset[str] | None = None
    facts = {}
    for name, value in list(bound.items())[:MAX_PARAMS]:
        if id(value) in data or name == "self":
            continue
        if known is None and not isinstance(value, bool | int | float | None):
            known = columns()
        text = describe_value(value, known or frozenset())
        facts[f"param[{name}]"] = without_number(text) if name in CELL_PARAMETERS else text
    return facts


def without_number(text: str) -> str:
    """Return a digest in place of a number, but for those that stand for nothing or a flag."""
    try:
        number = float(text)
    except ValueError:
        return text
    return text if number in (-1.0, 0.0, 1.0) or number != number else f"~{_digest(text)}"


def describe_value(value: Any, columns: frozenset[str] = frozenset(), depth: int = 0) -> str:
    """Return a short text for a value that tells equal from different, and no data."""
    if isinstance(value, Told | ToldLater):
        return value.text
    if type(value).__module__ == "numpy" and getattr(value, "ndim", 1) == 0:
        value = value.item()
    if value is None or isinstance(value, bool | int | float):
        return repr(value)
    if isinstance(value, str):
        return value if value in columns or value in OPTION_WORDS else f"~{_digest(value)}"
    if isinstance(value, list | tuple | set | frozenset | dict) and is_plain(type(value)):
        return _describe_container(value, columns, depth)
    if isinstance(value, slice):
        ends = (value.start, value.stop, value.step)
        return f"slice({', '.join(describe_value(v, columns, MAX_DEPTH) for v in ends)})"
    if isinstance(value, type):
        return f"{value.__module__}.{value.__qualname__}"
    if is_expression(value):
        return f"expression ~{_digest(repr(value))}"
    code = code_digest(value)
    if code:
        return f"function ~{code}"
    return f"<{type(value).__qualname__}>"


def is_plain(kind: type) -> bool:
    """Return whether to look into a collection runs no code of the program.

    Examples
    --------
    >>> is_plain(list), is_plain(type("Rows", (list,), {"__iter__": iter}))
    (True, False)
    """
    if kind.__module__.partition(".")[0] in _LIBRARIES:
        return True
    base = next((base for base in kind.__mro__ if base in _COLLECTIONS), None)
    looks = ("__iter__", "__len__", "__getitem__", "items")
    return base is not None and all(getattr(kind, n, 0) is getattr(base, n, 0) for n in looks)


def is_expression(value: Any) -> bool:
    """Return whether something stands for a function of a frame: ``pd.col``, a column of Spark."""
    cls = type(value)
    return is_column(value) or (
        cls.__name__ == "Expression" and cls.__module__.startswith("pandas.")
    )


def is_column(value: Any) -> bool:
    """Return whether something is a column of Spark."""
    cls = type(value)
    return cls.__name__ == "Column" and cls.__module__.startswith("pyspark.sql.")


def _describe_container(value: Any, columns: frozenset[str], depth: int) -> str:
    """Return a container as text if it only holds names and options, else as a digest."""
    size = len(value)
    if size > MAX_ITEMS or depth >= MAX_DEPTH:
        return f"{type(value).__name__} of {size}"
    items = value.items() if isinstance(value, dict) else ((None, item) for item in value)
    parts = [
        (describe_value(key, columns, depth + 1), describe_value(item, columns, depth + 1))
        for key, item in items
    ]
    if isinstance(value, set | frozenset):
        parts.sort()
    named = isinstance(value, dict)
    text = ", ".join(f"{key}: {item}" if named else item for key, item in parts)
    open_text = all(_is_name(part) for pair in parts for part in pair)
    if open_text and len(text) <= MAX_TEXT:
        return f"{{{text}}}" if named else f"[{text}]"
    return f"{type(value).__name__} of {size} ~{_digest(text)}"


def _is_name(text: str) -> bool:
    """Return whether a described value is a name or an option: numbers in a list may be data."""
    return not text.startswith(("~", "-", "<")) and not text[:1].isdigit() and " of " not in text


def code_digest(value: Any) -> str:
    """Return a digest of a Python function's code and defaults; ``""`` for anything else."""
    function = _innermost(value)
    if not isinstance(function, FunctionType):
        return ""
    defaults = (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).items())
    shown = [describe_value(value, depth=1) for value in defaults]
    return _digest(f"{_code_text(function.__code__)} {shown}")


def _innermost(value: Any) -> Any:
    """Return what a method or a decorated function calls in the end.

    Only what an object holds is looked at: expressions and mocks have an answer to every name.
    """
    for _ in range(MAX_WRAPPERS):
        if isinstance(value, MethodType | staticmethod | classmethod):
            value = value.__func__
        inner = vars(value).get("__wrapped__") if type(value).__dictoffset__ else None
        if inner is None:
            break
        value = inner
    return value


def class_digest(cls: type) -> str:
    """Return a digest of the code of all functions that a class defines itself."""
    digests = ((name, code_digest(value)) for name, value in vars(cls).items())
    return _digest(repr(sorted((name, digest) for name, digest in digests if digest)))


def _code_text(code: CodeType) -> str:
    constants = [
        _code_text(c)
        if isinstance(c, CodeType)
        else repr(sorted(map(repr, c)) if isinstance(c, frozenset) else c)
        for c in code.co_consts
    ]
    return f"{code.co_code.hex()} {code.co_names} {constants}"


def _digest(text: str) -> str:
    return text_digest(text, 4)
