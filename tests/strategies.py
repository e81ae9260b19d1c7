"""Traces for tests: random ones of any shape, and a small realistic pipeline with known faults."""

from __future__ import annotations

import math
import string
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from hypothesis import strategies as st

from lineage_stats.trace import (
    DATA_KINDS,
    OPERATION_KINDS,
    OPERATION_STATUSES,
    RUN_STATUSES,
    DataRef,
    Operation,
    Trace,
    TraceSet,
)

# ---------------------------------------------------------------------------------------------
# A churn pipeline of twelve operations

PIPELINE = "churn"
DAY_NS = 86_400_000_000_000
FIRST_START_NS = 1_704_067_200_000_000_000  # 2024-01-01T00:00:00Z

READ_ORDERS = "load/read_csv#1"
READ_CUSTOMERS = "load/read_csv#2"
MERGE = "clean/DataFrame.merge#1"
DROPNA = "clean/DataFrame.dropna#1"
FILTER = "clean/DataFrame.__getitem__#1"
ASSIGN = "enrich/DataFrame.assign#1"
AGGREGATE = "enrich/DataFrameGroupBy.agg#1"
MERGE_BACK = "enrich/DataFrame.merge#1"
SPLIT = "train/train_test_split#1"
FIT = "train/LogisticRegression.fit#1"
PREDICT = "train/LogisticRegression.predict#1"
METRIC = "train/f1_score#1"

OPERATION_KEYS = (
    READ_ORDERS, READ_CUSTOMERS, MERGE, DROPNA, FILTER, ASSIGN, AGGREGATE, MERGE_BACK, SPLIT, FIT,
    PREDICT, METRIC,
)  # fmt: skip

FAULT_KINDS = (
    "rows_lost",
    "metric_dropped",
    "mean_shifted",
    "nulls_added",
    "param_changed",
    "call_changed",
    "operation_missing",
    "operation_new",
)


@dataclass(frozen=True)
class InjectedFault:
    """What is wrong with a made run, and where.

    Attributes
    ----------
    kind : str
        One of `FAULT_KINDS`.
    operation : str
        Key of the operation at fault (for ``operation_new``: the one it comes after).
    severity : float
        ``rows_lost``: share of rows; ``mean_shifted``: factor; ``nulls_added``: share of values;
        without meaning for the others.
    metric_drop : float
        By how much the metric falls in consequence.
    column : str
        Column that ``mean_shifted`` and ``nulls_added`` change.
    """

    kind: str
    operation: str = METRIC
    severity: float = 0.5
    metric_drop: float = 0.15
    column: str = "amount"

    def __post_init__(self) -> None:
        if self.kind not in FAULT_KINDS:
            raise ValueError(f"{self.kind!r} is not one of {FAULT_KINDS}")


# One of each kind, at the place where it is most telling.
FAULTS: tuple[InjectedFault, ...] = (
    InjectedFault("rows_lost", MERGE, severity=0.4),
    InjectedFault("metric_dropped", METRIC),
    InjectedFault("mean_shifted", ASSIGN, severity=10.0),
    InjectedFault("nulls_added", READ_ORDERS, severity=0.5),
    InjectedFault("param_changed", DROPNA),
    InjectedFault("call_changed", FILTER),
    InjectedFault("operation_missing", DROPNA),
    InjectedFault("operation_new", FILTER),
)


@dataclass(frozen=True)
class _Column:
    mean: float
    sd: float
    nulls: float = 0.0


@dataclass(frozen=True)
class _Table:
    """What flows along an edge: the reference, and the moments that features are made of."""

    ref: DataRef
    columns: Mapping[str, _Column]
    categories: tuple[str, ...] = ()


