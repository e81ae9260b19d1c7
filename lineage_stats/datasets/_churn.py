"""The churn pipeline: twelve operations from two files to one metric."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from lineage_stats.datasets._fault import Fault
from lineage_stats.datasets._keys import SPLIT, extra_keys
from lineage_stats.datasets._simulation import Column, Columns, Simulation, Table
from lineage_stats.trace import Operation, Trace

DAY_NS = 86_400_000_000_000
FIRST_START_NS = 1_704_067_200_000_000_000  # 2024-01-01T00:00:00Z
N_ORDERS = 20_000
NULL_SHARE = 0.05
CUSTOMER = Column(5000, 2900)


@dataclass(frozen=True, slots=True)
class Nature:
    """What varies from one healthy run to the next. No fault changes it."""

    null_share: float
    n_orders: float
    amount: float
    n_customers: int
    matched: float
    active: float
    metric_noise: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Nature:
        """Draw the nature of one run."""
        return cls(
            null_share=rng.beta(50, 950),
            n_orders=N_ORDERS * rng.lognormal(0, 0.03),
            amount=rng.normal(50, 1),
            n_customers=10_000 + int(rng.integers(0, 50)),
            matched=rng.beta(990, 10),
            active=rng.beta(900, 100),
            metric_noise=rng.normal(0, 0.01),
        )

    @property
    def metric(self) -> float:
        """Metric of a healthy run."""
        of_rows = 0.05 * math.log(self.n_orders / N_ORDERS)
        of_nulls = -0.2 * (self.null_share - NULL_SHARE)
        return 0.80 + of_rows + of_nulls + self.metric_noise


def simulate_run(
    i: int,
    *,
    seed: int,
    fault: Fault | None,
    pipeline: str,
    tags: Mapping[str, str] | None,
    n_extra_columns: int,
    n_extra_operations: int,
) -> Trace:
    """Return run number `i`, one day after the one before."""
    extra = [f"extra_{k}" for k in range(n_extra_columns)]
    run = Simulation((seed, i), fault, extra)
    start_ns = FIRST_START_NS + i * DAY_NS + int(run.stream("start").integers(0, 60_000_000_000))
    run.clock = start_ns
    nature = Nature.draw(run.stream("nature"))
    means = run.stream("extra").normal(0, 0.1, n_extra_columns).tolist()
    extra_columns = {name: Column(mean, 1.0) for name, mean in zip(extra, means, strict=True)}
    table = _clean(run, nature, *_load(run, nature, extra_columns))
    table = _enrich(run, table)
    for _ in extra_keys(n_extra_operations):
        table = _keep(run, "extra", "DataFrame.astype", table, params={"dtype": "float64"})
    metric = _train(run, nature, *_split(run, table))
    return Trace(
        run_id=f"run-{seed}-{i:05d}",
        pipeline=pipeline,
        operations=tuple(run.operations),
        start_ns=start_ns,
        end_ns=metric.start_ns + metric.duration_ns,
        tags=dict(tags if tags is not None else {"status": "faulty" if fault else "healthy"}),
        environment={"git_commit": "0" * 40, "python": "3.11.7", "host": "simulated"},
        schemas=run.schemas,
    )


def _load(run: Simulation, nature: Nature, extra: Columns) -> tuple[Table, Table]:
    """Read the two files; the extra columns are dealt to both in turn."""
    names = list(extra)
    orders = run.table(
        "load", "read_csv", "source", (), nature.n_orders,
        {
            "amount": Column(nature.amount, 20, nature.null_share), "customer": CUSTOMER,
            **{name: extra[name] for name in names[::2]},
        },
        params={"path": "orders.csv"},
    )  # fmt: skip
    customers = run.table(
        "load", "read_csv", "source", (), nature.n_customers,
        {
            "age": Column(41, 12), "churned": Column(0.2, 0.4), "customer": CUSTOMER,
            **{name: extra[name] for name in names[1::2]},
        },
        ("country",), {"path": "customers.csv"},
    )  # fmt: skip
    return orders, customers


def _clean(run: Simulation, nature: Nature, orders: Table, customers: Table) -> Table:
    """Join the two, drop rows with missing values, keep the active customers."""
    known = customers.rows / nature.n_customers
    table = run.table(
        "clean", "DataFrame.merge", "join", (orders, customers),
        orders.rows * nature.matched * known, {**customers.columns, **orders.columns},
        customers.categories, {"how": "inner", "on": "customer"},
    )  # fmt: skip
    table = _keep(
        run, "clean", "DataFrame.dropna", table,
        share=math.prod(1 - column.nulls for column in table.columns.values()),
        columns={name: replace(column, nulls=0.0) for name, column in table.columns.items()},
        params={"how": "any"},
    )  # fmt: skip
    return _keep(run, "clean", "DataFrame.__getitem__", table, share=nature.active)


def _enrich(run: Simulation, table: Table) -> Table:
    """Take logarithms, and add to each order what its customer spends on average."""
    amount = table.columns["amount"]
    spread = amount.sd / amount.mean
    log_amount = Column(math.log(amount.mean) - spread**2 / 2, spread, amount.nulls)
    table = _keep(
        run, "enrich", "DataFrame.assign", table,
        columns={**table.columns, "log_amount": log_amount}, params={"columns": "log_amount"},
    )  # fmt: skip
    amount = table.columns["amount"]
    n_groups = int(10_000 * (1 - math.exp(-table.rows / 10_000)))
    groups = run.table(
        "enrich", "DataFrameGroupBy.agg", "aggregation", (table,), n_groups,
        {
            "customer": table.columns["customer"],
            "spent": Column(amount.mean, amount.sd / 2, amount.nulls**2),
        },
        params={"by": "customer"},
    )  # fmt: skip
    spent = groups.columns["spent"]
    found = (1 - spent.nulls) * groups.rows / max(n_groups, 1)
    return run.table(
        "enrich", "DataFrame.merge", "join", (table, groups), table.rows,
        {**table.columns, "spent": replace(spent, nulls=1 - found)},
        table.categories, {"how": "left", "on": "customer"},
    )  # fmt: skip


def _keep(
    run: Simulation,
    scope: str,
    name: str,
    table: Table,
    *,
    share: float = 1.0,
    columns: Columns | None = None,
    params: Mapping[str, str] | None = None,
) -> Table:
    """Run an operation on one table that keeps a share of its rows."""
    kinds = {"DataFrame.assign": "assignment", "DataFrame.astype": "transform"}
    return run.table(
        scope, name, kinds.get(name, "selection"), (table,), table.rows * share,
        table.columns if columns is None else columns, table.categories, params,
    )  # fmt: skip


def _split(run: Simulation, table: Table) -> tuple[Table, Table]:
    """Put a quarter of the rows aside."""
    n_test = table.rows // 4
    names = (*table.columns, *table.categories)
    first = run.ref("table", table.rows - n_test, names)
    second = replace(run.ref("table", n_test, names), id=f"{first.id}b")
    train, test = replace(table, ref=first), replace(table, ref=second)
    run.add(
        "train", "train_test_split", "split", (table.ref,), (first, second),
        {**run.profile(SPLIT, train), **run.profile(SPLIT, test, 1)},
        {"test_size": "0.25", "random_state": "0"},
    )  # fmt: skip
    return train, test


def _train(run: Simulation, nature: Nature, train: Table, test: Table) -> Operation:
    """Fit, predict, and measure."""
    model = run.ref("model")
    names = run.in_order(train.columns)
    noise = run.stream("association").standard_normal(len(names)) / math.sqrt(max(train.rows, 2))
    association = {
        f"association[{name}]": (0.0 if name in run.extra else 0.1) + error
        for name, error in zip(names, noise.tolist(), strict=True)
    }
    run.add(
        "train", "LogisticRegression.fit", "fit", (train.ref,), (model,), association,
        {"C": "1.0", "max_iter": "100"},
    )  # fmt: skip
    predicted = run.ref("array", test.rows)
    error = run.stream("prediction").normal() / math.sqrt(max(test.rows, 2))
    run.add(
        "train", "LogisticRegression.predict", "predict", (model, test.ref), (predicted,),
        {"mean[0]": 0.2 + 0.4 * error}, {},
    )  # fmt: skip
    value = nature.metric - (run.fault.metric_drop if run.fault else 0.0)
    return run.add(
        "train", "f1_score", "metric", (test.ref, predicted), (run.ref("value"),),
        {"metric_value": value}, {"average": "binary"}, metric="f1_score",
    )  # fmt: skip
