"""What calls of PySpark mean."""

from __future__ import annotations

import re
import sys
from collections.abc import Sized
from contextlib import suppress
from typing import Any

from lineage_stats.features import DataShape, is_data, register_data_type
from lineage_stats.hooks._files import without_secrets
from lineage_stats.hooks._params import describe_value
from lineage_stats.hooks._provider import IGNORE, Call, OperationSpec
from lineage_stats.hooks._pyspark._arrow import ARROW, is_arrow
from lineage_stats.hooks._pyspark._book import BOOK, SameColumns, SparkAction
from lineage_stats.hooks._pyspark._causes import cause_of

# Models that predict without being of a class that says so: what they hold predicts.
_PREDICTS = frozenset("PipelineModel CrossValidatorModel TrainValidationSplitModel".split())

_WORD = re.compile(r"[\w.`]+")
MOST_VIEWS = 1000


class TemporaryView:
    """Stands for the rows of a view, so that queries by its name are joined to them."""


register_data_type("lineage_stats", "TemporaryView", lambda view: DataShape("opaque"))

_views: dict[str, TemporaryView] = {}


def transformation(call: Call) -> OperationSpec | None:
    """Describe what makes a new frame of others."""
    if call.failed or not is_frame(call.result):
        return None
    return OperationSpec(later=BOOK.follow(call.result))


def choice(call: Call) -> OperationSpec | None:
    """Describe ``df[condition]`` and ``df[["a", "b"]]``; ``df["a"]`` is no operation."""
    if call.failed or not is_frame(call.result):
        return IGNORE
    by_name = isinstance(call.args[1], list | tuple)
    kind, name = ("projection", "columns") if by_name else ("selection", "condition")
    return OperationSpec(kind=kind, name=f"DataFrame[{name}]", later=BOOK.follow(call.result))


def split(call: Call) -> OperationSpec | None:
    """Describe `randomSplit`, which may have run a job: it sorts where it must."""
    if call.failed:
        return None
    for part in call.result:
        BOOK.follow(part)
    return OperationSpec(outputs=tuple(call.result))


def action(call: Call) -> OperationSpec | None:
    """Describe what made Spark work, and look at what it did."""
    if call.failed:
        return OperationSpec(outputs=())
    frame = call.args[0]
    if not is_frame(frame):  # functions of statistics
        frame = getattr(frame, "df", frame)
    if not is_frame(frame):
        return OperationSpec(outputs=())
    return OperationSpec(outputs=(), later=SparkAction(frame, _rows_told(call)))


def _rows_told(call: Call) -> int | None:
    """Return the rows of the frame where the result of an action says it."""
    method = call.target.path.rpartition(".")[2]
    result = call.result
    if method == "count" and isinstance(result, int):
        return result
    if method == "collect" and isinstance(result, list):
        return len(result)
    if method in ("take", "head", "tail") and isinstance(result, list):
        asked = call.bound.get("num", call.bound.get("n"))
        return len(result) if isinstance(asked, int) and len(result) < asked else None
    if method == "first" and result is None:
        return 0
    return 0 if method == "isEmpty" and result is True else None


def hand_over(call: Call) -> OperationSpec | None:
    """Describe `toPandas` and `toArrow`: what they return is the rows of the frame."""
    if call.failed:
        return None
    rows = getattr(call.result, "num_rows", None)
    if is_arrow(call.result):
        ARROW.note_made(call.result)
    return OperationSpec(
        later=SparkAction(call.args[0], len(call.result) if rows is None else rows)
    )


def from_arrow(call: Call) -> OperationSpec | None:
    """Describe `to_pandas` of a table that Spark made; of other tables nothing is known."""
    table = call.bound.get("table")
    if call.failed or not ARROW.is_made(table):
        return IGNORE
    facts = {"code": f"pyarrow {sys.modules['pyarrow'].__version__}"}
    return OperationSpec(
        name="Table.to_pandas", inputs=(table,), facts=facts, link=False, later=SameColumns()
    )


def to_arrow(call: Call) -> OperationSpec | None:
    """Note the frame that a table is made from, until the table is handed to Spark."""
    with suppress(Exception):  # a table of another kind, or an internal that has changed
        arrays, schema = call.result[:2]
        ARROW.note_frame(call.bound.get("df"), arrays, schema.names)
    return IGNORE


def view(call: Call) -> OperationSpec | None:
    """Let a name stand for a frame."""
    if call.failed:
        return None
    return OperationSpec(link=True, outputs=(new_view(str(call.bound.get("name", ""))),))


def new_view(name: str) -> TemporaryView:
    """Let a name stand for rows; the oldest names are forgotten."""
    token = TemporaryView()
    _views.pop(name.lower(), None)
    _views[name.lower()] = token
    while len(_views) > MOST_VIEWS:
        _views.pop(next(iter(_views)))
    return token


def query(call: Call) -> OperationSpec | None:
    """Describe a query of views, or a table; its inputs are the views that it names."""
    method = call.target.path.rpartition(".")[2]
    asked = call.bound.get("sqlQuery", call.bound.get("tableName"))
    read = views_named(asked) if isinstance(asked, str) else ()
    given = tuple(v for v in call.kwargs.values() if is_frame(v))
    kind = "transform" if read or given else "source"
    facts = {}
    if method == "sql":
        facts["param[sqlQuery]"] = describe_value(str(asked))
    if call.failed or not is_frame(call.result):
        return OperationSpec(kind=kind, inputs=(*read, *given))
    return OperationSpec(
        kind=kind, inputs=(*read, *given), facts=facts, later=BOOK.follow(call.result)
    )


