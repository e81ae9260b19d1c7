"""What calls of pandas-on-Spark mean."""

from __future__ import annotations

from typing import Any
from weakref import ref

from lineage_stats.features import is_data
from lineage_stats.hooks._calls import WatchedCall
from lineage_stats.hooks._files import without_secrets
from lineage_stats.hooks._later import Amendable
from lineage_stats.hooks._objects import each_index, parts_of
from lineage_stats.hooks._pandas._targets import ALWAYS_INPLACE, INPLACE
from lineage_stats.hooks._params import describe_value
from lineage_stats.hooks._provider import IGNORE, LINK, Call, OperationSpec
from lineage_stats.hooks._pyspark._book import BOOK, SparkAction
from lineage_stats.hooks._pyspark._describe import new_view, views_named
from lineage_stats.hooks._pyspark._pandas_names import CELLS, INDEXERS
from lineage_stats.hooks._pyspark._pandas_views import anchor_of, is_on_spark, owner_of
from lineage_stats.hooks._refs import flat

_INDEXERS = {**INDEXERS, **CELLS}
_PATHS = ("path", "filepath_or_buffer", "io", "path_or_buf", "excel_writer", "filename")
# Of the names that pandas has for projections, those by which a column keeps its name.
_KEEP_NAMES = frozenset("drop filter select select_dtypes reindex reindex_like set_index".split())
_BOOLEAN = ("bool", "boolean")


def operation(call: Call) -> OperationSpec | None:
    """Describe what makes data of other data."""
    if call.failed:
        return None
    owner = call.args[0] if call.args else None
    method = call.target.path.rpartition(".")[2]
    renamed = call.target.kind == "projection" and method not in _KEEP_NAMES
    asked = method in INPLACE and call.bound.get("inplace") is True
    if asked or method in ALWAYS_INPLACE:
        return _changing(owner, renamed=renamed)
    if _is_index(owner) or _is_view(call):
        return LINK
    if not is_on_spark(call.result):
        return None
    return OperationSpec(later=BOOK.follow_made(call.result, renamed=renamed))


def _changing(
    obj: Any, name: str | None = None, kind: str | None = None, *, renamed: bool = False
) -> OperationSpec:
    """Describe what changes a frame, or the frame of a column."""
    frame = frame_of(obj)
    later = BOOK.follow_made(frame, renamed=renamed)
    return OperationSpec(kind=kind, name=name, outputs=(frame,), later=later)


def frame_of(obj: Any) -> Any:
    """Return the frame that a change of an object changes."""
    anchor = anchor_of(obj) if is_on_spark(obj) else None
    return obj if anchor is None else anchor


def _is_index(obj: Any) -> bool:
    """Return whether an object is an index, whose methods are columns' too."""
    return type(obj).__module__.startswith("pyspark.pandas.indexes.")


def _is_view(call: Call) -> bool:
    """Return whether a call returned a column of a frame that it was given."""
    anchor = anchor_of(call.result) if is_on_spark(call.result) else None
    if anchor is None:
        return False
    given = (part for arg in (*call.args, *call.kwargs.values()) for part in parts_of(arg))
    return any(is_on_spark(part) and frame_of(part) is anchor for part in given)


def construct(call: Call) -> OperationSpec:
    """Describe the making of a frame or a column, of data or not."""
    made_from_data = any(is_data(v) for v in (*call.args[1:], *call.kwargs.values()))
    return OperationSpec(kind="transform" if made_from_data else "source")


def item(call: Call) -> OperationSpec:
    """Tell ``df["a"]`` from ``df[["a", "b"]]`` from ``df[mask]``."""
    owner, key = call.args[0], call.args[1] if len(call.args) > 1 else None
    if not (call.failed or is_data(call.result)):
        return IGNORE
    if isinstance(key, slice):
        kind, how = "selection", "slice"
    elif _is_mask(key):
        kind, how = "selection", "mask"
    elif type(key).__name__ == "DataFrame":
        kind, how = "transform", "frame"
    elif isinstance(key, list) or is_data(key):
        kind, how = "projection", "columns"
    else:
        return LINK
    later = None if call.failed else BOOK.follow_made(call.result)
    return OperationSpec(kind=kind, name=f"{type(owner).__name__}[{how}]", later=later)


def _is_mask(key: Any) -> bool:
    if is_on_spark(key):
        return anchor_of(key) is not None and dtype_of(key) in _BOOLEAN
    return isinstance(key, list) and bool(key) and all(isinstance(k, bool) for k in key)


def dtype_of(column: Any) -> str:
    """Return the dtype of a column; empty of an index."""
    name = vars(column).get("_col_label")
    internal = anchor_of(column)._internal_frame
    return str(internal.field_for(name).dtype) if name in internal.column_labels else ""


def put_item(call: Call) -> OperationSpec:
    """Describe ``df["a"] = values``."""
    owner = call.args[0]
    return _changing(owner, f"{type(owner).__name__}[]=")