class _Run:
    """Simulates one run: natural noise, and at most one fault that is passed on downstream."""

    def __init__(self, rng: np.random.Generator, start_ns: int, fault: InjectedFault | None):
        self.rng = rng
        self.fault = fault
        self.clock = start_ns
        self.operations: list[Operation] = []
        self.schemas: dict[str, tuple[tuple[str, str], ...]] = {}
        self.counts: dict[tuple[str, str], int] = {}

    def faulty(self, kind: str, key: str) -> bool:
        return self.fault is not None and self.fault.kind == kind and self.fault.operation == key

    def add(
        self,
        scope: str,
        name: str,
        kind: str,
        inputs: tuple[DataRef, ...],
        outputs: tuple[DataRef, ...],
        features: Mapping[str, float],
        params: Mapping[str, str],
        metric: str | None = None,
    ) -> Operation:
        occurrence = self.counts[scope, name] = self.counts.get((scope, name), 0) + 1
        key = f"{scope}/{name}#{occurrence}"
        facts = {"call": f"call-{key}", "statement": f"stmt-{key}", "code": f"{name}-1.0"}
        facts |= {f"param[{k}]": v for k, v in params.items()}
        if self.faulty("param_changed", key):
            changed = next(iter(params), "how")
            facts[f"param[{changed}]"] = "something else"
            facts["call"] = f"call-{key}-changed"
            facts["statement"] = f"stmt-{key}-changed"
        if self.faulty("call_changed", key):
            facts["call"] = f"call-{key}-changed"
            facts["statement"] = f"stmt-{key}-changed"
        duration = int(1e6 * self.rng.lognormal(1.0, 0.25))
        op = Operation(
            key=key, name=name, kind=kind, scope=scope, occurrence=occurrence, inputs=inputs,
            outputs=outputs, features=dict(features), facts=facts, start_ns=self.clock,
            duration_ns=duration, file="churn.py", line=10 + 3 * len(self.operations),
            metric=metric,
        )  # fmt: skip
        self.operations.append(op)
        self.clock += duration + int(self.rng.integers(1e4, 1e6))
        return op

    def ref(self, kind: str, rows: int | None = None, columns: tuple[str, ...] = ()) -> DataRef:
        schema = None
        if columns:
            schema = f"schema-{'-'.join(columns)}"
            self.schemas[schema] = tuple(
                (c, "object" if c == "country" else "float64") for c in columns
            )
        n = sum(len(op.outputs) for op in self.operations) + 1
        return DataRef(f"d{n}", kind, rows, len(columns) or None, schema)

    def profile(self, table: _Table, port: int = 0) -> dict[str, float]:
        """Features of a table as measured on a sample of 1000 rows."""
        at = f"@{port}" if port else ""
        n = max(min(table.ref.rows or 0, 1000), 2)
        out: dict[str, float] = {}
        for name, column in table.columns.items():
            mean = column.mean + column.sd * self.rng.normal() / math.sqrt(n)
            sd = column.sd * (1 + self.rng.normal() / math.sqrt(2 * n))
            out[f"mean[{name}]{at}"] = mean
            out[f"sd[{name}]{at}"] = sd
            for quantile, z in (("min", -3.2), ("q25", -0.67), ("q50", 0.0), ("q75", 0.67)):
                out[f"{quantile}[{name}]{at}"] = mean + z * sd
            out[f"max[{name}]{at}"] = mean + (3.2 + 0.3 * abs(self.rng.normal())) * sd
            out[f"nulls[{name}]{at}"] = self.rng.binomial(n, column.nulls) / n
        for name in table.categories:
            out[f"distinct[{name}]{at}"] = 7.0
            out[f"top_share[{name}]{at}"] = self.rng.binomial(n, 0.4) / n
        n_columns = len(table.columns) + len(table.categories)
        nulls = sum(v for k, v in out.items() if k.startswith("nulls["))
        out[f"null_share{at}"] = nulls / n_columns
        return out

    def table(
        self,
        scope: str,
        name: str,
        kind: str,
        inputs: tuple[_Table, ...],
        rows: float,
        columns: Mapping[str, _Column],
        categories: tuple[str, ...] = (),
        params: Mapping[str, str] | None = None,
    ) -> _Table:
        """Run an operation that makes a table, with what the fault does to it."""
        key = f"{scope}/{name}#{self.counts.get((scope, name), 0) + 1}"
        if self.faulty("operation_missing", key):
            return inputs[0]
        fault = self.fault
        if fault and self.faulty("rows_lost", key):
            rows *= 1 - fault.severity
        if fault and self.faulty("mean_shifted", key):
            old = columns[fault.column]
            shifted = replace(old, mean=old.mean * fault.severity, sd=old.sd * fault.severity)
            columns = {**columns, fault.column: shifted}
        if fault and self.faulty("nulls_added", key):
            columns = {
                **columns, fault.column: replace(columns[fault.column], nulls=fault.severity)
            }  # fmt: skip
        ref = self.ref("table", int(rows), (*columns, *categories))
        made = _Table(ref, columns, categories)
        refs = tuple(t.ref for t in inputs)
        self.add(scope, name, kind, refs, (ref,), self.profile(made), params or {})
        if self.faulty("operation_new", key):
            return self.table(
                scope, "DataFrame.drop_duplicates", "selection", (made,), int(rows), columns,
                categories,
            )  # fmt: skip
        return made


