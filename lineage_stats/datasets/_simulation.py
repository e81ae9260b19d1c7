"""Simulates one run, operation by operation; a fault is passed on with the tables."""

from __future__ import annotations

import hashlib
import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lineage_stats.datasets._fault import NEW_OPERATION, Fault, wrong_fault
from lineage_stats.trace import DataRef, Operation

SAMPLE_ROWS = 1000
# Where the quantiles of a normal distribution lie, in standard deviations.
QUANTILES = {"min": -3.2, "q25": -0.67, "q50": 0.0, "q75": 0.67}


@dataclass(frozen=True, slots=True)
class Column:
    """True moments of a numeric column, and the probability that a value is missing."""

    mean: float
    sd: float
    nulls: float = 0.0


Columns = Mapping[str, Column]


@dataclass(frozen=True, slots=True)
class Table:
    """What flows along an edge: the reference, and the truth that features are measured on."""

    ref: DataRef
    columns: Columns
    categories: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        return self.ref.rows or 0


class Simulation:
    """One run under way.

    Chance comes from one stream for each purpose, named by it. A fault therefore changes nothing
    but what it says: every other draw is that of the same run without the fault.
    """

    def __init__(self, entropy: tuple[int, int], fault: Fault | None, extra: Sequence[str]):
        self.entropy = entropy
        self.fault = fault
        self.extra = {name: k for k, name in enumerate(extra)}
        self.clock = 0
        self.operations: list[Operation] = []
        self.schemas: dict[str, tuple[tuple[str, str], ...]] = {}
        self._counts: dict[tuple[str, str], int] = {}

    def stream(self, *purpose: str) -> np.random.Generator:
        """Return the stream of random numbers for that purpose in that run."""
        return np.random.default_rng([*self.entropy, zlib.crc32("\0".join(purpose).encode())])

    def is_faulty(self, kind: str, key: str) -> bool:
        """Return whether a fault of that kind sits at that operation."""
        return self.fault is not None and (self.fault.kind, self.fault.operation) == (kind, key)

    def next_key(self, scope: str, name: str) -> str:
        """Return the key that the next such call will have."""
        return f"{scope}/{name}#{self._counts.get((scope, name), 0) + 1}"

    def in_order(self, columns: Columns) -> list[str]:
        """Return the columns with the extra ones last, so that those change no other's draws."""
        return sorted(columns, key=lambda name: self.extra.get(name, -1))

    def ref(self, kind: str, rows: int | None = None, columns: tuple[str, ...] = ()) -> DataRef:
        """Return a reference to new data."""
        schema = None
        if columns:
            schema = hashlib.blake2b("\0".join(columns).encode(), digest_size=8).hexdigest()
            self.schemas[schema] = tuple(
                (c, "object" if c == "country" else "float64") for c in columns
            )
        n = sum(len(op.outputs) for op in self.operations) + 1
        return DataRef(f"d{n}", kind, rows, len(columns) or None, schema)

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
        """Record an operation, and let time pass."""
        key = self.next_key(scope, name)
        occurrence = self._counts[scope, name] = self._counts.get((scope, name), 0) + 1
        rng = self.stream(key, "time")
        duration = int(1e6 * rng.lognormal(1.0, 0.25))
        op = Operation(
            key=key, name=name, kind=kind, scope=scope, occurrence=occurrence, inputs=inputs,
            outputs=outputs, features=dict(features), facts=self._facts(key, name, params),
            start_ns=self.clock, duration_ns=duration, file="churn.py",
            line=10 + 3 * len(self.operations), metric=metric,
        )  # fmt: skip
        self.operations.append(op)
        self.clock += duration + int(rng.integers(10_000, 1_000_000))
        return op

    def table(
        self,
        scope: str,
        name: str,
        kind: str,
        inputs: tuple[Table, ...],
        rows: float,
        columns: Columns,
        categories: tuple[str, ...] = (),
        params: Mapping[str, str] | None = None,
    ) -> Table:
        """Run an operation that makes a table, with what the fault does to it."""
        key = self.next_key(scope, name)
        if self.is_faulty("operation_missing", key):
            return inputs[0]
        if self.fault is not None and self.is_faulty("rows_lost", key):
            rows *= 1 - self.fault.severity
        columns = self._with_fault(key, columns)
        ref = self.ref("table", int(rows), (*columns, *categories))
        made = Table(ref, columns, categories)
        refs = tuple(table.ref for table in inputs)
        self.add(scope, name, kind, refs, (ref,), self.profile(key, made), params or {})
        if self.is_faulty("operation_new", key):
            return self.table(
                scope, NEW_OPERATION, "selection", (made,), int(rows), columns, categories
            )
        return made

    def profile(self, key: str, table: Table, port: int = 0) -> dict[str, float]:
        """Return the features of a table as measured on a sample of its rows."""
        at = f"@{port}" if port else ""
        rng = self.stream(key, "profile", at)
        n = max(min(table.rows, SAMPLE_ROWS), 2)
        out: dict[str, float] = {}
        for name in table.categories:
            out[f"distinct[{name}]{at}"] = 7.0
            out[f"top_share[{name}]{at}"] = rng.binomial(n, 0.4) / n
        names = self.in_order(table.columns)
        noise = rng.standard_normal((len(names), 3)).tolist()
        nulls = 0.0
        for name, (of_mean, of_sd, of_max) in zip(names, noise, strict=True):
            column = table.columns[name]
            m = max(n * (1 - column.nulls), 2)
            mean = column.mean + column.sd * of_mean / math.sqrt(m)
            sd = column.sd * (1 + of_sd / math.sqrt(2 * m))
            out[f"mean[{name}]{at}"] = mean
            out[f"sd[{name}]{at}"] = sd
            for quantile, z in QUANTILES.items():
                out[f"{quantile}[{name}]{at}"] = mean + z * sd
            out[f"max[{name}]{at}"] = mean + (3.2 + 0.3 * abs(of_max)) * sd
            missing = self._share(n, column.nulls, key, "nulls", name, at)
            out[f"nulls[{name}]{at}"] = missing
            nulls += missing
        out[f"null_share{at}"] = nulls / (len(names) + len(table.categories))
        return out

    def _share(self, n: int, probability: float, *purpose: str) -> float:
        """Return a binomial share of `n`; without a draw where there is no chance."""
        return self.stream(*purpose).binomial(n, probability) / n if probability else 0.0

    def _facts(self, key: str, name: str, params: Mapping[str, str]) -> dict[str, str]:
        param_changed = self.is_faulty("param_changed", key)
        edited = "-changed" if param_changed or self.is_faulty("call_changed", key) else ""
        facts = {
            "call": f"call-{key}{edited}", "statement": f"stmt-{key}{edited}", "code": f"{name}-1.0"
        }  # fmt: skip
        facts |= {f"param[{k}]": v for k, v in params.items()}
        if param_changed:
            facts[f"param[{next(iter(params))}]"] = "something else"
        return facts

    def _with_fault(self, key: str, columns: Columns) -> Columns:
        """Return the columns with what a fault at this operation makes of one of them."""
        shifted, nulls = self.is_faulty("mean_shifted", key), self.is_faulty("nulls_added", key)
        fault = self.fault
        if fault is None or not (shifted or nulls):
            return columns
        if fault.column not in tuple(columns):
            expected = f"a numeric column that {key} makes, one of {', '.join(columns)}"
            raise wrong_fault("column", expected, fault.column)
        old = columns[fault.column]
        if shifted:
            new = replace(old, mean=old.mean * fault.severity, sd=old.sd * fault.severity)
        else:
            new = replace(old, nulls=1 - (1 - old.nulls) * (1 - fault.severity))
        return {**columns, fault.column: new}