def put_attribute(call: Call) -> OperationSpec:
    """Tell ``df.columns = names`` and ``df.price = values`` from anything else."""
    frame, name = call.args[:2]
    shown = f"{type(frame).__name__}.{name}="
    if name in ("columns", "index"):
        return _changing(frame, shown, "projection", renamed=name == "columns")
    internal = vars(frame).get("_internal_frame")  # a subclass may not have it yet
    if internal is not None and (name,) in internal.column_labels:
        return _changing(frame, shown, "assignment")
    return IGNORE


def pop(call: Call) -> OperationSpec:
    """Describe taking a column out of a frame; of a column, a value."""
    if not (call.failed or is_data(call.result)):
        return IGNORE
    return OperationSpec(outputs=(frame_of(call.args[0]), call.result))


def location(call: Call) -> OperationSpec:
    """Describe ``df.loc[rows, columns]``; one whole column is read, not computed."""
    if not (call.failed or is_data(call.result)):
        return IGNORE
    spec = _located(call, "[]")
    return spec._replace(link=True) if _is_view(_of_owner(call)) else spec


def put_location(call: Call) -> OperationSpec:
    """Describe ``df.loc[rows, columns] = values``."""
    spec = _located(call, "[]=")
    changing = _changing(owner_of(call.args[0]))
    return spec._replace(outputs=changing.outputs, later=changing.later)


def _located(call: Call, sign: str) -> OperationSpec:
    owner = owner_of(call.args[0])
    how = _INDEXERS.get(type(call.args[0]).__name__, "loc")
    name = f"{type(owner).__name__}.{how}{sign}"
    return OperationSpec(name=name, inputs=(owner, *each_index(call.args[1:])))


def _of_owner(call: Call) -> Call:
    return Call(call.target, (owner_of(call.args[0]),), {}, call.result)


def hand_over(call: Call) -> OperationSpec | None:
    """Describe `to_pandas`: what it returns is the rows of the frame."""
    return None if call.failed else OperationSpec(later=RowsToldOf(call.args[0], len(call.result)))


def values(call: Call) -> OperationSpec:
    """Look at what Spark did for `to_numpy`, which carries its data on."""
    if call.failed:
        return LINK
    BOOK.after_action(_spark_frame_of(call.args[0]), len(call.result))
    return LINK


class RowsToldOf(SparkAction):
    """An action that told the rows of a frame of pandas-on-Spark.

    Parameters
    ----------
    obj : DataFrame, Series or Index
        What was asked.
    rows : int
        How many it has.
    """

    __slots__ = ("_made", "_told")

    def __init__(self, obj: Any, rows: int) -> None:
        super().__init__(_spark_frame_of(obj), rows)
        self._made = [ref(each) for each in (frame_of(obj), obj)]
        self._told = rows

    def recorded(self, recorder: Amendable, call: WatchedCall) -> None:
        """Let the operation that made the frame know its rows."""
        super().recorded(recorder, call)
        for made in self._made:
            BOOK.tell(flat(call.inputs), made(), self._told)


def read(call: Call) -> OperationSpec:
    """Describe reading, or making of what it is given."""
    given = tuple(v for v in (*call.args, *call.kwargs.values()) if is_data(v))
    kind = "transform" if given else "source"
    if call.target.path == "read_table":
        return OperationSpec(inputs=views_named(str(call.bound.get("name"))))
    return OperationSpec(kind=kind, inputs=given, facts=_path_facts(call))


def write(call: Call) -> OperationSpec | None:
    """Describe writing; what makes text to look at is no operation."""
    if call.failed:
        return OperationSpec(outputs=())
    if call.result is not None:
        return IGNORE
    later = SparkAction(_spark_frame_of(call.args[0]).sparkSession)
    name = call.bound.get("name")
    if call.target.path.endswith("to_table") and isinstance(name, str):
        return OperationSpec(outputs=(new_view(name),), later=later)
    return OperationSpec(outputs=(), facts=_path_facts(call), later=later)


def _spark_frame_of(obj: Any) -> Any:
    """Return the frame of Spark that is behind a frame, a column, or what was made of either."""
    frame = frame_of(obj)
    while "_internal_frame" not in vars(frame):
        frame = frame_of(owner_of(frame))
    return frame._internal_frame.spark_frame


def _path_facts(call: Call) -> dict[str, str]:
    """Return where something was read or written."""
    path = next((call.bound[n] for n in _PATHS if call.bound.get(n) is not None), None)
    if isinstance(path, list | tuple) and path:
        path = path[0]
    return {"file[path]": without_secrets(path)} if isinstance(path, str) else {}


def query(call: Call) -> OperationSpec:
    """Describe a query; its inputs are the frames that it was given."""
    given = tuple(part for value in call.kwargs.values() for part in parts_of(value))
    read = (*views_named(str(call.bound.get("query"))), *filter(is_data, given))
    facts = {"param[query]": describe_value(str(call.bound.get("query")))}
    return OperationSpec(kind="transform" if read else "source", inputs=read, facts=facts)