def make_trace(
    i: int = 0,
    *,
    seed: int = 0,
    fault: InjectedFault | None = None,
    pipeline: str = PIPELINE,
    tags: Mapping[str, str] | None = None,
) -> Trace:
    """Return run number `i` of the churn pipeline; the same arguments give the same trace.

    Row counts vary by about 3 % from run to run, column moments by their sampling error, and the
    metric by about 0.01: a part of it follows the number of orders and the share of nulls.
    """
    rng = np.random.default_rng([seed, i])
    start_ns = FIRST_START_NS + i * DAY_NS + int(rng.integers(0, 60_000_000_000))
    run = _Run(rng, start_ns, fault)
    train, test = _prepare(run)
    metric = _train(run, train, test)
    return Trace(
        run_id=f"run-{seed}-{i:05d}",
        pipeline=pipeline,
        operations=tuple(run.operations),
        start_ns=start_ns,
        end_ns=metric.start_ns + metric.duration_ns,
        tags=dict(tags if tags is not None else {"status": "faulty" if fault else "healthy"}),
        environment={"commit": "0" * 40, "python": "3.11.7", "host": "h"},
        schemas=run.schemas,
    )


def make_traces(
    n: int,
    *,
    seed: int = 0,
    fault: InjectedFault | None = None,
    first: int = 0,
    pipeline: str = PIPELINE,
    tags: Mapping[str, str] | None = None,
) -> TraceSet:
    """Return runs number `first` to ``first + n - 1``, each with `fault` if there is one."""
    return TraceSet(
        make_trace(i, seed=seed, fault=fault, pipeline=pipeline, tags=tags)
        for i in range(first, first + n)
    )


def _prepare(run: _Run) -> tuple[_Table, _Table]:
    rng = run.rng
    nulls = rng.beta(50, 950)
    orders = run.table(
        "load", "read_csv", "source", (), 20_000 * rng.lognormal(0, 0.03),
        {"amount": _Column(50 + rng.normal(), 20, nulls), "customer": _Column(5000, 2900)},
        params={"path": "orders.csv"},
    )  # fmt: skip
    customers = run.table(
        "load", "read_csv", "source", (), 10_000 + rng.integers(0, 50),
        {"age": _Column(41, 12), "churned": _Column(0.2, 0.4), "customer": _Column(5000, 2900)},
        ("country",), params={"path": "customers.csv"},
    )  # fmt: skip
    columns = {**orders.columns, **customers.columns}
    assert orders.ref.rows is not None
    merged = run.table(
        "clean", "DataFrame.merge", "join", (orders, customers),
        orders.ref.rows * rng.beta(990, 10), columns, ("country",),
        {"how": "inner", "on": "customer"},
    )  # fmt: skip
    table = merged
    kept = 1 - merged.columns["amount"].nulls
    full = {name: replace(c, nulls=0.0) for name, c in merged.columns.items()}
    table = _keep(run, "clean", "DataFrame.dropna", table, kept, full, {"how": "any"})
    table = _keep(
        run, "clean", "DataFrame.__getitem__", table, rng.beta(900, 100), table.columns, {}
    )
    table = _keep(
        run, "enrich", "DataFrame.assign", table, 1,
        {**table.columns, "log_amount": _Column(3.8, 0.5)}, {"columns": "log_amount"},
    )  # fmt: skip
    return _split(run, _enrich(run, table))


