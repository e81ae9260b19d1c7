"""What can be wrong with a simulated run, and where."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lineage_stats.datasets._keys import (
    ASSIGN,
    DROPNA,
    FILTER,
    MERGE,
    METRIC,
    OPERATION_KEYS,
    PLAIN_KEYS,
    READ_ORDERS,
    REMOVABLE_KEYS,
    TABLE_KEYS,
)

if TYPE_CHECKING:
    from lineage_stats.trace import Trace

FAULT_KINDS: tuple[str, ...] = (
    "rows_lost",
    "metric_dropped",
    "mean_shifted",
    "nulls_added",
    "param_changed",
    "call_changed",
    "operation_missing",
    "operation_new",
)

# What `Fault.apply` can plant in recorded runs.
STORED_FAULT_KINDS: tuple[str, ...] = (
    *FAULT_KINDS,
    "dtype_changed",
    "category_added",
    "slowed",
)

# Below it, no healthy metric less the drop comes near 0.
MAX_METRIC_DROP = 0.7
NEW_OPERATION = "DataFrame.drop_duplicates"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a run, and where: the ground truth.

    Nothing is checked here; `make_runs`, which simulates runs, and `apply`, which plants the fault
    in a recorded one, check the fault.

    Attributes
    ----------
    kind : str
        One of `FAULT_KINDS`, for `apply` also one of the last three. ``rows_lost``: the
        operation loses rows; ``metric_dropped``: the metric is worse and nothing upstream says
        why; ``mean_shifted``: a column is multiplied; ``nulls_added``: values of a column go
        missing; ``param_changed``: the call has another parameter; ``call_changed``: the call has
        another source; ``operation_missing``: the operation does not run; ``operation_new``: one
        that never ran before follows it; ``dtype_changed``: a column has another dtype;
        ``category_added``: a column has a category that it never had; ``slowed``: the operation
        takes longer.
    operation : str
        Key of the operation at fault; for ``operation_new`` of the one that it follows.
    severity : float
        ``rows_lost``: share of rows lost, in (0, 1); ``mean_shifted``: positive factor;
        ``nulls_added``: probability that a value is lost, in (0, 1); ``category_added``: share of
        rows that get the new category, in (0, 1); ``slowed``: positive factor; no meaning for the
        others.
    metric_drop : float
        By how much the metric falls in consequence: exactly, and for no other reason. In [0, 0.7]
        for `make_runs`; for `apply` in the metric's unit, less than 0 for one that rises.
    column : str
        Column that ``mean_shifted``, ``nulls_added``, ``dtype_changed`` and ``category_added``
        change; no meaning for the others.

    Examples
    --------
    >>> from lineage_stats.datasets import Fault
    >>> Fault("rows_lost", "clean/DataFrame.merge#1", severity=0.4).target
    'clean/DataFrame.merge#1'
    >>> Fault("operation_new", "clean/DataFrame.merge#1").target
    'clean/DataFrame.drop_duplicates#1'
    """

    kind: str
    operation: str = METRIC
    severity: float = 0.5
    metric_drop: float = 0.15
    column: str = "amount"

    @property
    def target(self) -> str:
        """Key of the operation to be named: for ``operation_new`` the new one's."""
        if self.kind != "operation_new":
            return self.operation
        return f"{self.operation.rpartition('/')[0]}/{NEW_OPERATION}#1"

    def apply(self, trace: Trace, *, metric: str | None = None) -> Trace:
        """Return a recorded run with this fault planted in it.

        Parameters
        ----------
        trace : Trace
            A healthy run; it stays as it is.
        metric : str, default=None
            Metric that `metric_drop` lowers; None: the first of the run.

        Returns
        -------
        Trace
            The faulty run. Its identifier ends in the kind, and its tags say ``status=faulty`` and
            name ``fault``, ``fault_operation`` (the `target`) and ``fault_severity``.

        Raises
        ------
        UnknownOperationError
            If the run has no such operation.
        UnknownMetricError
            If the metric shall drop and the run has none of that name.
        ValueError
            If a field is not what it must be for this run.

        See Also
        --------
        possible_faults : Which faults a run can have.

        Notes
        -----
        Only features change, and no data were computed anew: what a fault does downstream follows
        from these rules. Rows: in proportion through all operations; a group of an aggregation is
        lost when all of its rows are; a left join keeps its left rows; a concatenation loses its
        part. Columns: a change is passed on under the column's own name, as long as the healthy
        run has its mean and spread nearly unchanged from input to output (so not through a
        scaler); derived columns do not change. Missing values are passed on up to ``dropna``, which
        loses the rows, or to an operation that fills them. Statistics of a column whose dtype
        changed are missing. Of a removed selection, rows downstream return. All other features,
        models and predictions among them, are those of the healthy run. Faults planted so are
        thus easier to tell from their consequences than real ones; those who want to know how a
        real fault spreads must run the pipeline with it.

        Examples
        --------
        >>> from lineage_stats.datasets import Fault, make_runs
        >>> trace = make_runs(1).traces[0]
        >>> fault = Fault("rows_lost", "clean/DataFrame.merge#1", severity=0.5, metric_drop=0.1)
        >>> faulty = fault.apply(trace)
        >>> [t.operation("train/train_test_split#1").inputs[0].rows for t in (trace, faulty)]
        [16623, 8311]
        """
        from lineage_stats.datasets._injection import inject

        return inject(self, trace, metric)


