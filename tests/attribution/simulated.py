"""A pipeline of fourteen operations on real numbers, recorded by hand, with known faults.

The tables are dictionaries of arrays and every feature is computed from them, so that a fault is
passed on downstream exactly as it would be. Columns have their lineage, as a recorder notes it. The
metric is made: it falls by a known amount.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from lineage_stats.trace import DataRef, Operation, Trace

DAY_NS = 86_400_000_000_000
LOAD = "read/read_csv#1"
LOAD_DIM = "read/read_csv#2"
DROPNA = "prepare/DataFrame.dropna#1"
JOIN = "prepare/DataFrame.merge#1"
FILTER = "prepare/DataFrame.query#1"
DERIVE = "prepare/DataFrame.assign#1"
LABEL = "prepare/DataFrame.assign#2"
AGGREGATE = "prepare/DataFrameGroupBy.agg#1"
JOIN_BACK = "prepare/DataFrame.merge#2"
SPLIT = "model/train_test_split#1"
SCALE = "model/StandardScaler.fit_transform#1"
SCALE_TEST = "model/StandardScaler.transform#1"
FIT = "model/LogisticRegression.fit#1"
PREDICT = "model/LogisticRegression.predict#1"
METRIC = "model/f1_score#1"

Table = dict[str, np.ndarray]

FAULTS: dict[str, str] = {
    "truncated": LOAD,
    "unit_at_source": LOAD,
    "nulls_at_source": LOAD_DIM,
    "unit_in_code": DERIVE,
    "join_how": JOIN,
    "filter_constant": FILTER,
    "filter_code": FILTER,
    "fit_parameter": FIT,
    "labels_shuffled_in_code": LABEL,
    "labels_shuffled_new_step": "prepare/DataFrame.sample#1",
    "labels_shuffled_silently": LABEL,
    "column_shuffled": JOIN,
    "dropna_removed": DROPNA,
    "scaling_removed": SCALE_TEST,
    "metric_parameter": METRIC,
    "column_lost": DERIVE,
}
HARMLESS = ("refactored", "slow", "verbose", "unused_column")


class Recorder:
    """Collects the operations of one run."""

    def __init__(self, rng: np.random.Generator, faults: Iterable[str], start_ns: int) -> None:
        self.rng, self.faults, self.clock = rng, frozenset(faults), start_ns
        self.operations: list[Operation] = []
        self.schemas: dict[str, tuple[tuple[str, str], ...]] = {}
        self.occurrence: dict[tuple[str, str], int] = {}

    def has(self, fault: str) -> bool:
        return fault in self.faults

    def op(
        self,
        scope: str,
        name: str,
        kind: str,
        inputs: Iterable[DataRef],
        outputs: Iterable[Table | None],
        *,
        params: Mapping[str, str] | None = None,
        text: str = "",
        features: Mapping[str, float] | None = None,
        metric: str | None = None,
        lineage: Mapping[str, Any] | None = None,
    ) -> tuple[DataRef, ...]:
        """Record one operation and return the references to its outputs."""
        n = self.occurrence[scope, name] = self.occurrence.get((scope, name), 0) + 1
        measured = dict(features or {})
        refs = []
        for port, table in enumerate(outputs):
            ref = DataRef(f"d{len(self.operations)}.{port}", "model")
            if table is not None:
                rows = len(next(iter(table.values())))
                schema = "s-" + "-".join(table)
                self.schemas[schema] = tuple((c, "float64") for c in table)
                ref = DataRef(ref.id, "table", rows, len(table), schema)
                measured |= profile(table, port)
            refs.append(ref)
        facts = {"call": f"{scope}.{name}.{n}{text}", "code": "lib 1.0"}
        facts |= {f"param[{k}]": v for k, v in (params or {}).items()}
        duration = int(self.rng.lognormal(14, 0.3)) * (50 if self.has("slow") else 1)
        self.operations.append(
            Operation(
                key=f"{scope}/{name}#{n}", name=name, kind=kind, scope=scope, occurrence=n,
                inputs=tuple(inputs), outputs=tuple(refs), features=measured, facts=facts,
                start_ns=self.clock, duration_ns=duration, file="credit.py",
                line=len(self.operations) + 10, metric=metric,
                lineage=None if lineage is None else json.dumps(lineage),
            )
        )  # fmt: skip
        self.clock += duration
        return tuple(refs)


def profile(table: Table, port: int) -> dict[str, float]:
    at = f"@{port}" if port else ""
    found: dict[str, float] = {}
    for name, x in table.items():
        known = x[np.isfinite(x)]
        found[f"nulls[{name}]{at}"] = 1 - len(known) / max(len(x), 1)
        if len(known):
            found[f"mean[{name}]{at}"], found[f"sd[{name}]{at}"] = known.mean(), known.std()
            quantiles = np.quantile(known, [0, 0.25, 0.5, 0.75, 1])
            names = ("min", "q25", "q50", "q75", "max")
            found |= {f"{q}[{name}]{at}": v for q, v in zip(names, quantiles, strict=True)}
    return found


def rows_of(ref: DataRef, *by: str) -> dict[str, Any]:
    """Lineage of what keeps some rows of a table."""
    return {"as": "one", "x": ref.id, "cols": "names", "rows": 1, "by": list(by)}


def put(ref: DataRef, name: str, *columns: str) -> dict[str, Any]:
    """Lineage of a column made of others."""
    parts = [[ref.id, column, "d"] for column in columns]
    return {"as": "set", "x": ref.id, "to": {name: ["c", *parts]}}


def keep(table: Table, rows: np.ndarray) -> Table:
    return {name: x[rows] for name, x in table.items()}


def make_run(i: int, *faults: str, seed: int = 0, drop: float = 0.2, noise: float = 0.012) -> Trace:
    """Return run number `i` with the named faults; the metric falls by `drop` if there are any."""
    rng = np.random.default_rng([seed, i])
    start = 1_700_000_000_000_000_000 + i * DAY_NS
    run = Recorder(rng, faults, start)
    harmful = any(f in FAULTS for f in faults)
    table, ref = prepare(run)
    value = 0.8 + noise * rng.standard_normal() - (drop if harmful else 0.0)
    model(run, table, ref, value)
    return Trace(
        f"run-{seed}-{i}", "credit", tuple(run.operations), start, run.clock,
        tags={"status": "faulty" if faults else "healthy"}, schemas=run.schemas,
    )  # fmt: skip


def sources(run: Recorder) -> tuple[Table, DataRef, Table, DataRef]:
    rng = run.rng
    n = int(1500 * rng.lognormal(0, 0.04))
    if run.has("truncated"):
        n = int(n * 0.3)
    amount = rng.lognormal(3 + 0.03 * rng.standard_normal(), 0.6, n)
    orders = {
        "customer": rng.integers(0, 400, n).astype(float),
        "amount": amount * (100 if run.has("unit_at_source") else 1),
        "items": rng.poisson(3, n).astype(float),
        "note": rng.standard_normal(n) * (9 if run.has("unused_column") else 1),
    }
    customers = {
        "customer": np.arange(400.0),
        "age": rng.normal(45, 13, 400).clip(16, 90),
        "income": rng.lognormal(10, 0.4, 400),
    }
    at = orders["customer"].astype(int)
    odds = 0.6 * np.log(amount) - 0.05 * customers["age"][at] + rng.logistic(0, 0.3, n)
    orders["outcome"] = (odds > np.median(odds)).astype(float)
    orders["items"][rng.random(n) < 0.05] = np.nan
    if run.has("nulls_at_source"):
        customers["income"][rng.random(400) < 0.6] = np.nan
    (a,) = run.op("read", "read_csv", "source", (), (orders,), params={"path": "~a"})
    (b,) = run.op("read", "read_csv", "source", (), (customers,), params={"path": "~b"})
    return orders, a, customers, b


def prepare(run: Recorder) -> tuple[Table, DataRef]:
    rng = run.rng
    table, ref, customers, dim = sources(run)
    if not run.has("dropna_removed"):
        table = keep(table, np.isfinite(table["items"]))
        made_of = rows_of(ref, "items")
        (ref,) = run.op(
            "prepare", "DataFrame.dropna", "selection", (ref,), (table,), lineage=made_of
        )
    table, ref = join(run, table, ref, customers, dim)
    limit = 45 if run.has("filter_constant") or run.has("filter_code") else 21
    table = keep(table, ~(table["age"] < limit))
    text = "new" if run.has("filter_code") or run.has("refactored") else ""
    (ref,) = run.op(
        "prepare", "DataFrame.query", "selection", (ref,), (table,), text=text,
        lineage=rows_of(ref, "age"),
    )  # fmt: skip
    factor = 1000.0 if run.has("unit_in_code") else 1.0
    table = {**table, "ratio": factor * table["amount"] / table["income"] * 1e3}
    if run.has("column_lost"):
        del table["items"]
    text = "new" if run.has("unit_in_code") or run.has("column_lost") else ""
    (ref,) = run.op(
        "prepare", "DataFrame.assign", "assignment", (ref,), (table,), text=text,
        lineage=put(ref, "ratio", "amount", "income"),
    )  # fmt: skip
    label = table["outcome"]
    if run.has("labels_shuffled_in_code") or run.has("labels_shuffled_silently"):
        label = rng.permutation(label)
    table = {**table, "label": label}
    text = "new" if run.has("labels_shuffled_in_code") else ""
    (ref,) = run.op(
        "prepare", "DataFrame.assign", "assignment", (ref,), (table,), text=text,
        lineage=put(ref, "label", "outcome"),
    )  # fmt: skip
    if run.has("labels_shuffled_new_step"):
        table = {**table, "label": rng.permutation(table["label"])}
        made_of = rows_of(ref)
        (ref,) = run.op(
            "prepare", "DataFrame.sample", "selection", (ref,), (table,), lineage=made_of
        )
    return aggregate(run, table, ref)


def join(
    run: Recorder, table: Table, ref: DataRef, customers: Table, dim: DataRef
) -> tuple[Table, DataRef]:
    rng, at = run.rng, table["customer"].astype(int)
    joined = {**table, "age": customers["age"][at], "income": customers["income"][at]}
    unmatched = rng.random(len(at)) < 0.1
    how = "inner"
    if run.has("join_how"):
        how = "left"
        joined["age"] = np.where(unmatched, np.nan, joined["age"])
        joined["income"] = np.where(unmatched, np.nan, joined["income"])
    else:
        joined = keep(joined, ~unmatched)
    if run.has("column_shuffled"):
        joined["age"] = rng.permutation(joined["age"])
    text = "new" if run.has("column_shuffled") or run.has("join_how") else ""
    (made,) = run.op(
        "prepare", "DataFrame.merge", "join", (ref, dim), (joined,), params={"how": how}, text=text,
        lineage={"as": "merge", "l": ref.id, "r": dim.id, "on": ["customer"], "how": how},
    )  # fmt: skip
    return joined, made


def aggregate(run: Recorder, table: Table, ref: DataRef) -> tuple[Table, DataRef]:
    customer = table["customer"].astype(int)
    total = np.bincount(customer, weights=table["amount"], minlength=400)
    some = np.flatnonzero(np.bincount(customer, minlength=400))
    sums = {"customer": some.astype(float), "spent": total[some]}
    grouped = {"of": ref.id, "by": ["customer"], "opt": ["columns"]}
    (agg,) = run.op(
        "prepare", "DataFrameGroupBy.agg", "aggregation", (ref,), (sums,),
        lineage={"as": "group", "x": grouped, "fn": "agg", "named": {"spent": "amount"}},
    )  # fmt: skip
    table = {**table, "spent": total[customer]}
    (made,) = run.op(
        "prepare", "DataFrame.merge", "join", (ref, agg), (table,), params={"how": "left"},
        lineage={"as": "merge", "l": ref.id, "r": agg.id, "on": ["customer"], "how": "left"},
    )  # fmt: skip
    return table, made


def model(run: Recorder, table: Table, ref: DataRef, value: float) -> None:
    used = [c for c in ("amount", "items", "age", "income", "ratio", "spent") if c in table]
    rows = run.rng.permutation(len(table["amount"]))
    cut = len(rows) * 3 // 4
    x = {c: table[c] for c in used}
    y = {"label": table["label"]}
    halves: list[Table] = [
        keep(x, rows[:cut]),
        keep(x, rows[cut:]),
        keep(y, rows[:cut]),
        keep(y, rows[cut:]),
    ]
    train, test, y_train, y_test = run.op(
        "model", "train_test_split", "split", (ref,), halves, params={"test_size": "0.25"},
        lineage={"as": "split", "x": [ref.id, ["c", [ref.id, "label"]]]},
    )  # fmt: skip
    center = {c: np.nanmean(v) for c, v in halves[0].items()}
    width = {c: np.nanstd(v) for c, v in halves[0].items()}
    scaled = [{c: (v - center[c]) / width[c] for c, v in half.items()} for half in halves[:2]]
    train, scaler = run.op(
        "model", "StandardScaler.fit_transform", "transform", (train,), (scaled[0], None),
        lineage={"as": "fit", "x": train.id, "made": {"map": 1}},
    )  # fmt: skip
    if run.has("scaling_removed"):
        scaled[1] = halves[1]
    else:
        (test,) = run.op(
            "model", "StandardScaler.transform", "transform", (scaler, test), (scaled[1],),
            lineage={"as": "features", "x": test.id, "m": scaler.id, "map": 1},
        )  # fmt: skip
    fit(run, scaled, halves, (train, test, y_train, y_test), value)


def fit(
    run: Recorder, scaled: list[Table], halves: list[Table], refs: tuple[DataRef, ...], value: float
) -> None:
    train, test, y_train, y_test = refs
    label = halves[2]["label"]
    association = {}
    for c, v in scaled[0].items():
        known = np.isfinite(v)
        association[f"association[{c}]"] = float(np.corrcoef(v[known], label[known])[0, 1])
    params = {
        "C": "1e-05" if run.has("fit_parameter") else "1.0",
        "verbose": "1" if run.has("verbose") else "0",
    }
    text = "new" if run.has("fit_parameter") or run.has("verbose") else ""
    (estimator,) = run.op(
        "model", "LogisticRegression.fit", "fit", (train, y_train), (None,), params=params,
        text=text, features=association, lineage={"as": "fit", "x": train.id, "y": y_train.id},
    )  # fmt: skip
    score = np.nan_to_num(scaled[1]["amount"]) + 0.5 * run.rng.standard_normal(
        len(halves[3]["label"])
    )
    (predicted,) = run.op(
        "model", "LogisticRegression.predict", "predict", (estimator, test),
        ({"0": (score > 0).astype(float)},),
        lineage={"as": "predict", "x": test.id, "m": estimator.id},
    )  # fmt: skip
    average = "macro" if run.has("metric_parameter") else "binary"
    run.op(
        "model", "f1_score", "metric", (y_test, predicted), (None,), params={"average": average},
        text="new" if run.has("metric_parameter") else "", features={"metric_value": value},
        metric="f1_score", lineage={"as": "mix", "use": "a", "x": [y_test.id, predicted.id]},
    )  # fmt: skip


def without(trace: Trace, *facts: str) -> Trace:
    """Return a trace whose operations lack some facts, as one recorded without source."""
    operations = tuple(
        replace(op, facts={k: v for k, v in op.facts.items() if k not in facts}) for op in trace
    )
    return replace(trace, operations=operations)


Maker = Callable[..., Trace]
