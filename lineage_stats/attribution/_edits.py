"""What certainly changed: code, parameters, and which operations there are."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np

from lineage_stats.attribution._baseline import MechanismBaseline
from lineage_stats.attribution._change_text import SETTINGS, change_text
from lineage_stats.attribution._compared import METRIC, compared
from lineage_stats.attribution._links import all_above
from lineage_stats.attribution._observation import Observation
from lineage_stats.attribution._scoring import CERTAIN, INERT_PARAMETERS, INERT_WEIGHT
from lineage_stats.features import Cell, category_code, parse_feature
from lineage_stats.trace import Operation

SLICE = "slice"
FUNCTION = "function"
USUALLY_PRESENT = 0.9
# Operations that are determined by their input, code and parameters, all of which are recorded.
DETERMINED_KINDS = frozenset({"fit", "predict", "metric", "split"})


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of an operation's code or parameters.

    Attributes
    ----------
    fact : str
        Name of the fact, as ``param[how]``.
    change : str
        What changed, for people.
    weight : float
        How much the change may do, from 0 (inert parameter) to 1.
    """

    fact: str
    change: str
    weight: float

    @property
    def of_text_only(self) -> bool:
        """Whether only the source of the call changed, which may be a mere rewording."""
        return self.fact in ("call", "statement", SLICE)


Edits = Mapping[str, tuple[Edit, ...]]


def find_all_edits(observation: Observation, keys: Iterable[str]) -> tuple[Edits, Edits]:
    """Return the edits of each operation, see `find_edits`, and those behind predictions.

    What a program puts in between a prediction and a metric, as the threshold that makes classes
    of probabilities, is recorded with the metric, which takes the result. It belongs to the
    prediction, although what was measured there does not show it; unless the source of the
    metric's call changed, for then it was put in there. Where the source of neither changed, the
    predictions that arrive have to be what is most unusual about the metric's arguments.
    """
    found = _innermost(observation, {key: find_edits(observation, key) for key in keys})
    found = _first_of_slices(observation, found)
    behind: dict[str, tuple[Edit, ...]] = {}
    for key, edits in tuple(found.items()):
        between = tuple(edit for edit in edits if edit.fact == SETTINGS)
        if not between or any(edit.of_text_only for edit in edits):
            continue
        maker, is_oddest = _predictor(observation, key)
        if maker in found and (is_oddest or any(e.of_text_only for e in found[maker])):
            found[key] = tuple(edit for edit in edits if edit.fact != SETTINGS)
            behind[maker] = tuple(_on_the_way(observation.operations[key], e) for e in between)
    return found, behind


def _on_the_way(metric: Operation, edit: Edit) -> Edit:
    """Say where an edit is that is behind a prediction."""
    where = f" ({metric.location})" if metric.location else ""
    return replace(edit, change=f"before {metric.name}{where}, {edit.change}")


def _innermost(observation: Observation, edits: Edits) -> Edits:
    """Leave the changed text of a call to a call on its line that feeds it and did change."""
    places: dict[str, set[str]] = {}
    for key, found in edits.items():
        if any(not edit.of_text_only and edit.weight > INERT_WEIGHT for edit in found):
            places.setdefault(observation.operations[key].location, set()).add(key)
    result = dict(edits)
    for key, found in edits.items():
        op = observation.operations[key]
        inside = places.get(op.location) if op.file and op.line else None
        if not inside or not all(edit.of_text_only for edit in found):
            continue
        if not inside.isdisjoint(all_above(observation.slots, key)):
            result[key] = tuple(edit for edit in found if edit.fact != "call")
    return result


def _first_of_slices(observation: Observation, edits: Edits) -> dict[str, tuple[Edit, ...]]:
    """Leave a change in between recorded operations to the first that depends on it.

    Which lines lie in between differs as well where an operation is new or missing: that one
    answers then, and so does an operation's own edit.
    """
    changed = {key for key, found in edits.items() if any(edit.fact == SLICE for edit in found)}
    if not changed:
        return dict(edits)
    first: set[str] = set()
    if _has_usual_steps(observation):
        alone = (key for key in changed if len(edits[key]) == 1)
        first = {k for k in alone if changed.isdisjoint(all_above(observation.slots, k))}
    return {
        key: tuple(edit for edit in found if edit.fact != SLICE or key in first)
        for key, found in edits.items()
    }


def _has_usual_steps(observation: Observation) -> bool:
    ran, known = observation.operations.keys(), observation.baseline.layout.operations
    usual = (key for key in known if observation.baseline.presence_of(key) >= USUALLY_PRESENT)
    return ran <= set(known) and ran >= set(usual)


def _predictor(observation: Observation, key: str) -> tuple[str | None, bool]:
    """Return who alone made a metric's predictions, and whether they are its oddest argument."""
    if observation.operations[key].kind != METRIC:
        return None, False
    arguments = compared(observation, key)
    oddest = max((size for _, size in arguments), default=0.0)
    predicts = {maker: size for maker, size in arguments if _is_prediction(observation, maker)}
    if len(predicts) != 1:
        return None, False
    ((maker, size),) = predicts.items()
    return maker, size >= oddest > 0


def _is_prediction(observation: Observation, maker: str | None) -> bool:
    op = None if maker is None else observation.operations.get(maker)
    return op is not None and op.kind == "predict"