def _keep(
    run: _Run,
    scope: str,
    name: str,
    table: _Table,
    share: float,
    columns: Mapping[str, _Column],
    params: Mapping[str, str],
) -> _Table:
    """Run an operation on one table that keeps a share of its rows."""
    kind = "assignment" if name == "DataFrame.assign" else "selection"
    rows = (table.ref.rows or 0) * share
    return run.table(scope, name, kind, (table,), rows, columns, table.categories, params)


def _enrich(run: _Run, table: _Table) -> _Table:
    spent = {"customer": _Column(5000, 2900), "spent": replace(table.columns["amount"], sd=10)}
    rows = table.ref.rows or 0
    total = run.table(
        "enrich", "DataFrameGroupBy.agg", "aggregation", (table,),
        10_000 * (1 - math.exp(-rows / 10_000)), spent, params={"by": "customer"},
    )  # fmt: skip
    return run.table(
        "enrich", "DataFrame.merge", "join", (table, total), rows, {**table.columns, **spent},
        table.categories, {"how": "left", "on": "customer"},
    )  # fmt: skip


def _split(run: _Run, table: _Table) -> tuple[_Table, _Table]:
    rows = table.ref.rows or 0
    names = (*table.columns, *table.categories)
    first = run.ref("table", rows - rows // 4, names)
    second = replace(run.ref("table", rows // 4, names), id=f"{first.id}b")
    train = _Table(first, table.columns, table.categories)
    test = _Table(second, table.columns, table.categories)
    run.add(
        "train", "train_test_split", "split", (table.ref,), (first, second),
        {**run.profile(train), **run.profile(test, 1)}, {"test_size": "0.25", "random_state": "0"},
    )  # fmt: skip
    return train, test


def _train(run: _Run, train: _Table, test: _Table) -> Operation:
    rng, rows, test_rows = run.rng, train.ref.rows or 0, test.ref.rows or 0
    model = run.ref("model")
    association = {
        f"association[{name}]": 0.1 + rng.normal() / math.sqrt(max(rows, 2))
        for name in train.columns
    }
    run.add(
        "train", "LogisticRegression.fit", "fit", (train.ref,), (model,), association,
        {"C": "1.0", "max_iter": "100"},
    )  # fmt: skip
    predicted = run.ref("array", test_rows)
    run.add(
        "train", "LogisticRegression.predict", "predict", (model, test.ref), (predicted,),
        {"mean[0]": 0.2 + 0.4 * rng.normal() / math.sqrt(max(test_rows, 2))}, {},
    )  # fmt: skip
    orders = run.operations[0]
    value = 0.80 + 0.01 * rng.normal()
    value += 0.05 * math.log((orders.outputs[0].rows or 1) / 20_000)
    value -= 0.2 * (orders.features.get("nulls[amount]", 0.05) - 0.05)
    value -= run.fault.metric_drop if run.fault else 0.0
    score = run.ref("value")
    return run.add(
        "train", "f1_score", "metric", (test.ref, predicted), (score,),
        {"metric_value": float(np.clip(value, 0, 1))}, {"average": "binary"}, metric="f1_score",
    )  # fmt: skip


# ---------------------------------------------------------------------------------------------
# Random traces of any shape

_INT = st.integers(min_value=0, max_value=2**53)
# No lone surrogates: they are no text that a file can hold.
any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
names = st.one_of(
    st.sampled_from(["age", "a b", "x[1]", "a@1", "]", "ä€😀", "", "a/b#2", "<b>&", "\n", "\x00"]),
    any_text,
)
feature_values = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True), st.integers(-(2**53), 2**53).map(float)
)
statistics = st.sampled_from(["mean", "nulls", "rows_in", "rows_out", "association", "top_share"])


@st.composite
def feature_names(draw: st.DrawFn) -> str:
    """Full names of features, with and without column and port."""
    column = draw(st.none() | names)
    port = draw(st.integers(0, 3))
    bracket = "" if column is None else f"[{column}]"
    return f"{draw(statistics)}{bracket}{f'@{port}' if port else ''}"


@st.composite
def data_refs(draw: st.DrawFn, id: str, schemas: tuple[str, ...] = ()) -> DataRef:  # noqa: A002 - the field's name
    """References to data with that id."""
    return DataRef(
        id=id,
        kind=draw(st.sampled_from(DATA_KINDS)),
        rows=draw(st.none() | _INT),
        n_columns=draw(st.none() | st.integers(0, 1000)),
        schema=draw(st.sampled_from([None, *schemas])),
    )


@st.composite
def operations(
    draw: st.DrawFn, i: int, inputs: tuple[DataRef, ...] = (), schemas: tuple[str, ...] = ()
) -> Operation:
    """An operation that is number `i` of its run."""
    scope = draw(names)
    name = draw(st.sampled_from(["read_csv", "DataFrame.merge", "f1_score", "größe"]))
    n_outputs = draw(st.integers(0, 2))
    metric = draw(st.none() | st.sampled_from(["f1_score", "auc", "ä"]))
    features = draw(st.dictionaries(feature_names(), feature_values, max_size=4))
    if metric is not None:
        features["metric_value"] = draw(feature_values)
    failed = draw(st.booleans())
    return Operation(
        key=f"{scope}/{name}#{i}",
        name=name,
        kind=draw(st.sampled_from(OPERATION_KINDS)),
        scope=scope,
        occurrence=i,
        inputs=inputs,
        outputs=tuple(draw(data_refs(f"d{i}.{j}", schemas)) for j in range(n_outputs)),
        features=features,
        facts=draw(st.dictionaries(names, any_text, max_size=3)),
        status=OPERATION_STATUSES[failed],
        error="ValueError" if failed else None,
        start_ns=1_700_000_000_000_000_000 + i * 1000,
        duration_ns=draw(st.integers(0, 10**12)),
        file=draw(st.none() | st.sampled_from(["churn.py", "ä b.py"])),
        line=draw(st.none() | st.integers(1, 10_000)),
        source=draw(st.none() | any_text),
        metric=metric,
    )


@st.composite
def traces(draw: st.DrawFn, *, max_operations: int = 6, pipeline: str | None = None) -> Trace:
    """Whole runs: a random graph of operations with anything that a trace may hold."""
    schemas = draw(
        st.dictionaries(
            st.text(string.hexdigits, min_size=4, max_size=8),
            st.lists(st.tuples(names, st.sampled_from(["int64", "object"])), max_size=3).map(tuple),
            max_size=3,
        )
    )
    made: list[Operation] = []
    for i in range(1, draw(st.integers(0, max_operations)) + 1):
        known = [ref for op in made for ref in op.outputs]
        chosen = draw(st.lists(st.sampled_from(known), max_size=3)) if known else []
        if draw(st.booleans()):
            chosen.append(draw(data_refs(f"from-outside-{i}", tuple(schemas))))
        made.append(draw(operations(i, tuple(chosen), tuple(schemas))))
    start = 1_700_000_000_000_000_000 + draw(st.integers(-(10**17), 10**3))
    status = draw(st.sampled_from(RUN_STATUSES))
    return Trace(
        run_id=draw(st.text(string.ascii_letters + string.digits, min_size=1, max_size=12)),
        pipeline=draw(names.filter(bool)) if pipeline is None else pipeline,
        operations=tuple(made),
        start_ns=start,
        end_ns=start + draw(st.integers(0, 10**13)),
        status=status,
        complete=draw(st.booleans()),
        tags=draw(st.dictionaries(names, any_text, max_size=3)),
        environment=draw(st.dictionaries(names, any_text, max_size=3)),
        schemas=schemas,
        problems=tuple(draw(st.lists(any_text, max_size=2))),
    )
