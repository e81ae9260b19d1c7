"""What can be wrong with a simulated run, and where."""

from __future__ import annotations

import math
from dataclasses import dataclass

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

# Below it, no healthy metric less the drop comes near 0.
MAX_METRIC_DROP = 0.7
NEW_OPERATION = "DataFrame.drop_duplicates"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a simulated run, and where: the ground truth.

    Nothing is checked here; the function that simulates the run checks the fault.

    Attributes
    ----------
    kind : str
        One of `FAULT_KINDS`. ``rows_lost``: the operation loses rows; ``metric_dropped``: the
        metric is worse and nothing upstream says why; ``mean_shifted``: a column is multiplied;
        ``nulls_added``: values of a column go missing; ``param_changed``: the call has another
        parameter; ``call_changed``: the call has another source; ``operation_missing``: the
        operation does not run; ``operation_new``: one that never ran before follows it.
    operation : str
        Key of the operation at fault; for ``operation_new`` of the one that it follows.
    severity : float
        ``rows_lost``: share of rows lost, in (0, 1); ``mean_shifted``: positive factor;
        ``nulls_added``: probability that a value is lost, in (0, 1); no meaning for the others.
    metric_drop : float
        By how much the metric falls in consequence, in [0, 0.7]: exactly, and for no other
        reason.
    column : str
        Column that ``mean_shifted`` and ``nulls_added`` change; no meaning for the others.

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
    if fault.kind in ("rows_lost", "nulls_added") and not _is_within(fault.severity, 0, 1):
        raise wrong_fault("severity", f"a float in (0, 1) {of_kind}", fault.severity)
    if fault.kind == "mean_shifted" and not _is_within(fault.severity, 0, math.inf):
        raise wrong_fault("severity", f"a positive float {of_kind}", fault.severity)
    if fault.metric_drop != 0 and not _is_within(fault.metric_drop, 0, MAX_METRIC_DROP, last=True):
        raise wrong_fault("metric_drop", f"a float in [0, {MAX_METRIC_DROP}]", fault.metric_drop)


def wrong_fault(name: str, expected: str, got: object) -> ValueError:
    """Return the error that names a field of the fault, what it must be, and what it is."""
    return ValueError(f"The '{name}' parameter of Fault must be {expected}. Got {got!r} instead.")


def _is_within(value: object, low: float, high: float, *, last: bool = False) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return False
    return bool(low < value < high or (last and value == high))
