"""Traces for tests: random ones of any shape, and a small realistic pipeline with known faults."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import replace

from hypothesis import strategies as st

from lineage_stats.datasets import FAULT_KINDS, FAULTS, Fault, make_runs
from lineage_stats.datasets._keys import (
    AGGREGATE,
    ASSIGN,
    DROPNA,
    FILTER,
    FIT,
    MERGE,
    MERGE_BACK,
    METRIC,
    OPERATION_KEYS,
    PREDICT,
    READ_CUSTOMERS,
    READ_ORDERS,
    SPLIT,
)
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

__all__ = [
    "AGGREGATE", "ASSIGN", "DROPNA", "FAULTS", "FAULT_KINDS", "FILTER", "FIT", "MERGE",
    "MERGE_BACK", "METRIC", "OPERATION_KEYS", "PIPELINE", "PREDICT", "READ_CUSTOMERS",
    "READ_ORDERS", "SPLIT", "InjectedFault", "any_text", "data_refs", "feature_names",
    "feature_values", "make_trace", "make_traces", "names", "operations", "runs_alike",
    "statistics", "traces",
]  # fmt: skip

# ---------------------------------------------------------------------------------------------
# A churn pipeline of twelve operations, as `lineage_stats.datasets` simulates it

PIPELINE = "churn"
InjectedFault = Fault


def make_trace(
    i: int = 0,
    *,
    seed: int = 0,
    fault: Fault | None = None,
    pipeline: str = PIPELINE,
    tags: Mapping[str, str] | None = None,
) -> Trace:
    """Return run number `i` of the churn pipeline; the same arguments give the same trace."""
    return make_traces(1, seed=seed, fault=fault, first=i, pipeline=pipeline, tags=tags)[0]


def make_traces(
    n: int,
    *,
    seed: int = 0,
    fault: Fault | None = None,
    first: int = 0,
    pipeline: str = PIPELINE,
    tags: Mapping[str, str] | None = None,
) -> TraceSet:
    """Return runs number `first` to ``first + n - 1``, each with `fault` if there is one."""
    runs, _ = make_runs(
        n, fault=fault, first=first, pipeline=pipeline, tags=tags, random_state=seed,
        return_traces=True,
    )  # fmt: skip
    return runs


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
        lineage=draw(st.none() | any_text),
        cell=draw(st.none() | names),
        steps=draw(st.none() | any_text),
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


@st.composite
def runs_alike(
    draw: st.DrawFn, *, max_outlines: int = 3, max_runs: int = 8, pipeline: str | None = "p"
) -> list[Trace]:
    """Runs of few outlines in any order: what differs within one are numbers and texts."""
    models = draw(
        st.lists(traces(max_operations=4, pipeline=pipeline), min_size=1, max_size=max_outlines)
    )
    models = [run for run in models if run.operations]
    # What a digest stands for is the same in all runs.
    schemas = {digest: columns for run in models for digest, columns in run.schemas.items()}
    runs = []
    for i in range(draw(st.integers(0, max_runs)) if models else 0):
        model = draw(st.sampled_from(models))
        made = tuple(draw(_operation_alike(op, tuple(model.schemas))) for op in model)
        own = {digest: schemas[digest] for digest in model.schemas}
        start = model.start_ns + i
        runs.append(replace(model, run_id=f"r{i}", operations=made, schemas=own, start_ns=start))
    return runs


@st.composite
def _operation_alike(draw: st.DrawFn, op: Operation, schemas: tuple[str, ...]) -> Operation:
    def other(ref: DataRef) -> DataRef:
        rows = None if ref.rows is None else draw(_INT)
        schema = None if ref.schema is None else draw(st.sampled_from(schemas))
        return replace(ref, rows=rows, schema=schema)

    return replace(
        op,
        inputs=tuple(map(other, op.inputs)),
        outputs=tuple(map(other, op.outputs)),
        features={name: draw(feature_values) for name in op.features},
        facts={name: draw(any_text | st.just(text)) for name, text in op.facts.items()},
        duration_ns=draw(st.integers(0, 10**12)),
        line=draw(st.none() | st.integers(1, 10_000)),
    )