def views_named(text: str) -> tuple[TemporaryView, ...]:
    """Return the views that a text may name."""
    words = {word.replace("`", "").lower() for word in _WORD.findall(text)}
    words |= {word.removeprefix("global_temp.") for word in words}
    return tuple(view for name, view in _views.items() if name in words)


def hand_in(call: Call) -> OperationSpec | None:
    """Describe `createDataFrame`: its rows are those of what it was given."""
    if call.failed or not is_frame(call.result):
        return None
    data = call.bound.get("data")
    operation = BOOK.follow(call.result)
    if isinstance(data, Sized):  # RDDs and iterators have no length
        operation.know(len(data))
    else:
        operation.same_names = False  # functions of the user's made its rows
    if is_arrow(data):
        data = ARROW.source_of(data)
    if is_data(data):
        return OperationSpec(kind="transform", inputs=(data,), later=operation)
    return OperationSpec(inputs=(), later=operation)


def read(call: Call) -> OperationSpec | None:
    """Describe reading: where from, and for a table of ours what was written to it."""
    path = call.bound.get("path", call.bound.get("paths", call.bound.get("tableName")))
    facts = _path_facts(path)
    if call.failed or not is_frame(call.result):
        return OperationSpec(inputs=(), facts=facts)
    named = views_named(path) if isinstance(path, str) else ()
    given = (path,) if is_data(path) else named
    return OperationSpec(inputs=given, facts=facts, later=BOOK.follow(call.result))


def write(call: Call) -> OperationSpec | None:
    """Describe writing, and look at what Spark did for it."""
    writer = call.args[0]
    path = call.bound.get("path", call.bound.get("name", call.bound.get("tableName")))
    if call.failed:
        return OperationSpec(outputs=())
    session = getattr(writer, "_spark", None)
    later = None if session is None else SparkAction(session)
    if call.target.path.endswith(("saveAsTable", "insertInto")) and isinstance(path, str):
        return OperationSpec(inputs=(writer,), outputs=(new_view(path),), later=later)
    return OperationSpec(inputs=(writer,), outputs=(), facts=_path_facts(path), later=later)


def _path_facts(path: Any) -> dict[str, str]:
    if isinstance(path, list | tuple) and path:
        path = path[0]
    return {"file[path]": without_secrets(path)} if isinstance(path, str) else {}


def rdd_action(call: Call) -> OperationSpec | None:
    """Describe work on an RDD."""
    return OperationSpec(outputs=())


def fit(call: Call) -> OperationSpec | None:
    """Describe the fit of an estimator: what it returns are models."""
    estimator = call.args[0]
    data = call.bound.get("dataset")
    facts = _params(estimator)
    if call.failed:
        return OperationSpec(inputs=(data,), facts=facts)
    models = call.result if isinstance(call.result, list) else [call.result]
    later = SparkAction(data)
    return OperationSpec(inputs=(data,), outputs=tuple(models), facts=facts, later=later)


def transform(call: Call) -> OperationSpec | None:
    """Describe what a model makes of a frame: predictions, or features."""
    model = call.args[0]
    data = call.bound.get("dataset")
    learned = any(base.__name__ == "Model" for base in type(model).__mro__)
    predicts = learned and any("Predict" in base.__name__ for base in type(model).__mro__)
    named = any(base.__name__ in _PREDICTS for base in type(model).__mro__)
    kind = "predict" if predicts or named else "transform"
    inputs = (model, data) if learned else (data,)
    if call.failed or not is_frame(call.result):
        return OperationSpec(kind=kind, inputs=inputs)
    operation = BOOK.follow(call.result)
    operation.of_spark = type(model).__module__.startswith("pyspark.")
    return OperationSpec(kind=kind, inputs=inputs, facts=_params(model), later=operation)


def metric(call: Call) -> OperationSpec | None:
    """Describe an evaluator by the metric that it is set to."""
    evaluator, data = call.args[0], call.bound.get("dataset")
    if call.failed:
        return OperationSpec(inputs=(data,), outputs=())
    asked = getattr(evaluator, "getMetricName", None)
    name = str(asked()) if callable(asked) else type(evaluator).__name__
    return OperationSpec(
        metric=name, value=float(call.result), inputs=(data,), outputs=(),
        facts=_params(evaluator), later=SparkAction(data),
    )  # fmt: skip


def save_model(call: Call) -> OperationSpec | None:
    """Describe saving a model, which a writer does not name."""
    model = call.args[0]
    inputs = (model,) if is_data(model) else ()
    return OperationSpec(inputs=inputs, outputs=(), facts=_path_facts(call.bound.get("path")))


def load_model(call: Call) -> OperationSpec | None:
    """Describe loading a model, by its class or by a reader."""
    asked = call.args[0]
    name = f"{asked.__name__}.load" if isinstance(asked, type) else None
    return OperationSpec(name=name, inputs=(), facts=_path_facts(call.bound.get("path")))


def _params(model: Any) -> dict[str, str]:
    """Return the parameters of an estimator that are plain values."""
    found = {}
    own = {**getattr(model, "_defaultParamMap", {}), **getattr(model, "_paramMap", {})}
    for param, value in list(own.items())[:100]:
        if isinstance(value, str | int | float | bool | list):
            found[f"param[{param.name}]"] = describe_value(value)
    return found


def failure(call: Call, said: OperationSpec | None) -> OperationSpec | None:
    """Add to what is said of a call that raised why it did."""
    cause = None if said is not None and said.ignore else cause_of(call.error)
    if cause is None:
        return said
    return (said or OperationSpec())._replace(facts={"cause": cause})


def is_frame(obj: Any) -> bool:
    """Return whether an object is a frame of Spark SQL."""
    cls = type(obj)
    return cls.__name__ == "DataFrame" and cls.__module__.startswith("pyspark.sql")
