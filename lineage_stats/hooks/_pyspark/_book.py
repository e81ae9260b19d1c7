"""The user's operations on Spark, until an action tells how many rows they had."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping, MutableMapping
from contextlib import suppress
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary, ref

from lineage_stats._interrupts import pass_on
from lineage_stats.hooks._calls import WatchedCall
from lineage_stats.hooks._later import Amendable
from lineage_stats.hooks._pyspark._inspect import Columns, Found, inspect
from lineage_stats.hooks._pyspark._lineage import recipe_of
from lineage_stats.hooks._pyspark._listener import Listener, forget_actions, listener_of
from lineage_stats.hooks._pyspark._marks import Marks
from lineage_stats.hooks._pyspark._rows import Rows
from lineage_stats.hooks._refs import Ref, flat

MOST_OPERATIONS = 5000
MOST_UNASKED = 64  # whose frames on the Java side are kept until they are asked for their numbers
_ALLOWANCE = 10.0  # seconds that looking at plans may take in a process,
_SHARE = 0.02  # and a share of its time; beyond that rows stay unknown


class SparkOperation:
    """An operation whose rows are not known yet.

    Parameters
    ----------
    number : int
        Its number; later ones are larger.
    frame : DataFrame
        What it made. It is not kept alive.

    Attributes
    ----------
    same_names : bool
        Whether columns of what was made of other data are those of their names there.
    of_spark : bool
        Whether a model of Spark's made it, by functions of its own.
    """

    __slots__ = ("__weakref__", "call", "columns", "features", "frame", "java", "number",
                 "of_spark", "readers", "recipe", "recorder", "rows", "same_names")  # fmt: skip

    def __init__(self, number: int, frame: Any) -> None:
        self.number = number
        self.frame = ref(frame)
        self.java: Any = None
        self.call: WatchedCall | None = None
        self.recorder: ref[Any] | None = None
        self.readers: list[SparkOperation] = []
        self.rows = Rows()
        self.columns: Columns | None = None
        self.recipe: dict[str, Any] | None = None
        self.same_names = True
        self.of_spark = False
        self.features: dict[str, float] = {}

    def recorded(self, recorder: Amendable, call: WatchedCall) -> None:
        """Take note of the call; what it read has one reader more."""
        self.call, self.recorder = call, ref(recorder)
        if self.recipe is not None:
            call.recipe = self.recipe
        frame, self.java = self.frame(), self.java_of_frame()
        if frame is not None and self.java is not None:
            listener_of(frame.sparkSession).mark(self.java)
        BOOK.enter(self)

    def java_of_frame(self) -> Any:
        """Return what it made on the Java side, as long as the program has it."""
        frame = self.frame()
        return None if frame is None else vars(frame).get("_jdf")

    def know(self, rows: int) -> None:
        """Take note of its rows where the program has told."""
        self.rows = Rows(rows, rows)

    @property
    def output(self) -> Ref | None:
        """What it made."""
        call = self.call
        return call.outputs[0] if call is not None and call.outputs else None

    def by_name(self) -> dict[str, Any] | None:
        """Return the recipe of a frame that was made of other data, column by column."""
        return recipe_by_name(self.call) if self.call is not None and self.same_names else None

    def write(self) -> None:
        """Put what is known now into the call and its output."""
        call, output = self.call, self.output
        if call is None or output is None:
            return
        output.settle(self.rows.exact, self.columns)
        features = {k: v for k, v in call.said.features.items() if k not in _BOUNDS}
        if self.rows.exact is None:
            features.update(_bounds(self.rows))
        features.update(self.features)
        call.said = call.said._replace(features=features)
        if self.recipe is not None:
            call.recipe = self.recipe


_BOUNDS = ("rows_at_least", "rows_at_most")


def _bounds(rows: Rows) -> dict[str, float]:
    found = {}
    if rows.low > 0:
        found["rows_at_least"] = float(rows.low)
    if rows.high is not None:
        found["rows_at_most"] = float(rows.high)
    return found


def recipe_by_name(call: WatchedCall) -> dict[str, Any] | None:
    """Return the recipe of what keeps the columns of the only data that a call read."""
    read = list(flat(call.inputs))
    return {"as": "one", "x": read[0], "cols": "names"} if len(read) == 1 else None


class SameColumns:
    """An operation that keeps the columns of the only data that it read."""

    def recorded(self, recorder: Amendable, call: WatchedCall) -> None:
        """Note that the columns are those of their names."""
        call.recipe = recipe_by_name(call)


class SparkAction:
    """An action, after which Spark's plans tell of the operations before it.

    Parameters
    ----------
    source : DataFrame or SparkSession
        What the action was asked of.
    rows : int, default=None
        Rows of the frame, where the action itself has told.
    """

    __slots__ = ("_rows", "_source")

    def __init__(self, source: Any, rows: int | None = None) -> None:
        self._source = ref(source)
        self._rows = rows

    def recorded(self, recorder: Amendable, call: WatchedCall) -> None:
        """Look at what Spark has done."""
        if call.outputs and call.outputs[0].kind == "table":
            call.recipe = recipe_by_name(call)
        source = self._source()
        found = None if source is None else BOOK.after_action(source, self._rows)
        if found is not None:  # the call may have been written meanwhile
            recorder.amend([call], lambda: _add_features(call, found))


def _add_features(call: WatchedCall, features: dict[str, float]) -> None:
    call.said = call.said._replace(features={**call.said.features, **features})


class SparkBook:
    """Which operations wait for an action, by number and by frame."""

    def __init__(self) -> None:
        self._operations: OrderedDict[int, SparkOperation] = OrderedDict()
        self._frames: WeakKeyDictionary[Any, SparkOperation] = WeakKeyDictionary()
        self._makers: dict[Ref, SparkOperation] = {}
        self._numbers = count(1)
        self._unasked: deque[SparkOperation] = deque()
        # Numbers of operations by those that Java has given their frames; for each Java.
        self._by_frame: MutableMapping[Any, dict[int, int]] = WeakKeyDictionary()
        self._begun = time.perf_counter()
        self._spent = 0.0

    @property
    def seconds(self) -> float:
        """Time that looking at plans has taken so far."""
        return self._spent

    def follow(self, frame: Any) -> SparkOperation:
        """Return a new operation that made a frame."""
        operation = SparkOperation(next(self._numbers), frame)
        self._frames[frame] = operation
        return operation

    def follow_made(self, made: Any, *, renamed: bool = False) -> SparkOperation:
        """Return a new operation that made what no plan knows: a frame of pandas-on-Spark.

        Where columns were renamed, any of them may be any other.
        """
        operation = SparkOperation(next(self._numbers), made)
        operation.recipe = {"as": "any"} if renamed else None
        return operation

    def tell(self, read: Iterable[Ref], made: Any, rows: int) -> None:
        """Take note of the rows of what an operation made, and of nothing that came of it.

        Parameters
        ----------
        read : iterable of Ref
            What `made` stands for.
        made : object
            What the program has asked for its rows.
        rows : int
            How many these are.
        """
        maker = next((self._makers[ref] for ref in read if ref in self._makers), None)
        if maker is not None and maker.frame() is made and maker.rows.exact != rows:
            maker.know(rows)
            self._write([maker])

    def rows_of(self, frame: Any) -> Rows | None:
        """Return what is known of the rows of a frame; None of one that is not followed."""
        operation = self._frames.get(frame)
        return None if operation is None else operation.rows

    def enter(self, operation: SparkOperation) -> None:
        """Remember an operation that was recorded."""
        self._operations[operation.number] = operation
        assert operation.call is not None
        for read in flat(operation.call.inputs):
            maker = self._makers.get(read)
            if maker is not None:
                maker.readers.append(operation)
        if operation.output is not None:
            self._makers[operation.output] = operation
            operation.output.rows = operation.rows.exact
        if operation.java is not None:
            self._unasked.append(operation)
            self._ask(MOST_UNASKED)
        while len(self._operations) > MOST_OPERATIONS:
            _, oldest = self._operations.popitem(last=False)
            if oldest.output is not None:
                self._makers.pop(oldest.output, None)

    def _ask(self, but: int = 0) -> None:
        """Ask what numbers the frames of operations have in plans, but for the latest ones.

        Asking takes a trip to Java. It can wait, so it waits for an action: there it is little.
        """
        while len(self._unasked) > but:
            try:
                operation = self._unasked.popleft()
            except IndexError:  # another thread has taken the last one
                return
            java, operation.java = operation.java or operation.java_of_frame(), None
            if java is None:  # it was let go of, and the program has not kept it either
                continue
            numbers = self._by_frame.setdefault(java._gateway_client, {})
            with suppress(Exception):  # that Java has ended: none of its plans will be seen
                numbers[int(java.id())] = operation.number
            if len(numbers) > 2 * MOST_OPERATIONS:
                kept = {f: n for f, n in numbers.items() if n in self._operations}
                self._by_frame[java._gateway_client] = kept

    def let_go(self) -> None:
        """Keep no frame alive any more: there is no run that would be told of it."""
        for operation in tuple(self._unasked):
            operation.java = None
        forget_actions()

    def after_action(self, source: Any, rows: int | None = None) -> dict[str, float] | None:
        """Look at what Spark has done since the last action.

        Parameters
        ----------
        source : DataFrame or SparkSession
            What the action was asked of.
        rows : int, default=None
            Rows of the frame, where the action itself has told.

        Returns
        -------
        dict of str to float, or None
            What is measured of the action itself; None where nothing is known but was before.
        """
        begin = time.perf_counter()
        own = self._frames.get(source)
        known = {own.number: rows} if own is not None and rows is not None else {}
        changed: dict[SparkOperation, None] = {}
        lost: int | None = None
        if own is not None and rows is not None and own.rows.exact != rows:
            own.rows = Rows(rows, rows)
            changed[own] = None
        try:
            session = getattr(source, "sparkSession", source)
            if hasattr(session, "_jsparkSession"):
                listener = listener_of(session)
                try:
                    self._hear(listener, known, changed)
                finally:
                    lost = None if self._is_spent() else listener.executors.lost()
        finally:
            self._write(changed)
            self._spent += time.perf_counter() - begin
        if lost is not None:
            return {"executors_lost": float(lost)}
        return {} if changed else None

    def _hear(
        self, listener: Listener, known: Mapping[int, int], changed: dict[SparkOperation, None]
    ) -> None:
        events = listener.heard()
        self._ask()
        numbers = self._by_frame.get(listener.client, {})
        marks = Marks(listener.tag, numbers, listener.patterns)
        failed: Exception | None = None
        for event in events:
            if self._is_spent():
                continue
            named = [n for n, o in self._operations.items() if o.columns is not None]
            try:
                self._take(inspect(event, marks, known, named), changed)
            except Exception as error:  # noqa: BLE001  # the others may still tell
                pass_on(error)
                failed = failed or error
        listener.look_at_settings()
        if failed is not None:
            raise failed

    def _is_spent(self) -> bool:
        elapsed = time.perf_counter() - self._begun
        return self._spent > _ALLOWANCE + _SHARE * elapsed

    def _take(self, found: Found, changed: dict[SparkOperation, None]) -> None:
        for number, columns in found.columns.items():
            operation = self._operations.get(number)
            if operation is not None:
                operation.columns = columns
                changed[operation] = None
        for number, rows in found.rows.items():
            operation = self._operations.get(number)
            if operation is not None and _is_news(operation.rows, rows):
                operation.rows = rows
                changed[operation] = None
        for number, features in found.features.items():
            operation = self._operations.get(number)
            if operation is not None:
                operation.features.update(features)
                changed[operation] = None
        if found.plan is not None:
            outputs = {n: o.output for n, o in self._operations.items()}
            for number in found.columns:
                operation = self._operations.get(number)
                if operation is not None and operation.recipe is None:
                    made = recipe_of(found.plan, number, outputs, of_spark=operation.of_spark)
                    operation.recipe = made or operation.by_name()

    def _write(self, changed: Iterable[SparkOperation]) -> None:
        """Write operations down anew, and those that read what they made."""
        by_recorder: dict[Any, dict[SparkOperation, None]] = {}
        for operation in changed:
            recorder = operation.recorder() if operation.recorder is not None else None
            if recorder is not None:
                by_recorder.setdefault(recorder, {})[operation] = None
        for recorder, operations in by_recorder.items():
            touched = dict(operations)
            for operation in operations:
                touched.update(dict.fromkeys(operation.readers))
            calls = [o.call for o in touched if o.call is not None]
            recorder.amend(calls, lambda own=operations: [o.write() for o in own])


def _is_news(before: Rows, now: Rows) -> bool:
    """Return whether an action tells more than was known, or something else that is exact."""
    if now.exact is not None:
        return now != before
    return before.exact is None and now != before and now != Rows()


BOOK = SparkBook()
