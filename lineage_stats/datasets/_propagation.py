"""Passes what a fault does to a table on to everything downstream of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from lineage_stats.features import FeatureName, schema_digest
from lineage_stats.trace import DataRef, Operation, Trace

Columns = tuple[tuple[str, str], ...]

LEVELS = ("mean", "min", "q25", "q50", "q75", "max")
NUMERIC = (*LEVELS, "sd")
FILLS = ("fillna", "ffill", "bfill", "interpolate", "Imputer")


@dataclass(frozen=True, slots=True)
class Effect:
    """What is different in a table: the share of rows that is left, and one column.

    Attributes
    ----------
    rows : float
        Factor of the number of rows.
    column : str or None
        The column that is changed, if one is.
    factor : float
        Factor of its values.
    nulls : float
        Probability that a value of it went missing.
    dtype : str or None
        Its new dtype.
    new_share : float
        Share of rows in which it holds a new category.
    """

    rows: float = 1.0
    column: str | None = None
    factor: float = 1.0
    nulls: float = 0.0
    dtype: str | None = None
    new_share: float = 0.0


NONE = Effect()


@dataclass
class Propagation:
    """One trace under way to a faulty one."""

    trace: Trace
    effects: dict[str, Effect] = field(default_factory=dict)
    schemas: dict[str, Columns] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._maker: dict[str, tuple[Operation, int]] = {}
        for op in self.trace:
            self._maker |= {ref.id: (op, port) for port, ref in enumerate(op.outputs)}

    def through(self, op: Operation) -> Operation:
        """Return an operation as it is with changed inputs; its outputs take their effects."""
        at = next((i for i, ref in enumerate(op.inputs) if self._of(ref) != NONE), None)
        if at is not None:
            for port, ref in enumerate(op.outputs):
                self.effects[ref.id] = self._passed_on(op, at, port, ref)
        return self.changed(op)

    def changed(self, op: Operation) -> Operation:
        """Return an operation with the effects that its inputs and outputs have by now."""
        features = dict(op.features)
        for port, ref in enumerate(op.inputs):
            _scale(features, FeatureName("rows_in", None, port), self._of(ref).rows)
        for port, ref in enumerate(op.outputs):
            self._rewrite(features, port, ref)
        return replace(
            op,
            inputs=tuple(self.ref(ref) for ref in op.inputs),
            outputs=tuple(self.ref(ref) for ref in op.outputs),
            features=features,
        )

    def ref(self, ref: DataRef) -> DataRef:
        """Return a reference with its effect."""
        effect = self._of(ref)
        rows = ref.rows if ref.rows is None else int(ref.rows * effect.rows)
        columns = self.trace.columns(ref)
        if effect.dtype is None or effect.column not in dict(columns):
            return replace(ref, rows=rows)
        new = tuple((c, effect.dtype if c == effect.column else dtype) for c, dtype in columns)
        digest = schema_digest(new)
        self.schemas[digest] = new
        return replace(ref, rows=rows, schema=digest)

    def _of(self, ref: DataRef) -> Effect:
        return self.effects.get(ref.id, NONE)

    def _passed_on(self, op: Operation, at: int, port: int, out: DataRef) -> Effect:
        source = op.inputs[at]
        effect = self._of(source)
        rows = self._rows_left(op, at, out)
        column = effect.column
        if column is None or not self._carries(op, port, out, source, column):
            # A left join that finds no partner leaves gaps.
            return Effect(rows=rows)
        nulls = effect.nulls
        if nulls and op.name.rpartition(".")[2] == "dropna":
            rows, nulls = rows * (1 - nulls), 0.0
        if any(fill in op.name for fill in FILLS):
            nulls = 0.0
        return replace(effect, rows=rows, nulls=nulls)

    def _rows_left(self, op: Operation, at: int, out: DataRef) -> float:
        left = self._of(op.inputs[at]).rows
        if op.kind == "join" and at > 0 and op.facts.get("param[how]") == "left":
            return 1.0
        if op.kind == "concatenation":
            sizes = [(ref.rows or 0, self._of(ref).rows) for ref in op.inputs]
            whole = sum(n for n, _ in sizes)
            return sum(n * kept for n, kept in sizes) / whole if whole else left
        before = op.inputs[at].rows
        if op.kind == "aggregation" and before and out.rows:
            # A group is gone when all of its rows are.
            return float(1 - (1 - min(left, 1.0)) ** (before / out.rows))
        return left

    def _carries(
        self, op: Operation, port: int, out: DataRef, source: DataRef, column: str
    ) -> bool:
        """Return whether an output has the column of the input, with the values it had."""
        names = dict(self.trace.columns(out))
        here = _statistics(op.features, column, port)
        if column not in names and not here:
            return False
        maker = self._maker.get(source.id)
        before = _statistics(maker[0].features, column, maker[1]) if maker else {}
        if "mean" not in here or "mean" not in before:
            return True
        # A scaled column has another mean and spread; it does not show the shift.
        sd, old = here.get("sd", 0.0), before.get("sd", 0.0)
        alike = max(sd, old) <= 2 * min(sd, old)
        return alike and abs(here["mean"] - before["mean"]) <= 0.5 * max(sd, old)

    def _rewrite(self, features: dict[str, float], port: int, ref: DataRef) -> None:
        """Change the features of one output."""
        effect = self._of(ref)
        _scale(features, FeatureName("rows_out", None, port), effect.rows)
        if effect.column is None:
            return
        names = {s: str(FeatureName(s, effect.column, port)) for s in (*NUMERIC, "nulls")}
        for statistic in NUMERIC:
            if names[statistic] in features:
                features[names[statistic]] *= effect.factor
                if effect.dtype is not None:
                    del features[names[statistic]]
        if effect.nulls and names["nulls"] in features:
            old = features[names["nulls"]]
            features[names["nulls"]] = 1 - (1 - old) * (1 - effect.nulls)
            whole = str(FeatureName("null_share", None, port))
            if whole in features and ref.n_columns:
                features[whole] += (features[names["nulls"]] - old) / ref.n_columns
        if effect.new_share:
            _add(features, FeatureName("distinct", effect.column, port), 1)
            _scale(features, FeatureName("top_share", effect.column, port), 1 - effect.new_share)


def _statistics(features: Mapping[str, float], column: str, port: int) -> dict[str, float]:
    names = {s: str(FeatureName(s, column, port)) for s in (*NUMERIC, "nulls", "distinct")}
    return {s: features[name] for s, name in names.items() if name in features}


def _scale(features: dict[str, float], name: FeatureName, factor: float) -> None:
    if str(name) in features and factor != 1:
        value = features[str(name)] * factor
        features[str(name)] = float(math.floor(value)) if "rows" in name.statistic else value


def _add(features: dict[str, float], name: FeatureName, n: int) -> None:
    if str(name) in features:
        features[str(name)] += n