def find_edits(observation: Observation, key: str) -> tuple[Edit, ...]:
    """Return what changed in an operation's code and parameters, the gravest first."""
    baseline, op = observation.baseline, observation.operations[key]
    replaced = _replaced(observation, key)
    if replaced:  # facts of another function cannot be compared
        return (Edit(FUNCTION, replaced, 1.0),)
    old = reference_facts(baseline, key)
    edits = [
        edit
        for fact in dict.fromkeys((*op.facts, *old))
        if (edit := _compare(baseline, key, fact, old.get(fact), op.facts.get(fact)))
        and not observation.was(_has_fact, key, fact, op.facts.get(fact))
    ]
    moved = _moved(observation, key)
    if moved:
        edits.append(Edit("parents", moved, 1.0))
    return tuple(sorted(edits, key=lambda e: (e.of_text_only, e.fact == "statement", -e.weight)))


def _replaced(observation: Observation, key: str) -> str:
    """Say which function was called in place of which; a method of another class is none."""
    old = observation.baseline.reference_operations.get(key)
    name = observation.operations[key].name
    if old is None or old.name.rpartition(".")[2] == name.rpartition(".")[2]:
        return ""
    return "" if observation.was(_is_named, key, name) else f"{old.name} -> {name}"


def _is_named(observation: Observation, key: str, name: str) -> bool:
    op = observation.operations.get(key)
    return op is not None and op.name == name


def _has_fact(observation: Observation, key: str, fact: str, value: str | None) -> bool:
    op = observation.operations.get(key)
    return op is not None and op.facts.get(fact) == value


def reference_facts(baseline: MechanismBaseline, key: str) -> Mapping[str, str]:
    """Return the facts of an operation in the reference run; empty where it has none."""
    return baseline.reference_operations[key].facts if key in baseline.reference_operations else {}


def _compare(
    baseline: MechanismBaseline, key: str, fact: str, old: str | None, new: str | None
) -> Edit | None:
    name = parse_feature(fact)
    if name.statistic not in ("param", "call", "code", "statement", SLICE):
        return None
    if name.statistic != "param" and (old is None or new is None):
        return None  # the source was not at hand in one of the runs
    surprise = novelty(baseline, Cell(key, fact), new)
    if surprise < CERTAIN:
        return None
    if name.statistic != "param":
        what = "a line in between that it depends on" if fact == SLICE else fact
        return Edit(fact, f"{what} changed", 1.0)
    inert = (name.column or "").rpartition("__")[2] in INERT_PARAMETERS  # "step__verbose"
    weight = INERT_WEIGHT if inert else _step(old, new)
    return Edit(fact, change_text(fact, old, new), weight)


def novelty(baseline: MechanismBaseline, cell: Cell, value: str | None) -> float:
    """Return how surprising a category is after those of the healthy runs.

    A change of what never changed counts as certain. Else the chance of a value not seen before
    is the share of values that were seen once (Good 1953), and its normal quantile the surprise.
    """
    j = baseline.column.get(cell)
    if j is None:
        return 0.0 if baseline.reference_operations.get(cell.operation) is None else CERTAIN
    column = baseline.matrix.values[:, j]
    seen = np.isnan(column) if value is None else column == category_code(value)
    if seen.any():
        return 0.0
    counts = Counter(["absent" if math.isnan(v) else v for v in column.tolist()])
    if len(counts) == 1:
        return CERTAIN
    once = sum(1 for n in counts.values() if n == 1)
    chance = max(once / len(column), 1 / (len(column) + 1))
    return max(0.0, -NormalDist().inv_cdf(min(chance, 0.999)))


def is_determined(op: Operation) -> bool:
    """Return whether the recorded input, code and parameters determine what `op` did."""
    recorded = any(parse_feature(f).statistic in ("param", "code", "call") for f in op.facts)
    if not recorded:
        return False
    if op.kind in DETERMINED_KINDS:
        return True
    # Estimators that transform; methods of tables depend on more than their text says.
    tables = ("DataFrame", "Series", "Index", "GroupBy")
    owner = op.name.partition(".")[0]
    return op.kind == "transform" and op.name.endswith("transform") and not owner.startswith(tables)


def _moved(observation: Observation, key: str) -> str:
    """Say where the input came from, if from another operation that healthy runs had as well."""
    healthy = observation.baseline.slots.get(key)
    now = observation.slots.get(key, ())
    if healthy is None or now == healthy or observation.was(lambda run: run.slots.get(key) == now):
        return ""
    known, present = observation.baseline.reference_operations, observation.operations
    gone = [p for p in healthy if p is not None and p not in now]
    come = [p for p in now if p is not None and p not in healthy]
    if any(p[0] not in present for p in gone) or any(p[0] not in known for p in come):
        return ""  # a step was removed or inserted: that step answers for it
    if not gone and not come:
        return ""
    shown = ", ".join(p[0] for p in come) or "nothing known"
    return f"input from {shown}"


def _step(old: str | None, new: str | None) -> float:
    """How large the change of a numeric parameter is: a factor of ten counts fully."""
    try:
        a, b = float(old or ""), float(new or "")
    except ValueError:
        return 1.0
    if a == 0 or b == 0 or (a < 0) != (b < 0):
        return 1.0
    return float(min(1.0, max(0.2, abs(math.log10(abs(b / a))))))