# One of each kind, at the place where it is most telling.
FAULTS: tuple[Fault, ...] = (
    Fault("rows_lost", MERGE, severity=0.4),
    Fault("metric_dropped", METRIC),
    Fault("mean_shifted", ASSIGN, severity=10.0),
    Fault("nulls_added", READ_ORDERS, severity=0.5),
    Fault("param_changed", DROPNA),
    Fault("call_changed", FILTER),
    Fault("operation_missing", DROPNA),
    Fault("operation_new", FILTER),
)

_PLACES: dict[str, tuple[str, ...]] = {
    "rows_lost": TABLE_KEYS,
    "metric_dropped": (METRIC,),
    "mean_shifted": TABLE_KEYS,
    "nulls_added": TABLE_KEYS,
    "param_changed": tuple(key for key in OPERATION_KEYS if key not in PLAIN_KEYS),
    "call_changed": OPERATION_KEYS,
    "operation_missing": REMOVABLE_KEYS,
    "operation_new": TABLE_KEYS,
}


def check_fault(fault: Fault, extra: tuple[str, ...] = ()) -> None:
    """Refuse a fault that a run with these extra operations cannot have."""
    if fault.kind not in FAULT_KINDS:
        raise wrong_fault("kind", f"one of {', '.join(FAULT_KINDS)}", fault.kind)
    of_kind = f"for the kind '{fault.kind}'"
    places = _PLACES[fault.kind]
    if fault.kind != "metric_dropped":
        places += extra
    if fault.operation not in places:
        raise wrong_fault("operation", f"one of {', '.join(places)} {of_kind}", fault.operation)
    if fault.kind in ("rows_lost", "nulls_added") and not is_within(fault.severity, 0, 1):
        raise wrong_fault("severity", f"a float in (0, 1) {of_kind}", fault.severity)
    if fault.kind == "mean_shifted" and not is_within(fault.severity, 0, math.inf):
        raise wrong_fault("severity", f"a positive float {of_kind}", fault.severity)
    if fault.metric_drop != 0 and not is_within(fault.metric_drop, 0, MAX_METRIC_DROP, last=True):
        raise wrong_fault("metric_drop", f"a float in [0, {MAX_METRIC_DROP}]", fault.metric_drop)


def wrong_fault(name: str, expected: str, got: object) -> ValueError:
    """Return the error that names a field of the fault, what it must be, and what it is."""
    return ValueError(f"The '{name}' parameter of Fault must be {expected}. Got {got!r} instead.")


def is_within(value: object, low: float, high: float, *, last: bool = False) -> bool:
    """Return whether something is a number strictly between two others, or the last of them."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return False
    return bool(low < value < high or (last and value == high))
