"""Operations that are new or missing, and columns that are."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from lineage_stats.attribution._evidence import Evidence
from lineage_stats.attribution._observation import Observation, is_measured
from lineage_stats.attribution._paths import Paths
from lineage_stats.attribution._scoring import (
    CERTAIN,
    HARMLESS_CHANGE,
    VANISHED_WEIGHT,
    strength,
)
from lineage_stats.attribution._traced import learned_from
from lineage_stats.attribution._transmission import group_label
from lineage_stats.features import FeatureName
from lineage_stats.trace import Operation

# Steps that leave out rows, and hand the others on as they are, in the same order.
_LEAVES_OUT = frozenset({"drop_duplicates", "dropDuplicates", "dropna", "filter", "query", "where"})
# Steps that hand on every row as it is, in another order or under another label.
_REORDERS = frozenset({"reset_index", "sort_index", "sort_values"})
_BY_ORDER = frozenset(
    """asof at bfill cross_val_predict cross_val_score cross_validate cumcount cummax cummin cumprod
    cumsum diff duplicated ewm expanding ffill first head iat iloc interpolate last learning_curve
    loc merge_asof merge_ordered ngroup nth partial_fit pct_change permutation_test_score reindex
    rolling sample shift split tail take truncate validation_curve""".split()
)
_WINDOWS = ("Expanding", "ExponentialMovingWindow", "Rolling", "Window")
_DATA = frozenset({"table", "column", "array"})
VANISHED = float(strength(CERTAIN)) * VANISHED_WEIGHT


def hands_all_on(observation: Observation, key: str) -> bool:
    """Whether a step that leaves out rows left out none, as far as counts and profiles tell."""
    op = observation.operations[key]
    if not _leaves_out(op) or not op.inputs or len(op.outputs) != 1:
        return False
    given, made = op.inputs[0], op.outputs[0]
    return (
        given.rows is not None
        and (given.rows, given.n_columns) == (made.rows, made.n_columns)
        and not any(change > 0 for _, change in _changes(observation, key))
    )


def moves_rows_together(observation: Observation, key: str, upstream: Collection[str]) -> bool:
    """Whether a step only moved rows, and nothing later tells by what order or labels they have.

    Rows are torn apart where what was moved is put beside what was not, but by a key; and what
    goes by the order of rows gives something else.

    Parameters
    ----------
    observation : Observation
        The run.
    key : str
        The step.
    upstream : collection of str
        The operations that matter.
    """
    if _method(observation.operations[key]) not in _REORDERS:
        return False
    if not _is_of_one_size(observation.operations[key]):
        return False
    moved = {key}
    for reader in (k for k in observation.slots if k in upstream and k != key):
        op = observation.operations[reader]
        makers = [
            None if producer is None else producer[0]
            for ref, producer in zip(op.inputs, observation.slots[reader], strict=False)
            if ref.kind in _DATA
        ]
        if moved.isdisjoint(makers):
            continue
        if _goes_by_order(op) or not (_joins_by_columns(op) or moved.issuperset(makers)):
            return False
        moved.add(reader)
    return True


def _goes_by_order(op: Operation) -> bool:
    """Whether what an operation makes may depend on the order of rows, or on their labels."""
    method, facts = _method(op), op.facts
    if op.name.startswith(_WINDOWS) or any(text.startswith("function") for text in facts.values()):
        return True  # nobody knows what a function of the program looks at
    if method == "drop_duplicates":
        return "param[subset]" in facts
    if method == "fillna":
        return "param[method]" in facts
    if method == "train_test_split":
        return facts.get("param[shuffle]") == "False"
    return method in _BY_ORDER


def _joins_by_columns(op: Operation) -> bool:
    """Whether rows of tables are put together by what stands in them, and not by their labels."""
    by_labels = (op.facts.get(f"param[{side}_index]") for side in ("left", "right"))
    return op.kind == "join" and _method(op) == "merge" and "True" not in by_labels


def _method(op: Operation) -> str:
    """Return the name of a function or method, ``iloc`` of ``DataFrame.iloc[]``."""
    return op.name.rpartition(".")[2].partition("[")[0]


def _is_of_one_size(op: Operation) -> bool:
    """Whether an operation made as many rows and columns as it got."""
    if len(op.inputs) != 1 or len(op.outputs) != 1 or "calls" in op.features:
        return False
    given, made = op.inputs[0], op.outputs[0]
    same = (given.rows, given.n_columns) == (made.rows, made.n_columns)
    return given.rows is not None and same


def _leaves_out(op: Operation) -> bool:
    """Whether an operation is known to do nothing but to leave out rows, and was called once."""
    owner, _, method = op.name.rpartition(".")
    if op.kind != "selection" or owner.endswith("GroupBy") or "calls" in op.features:
        return False
    if op.facts.get("param[ignore_index]") == "True":
        return False  # by their new labels rows may be matched to others
    by_mask = op.name.endswith("[mask]")
    by_function = op.facts.get("param[key]", "").startswith("function")  # may give a frame
    return method in _LEAVES_OUT or (by_mask and not by_function)


def vanished_columns(observation: Observation, key: str, weight: float) -> list[Evidence]:
    """Return evidence of columns that an operation no longer hands on, though it received them.

    It is the stronger, the more of what models learned of a target they had learned of these.
    """
    lost = sorted(
        column
        for port in range(len(observation.operations[key].outputs))
        for column in _lost(observation, key, port)
        if not _did_not_arrive(observation, key, column)
    )
    return [_vanished(observation, lost, weight)] if lost and weight > 0 else []


def retyped_columns(observation: Observation, key: str, weight: float) -> list[Evidence]:
    """Return evidence of columns that hold values of another type, and arrived as they should."""
    layout, i = observation.baseline.layout, observation.baseline.layout.operations.index(key)
    late = np.flatnonzero(observation.entry_missing & (layout.entry_operation == i))
    arrived_so = {layout.names[layout.entry_cell[e]].column for e in late}
    mine = np.flatnonzero(observation.retyped & (layout.cell_operation == i))
    columns = sorted({str(layout.names[j].column) for j in mine} - arrived_so)
    if not columns or weight <= 0:
        return []
    text = f"values of another type: {_listed(columns)}"
    return [Evidence(f"schema[{columns[0]}]", None, None, None, None, VANISHED * weight, text)]


def _listed(columns: list[str]) -> str:
    return ", ".join(columns[:3]) + (" ..." if len(columns) > 3 else "")


def _vanished(observation: Observation, lost: list[str], weight: float) -> Evidence:
    size = weight * max(VANISHED, learned_from(observation, lost))
    text = f"column missing: {_listed(lost)}"
    return Evidence(f"schema[{lost[0]}]", None, None, None, None, size, text)


def _lost(observation: Observation, key: str, port: int) -> set[str]:
    op = observation.operations[key]
    if not is_measured(op) or op.outputs[port].rows == 0:
        return set()  # the columns may well be there
    always = observation.baseline.healthy_columns.get((key, port), frozenset())
    now = observation.columns[key].get(port, set())
    if len(always) == 1 and len(now) == 1:
        return set()  # a single column of another name
    lost = set(always - now)
    if observation.before:
        had = (run.columns.get(key, {}).get(port, set()) for run in observation.earlier)
        lost &= set().union(*had)
    return lost


def _did_not_arrive(observation: Observation, key: str, column: str) -> bool:
    """Whether a slot that held a column in healthy runs holds it no more."""
    healthy = observation.baseline.slots.get(key, ())
    now = observation.slots[key]
    for slot, producer in enumerate(healthy):
        had = column in observation.baseline.healthy_columns.get(producer, frozenset())
        if had and column not in observation.received_columns(key, slot, now):
            return True
    return False


def idle_operation(observation: Observation, key: str) -> Evidence:
    """Return what is told of an operation that healthy runs do not have, and that did nothing."""
    what = "leaves out nothing" if hands_all_on(observation, key) else "only moves rows"
    return Evidence("present", 1.0, 0.0, 0.0, 0.0, 0.0, f"new operation, {what}")


def new_operation(observation: Observation, paths: Paths, key: str) -> Evidence:
    """Suspect an operation that healthy runs do not have by what it changed."""
    lost = _lost_behind(observation, key)
    if lost:
        return _vanished(observation, lost, 1.0)
    limit = _received_behind(observation, key)
    size, feature = HARMLESS_CHANGE, ""
    for name, change in _changes(observation, key):
        arrived = paths.arrival((key, name.port, group_label(name)))
        found = float(strength(min(change, limit))) * arrived
        if found > size:
            size, feature = found, str(name)
    change_text = f"new operation, changes {feature}" if feature else "new operation"
    return Evidence("present", 1.0, 0.0, 0.0, 0.0, size, change_text)


def _changes(observation: Observation, key: str) -> list[tuple[FeatureName, float]]:
    """Differences between output and input of one name, in usual scales."""
    received: dict[tuple[str, str | None], float] = {}
    for producer in observation.slots[key]:
        for name, value in observation.outputs.get(producer, {}).items():
            received.setdefault((name.statistic, name.column), value)
    scale = observation.baseline.usual_scale
    found = []
    for port in range(len(observation.operations[key].outputs)):
        for name, value in observation.outputs.get((key, port), {}).items():
            label = (name.statistic, name.column)
            if label in received and label in scale:
                found.append((name, abs(value - received[label]) / scale[label]))
    return found


def _received_behind(observation: Observation, key: str) -> float:
    """Largest anomaly of what known operations receive from a new one, directly or through others.

    What one new step does another one may undo.
    """
    layout = observation.baseline.layout
    made, largest, known = {key}, 0.0, False
    for reader, producers in observation.slots.items():
        if not any(p is not None and p[0] in made for p in producers):
            continue
        if reader not in layout.operations:
            made.add(reader)
            continue
        mine = layout.entry_operation == layout.operations.index(reader)
        known = known or bool(mine.any())
        largest = max(largest, float(observation.entry_anomaly[mine].max(initial=0.0)))
    return largest if known else float("inf")


def _lost_behind(observation: Observation, key: str) -> list[str]:
    """Columns that a new operation on tables received and that its readers lack."""
    layout = observation.baseline.layout
    if all((ref.n_columns or 0) < 2 for ref in observation.operations[key].outputs):
        return []
    received = {
        column
        for slot in range(len(observation.slots[key]))
        for column in observation.received_columns(key, slot, observation.slots[key])
    }
    lost: set[str] = set()
    for i, reader in enumerate(layout.operations):
        for slot, producer in enumerate(observation.slots.get(reader, ())):
            if producer is None or producer[0] != key:
                continue
            now = observation.received_columns(reader, slot, observation.slots[reader])
            for e in np.flatnonzero(observation.entry_missing & (layout.entry_operation == i)):
                column = layout.names[layout.entry_cell[e]].column
                if layout.entry_slot[e] == slot and column in received and column not in now:
                    lost.add(str(column))
    return sorted(lost)


def missing_operation(observation: Observation, paths: Paths, key: str) -> Evidence:
    """Suspect an operation that only healthy runs have by what its readers receive instead."""
    baseline = observation.baseline
    layout = baseline.layout
    size = HARMLESS_CHANGE
    for i, reader in enumerate(layout.operations):
        if reader not in observation.operations:
            continue
        for e in np.flatnonzero((layout.entry_operation == i) & (observation.entry_anomaly > 1)):
            cell = layout.entry_cell[e]
            if layout.cells[cell].operation == key:
                label = group_label(layout.names[cell])
                arrived = paths.arrival_through(reader, label)
                size = max(size, float(strength(observation.entry_anomaly[e])) * arrived)
    return Evidence("present", 0.0, 1.0, 1.0, 1.0, size, "operation missing")
