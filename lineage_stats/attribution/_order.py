"""Columns that a model gets in another order than it was fitted with.

An array has no names: nothing fails, the profile of every column stays as it is, and the model
takes one column for another. Told of estimators of scikit-learn itself, which refuse tables whose
columns are in another order; a pipeline, or a class of the program, may choose columns by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lineage_stats.attribution._evidence import Evidence, Suspicion, suspicion_of
from lineage_stats.attribution._inspector import Inspector
from lineage_stats.attribution._links import all_above
from lineage_stats.trace import DataRef, Operation, Trace

Names = tuple[str, ...]


@dataclass(frozen=True)
class Misorder:
    """A prediction whose columns are not in the order of the fit."""

    predict: str
    fit: str
    column: str
    place: int
    expected: int

    @property
    def change(self) -> str:
        """What changed, for people."""
        return (
            f"{self.predict} gets '{self.column}' as column {self.place}, "
            f"{self.fit} had it as column {self.expected}"
        )


def charge_order(inspector: Inspector, suspicions: dict[str, Suspicion]) -> dict[str, Suspicion]:
    """Charge columns in a wrong order to those who put them there.

    Edited operations that turned the columns of a table round on the way to the fit or to the
    prediction, not to both; without any, the first operation that did.
    """
    result = dict(suspicions)
    for wrong in find_misorders(inspector):
        item = Evidence(
            "order", float(wrong.place), float(wrong.expected), None, None, 1.0, wrong.change
        )
        for key in _answerable(inspector, wrong):
            if key in result:
                result[key] = suspicion_of((*result[key].evidence, item))
    return result


def find_misorders(inspector: Inspector) -> Iterator[Misorder]:
    """Yield the predictions whose columns are in another order than at the fit, as never before."""
    observation, baseline = inspector.observation, inspector.baseline
    for key in inspector.upstream:
        if not _goes_by_place(observation.operations[key]):
            continue
        fit = _fit_of(inspector, key)
        if fit is None or _turned(
            _given(baseline.reference, baseline.reference_operations.get(fit)),
            _given(baseline.reference, baseline.reference_operations.get(key)),
        ):
            continue
        wanted = _given(observation.trace, observation.operations[fit])
        got = _given(observation.trace, observation.operations[key])
        if _turned(wanted, got):
            place = next(i for i, name in enumerate(got) if name != wanted[i])
            yield Misorder(key, fit, got[place], place, wanted.index(got[place]))


def _goes_by_place(operation: Operation) -> bool:
    """Whether an operation is a prediction that cannot have chosen its columns by name."""
    plain = operation.kind == "predict" and not operation.steps
    return plain and operation.facts.get("code", "").startswith("sklearn ")


def _fit_of(inspector: Inspector, predict: str) -> str | None:
    """Return the operation that fitted the model of a prediction."""
    operations = inspector.observation.operations
    made = (slot[0] for slot in inspector.observation.slots[predict] if slot is not None)
    return next((key for key in made if operations[key].kind == "fit"), None)


def _answerable(inspector: Inspector, wrong: Misorder) -> Sequence[str]:
    ways = [_way(inspector, key) for key in (wrong.fit, wrong.predict)]
    apart = ways[0] ^ ways[1]
    turning = [key for key in inspector.upstream if key in apart and _turns(inspector, key)]
    edited = [key for key in turning if inspector.is_new(key) or inspector.edits.get(key)]
    return edited or turning[:1]


def _way(inspector: Inspector, key: str) -> frozenset[str]:
    """Return the operations that the data came through which an operation was given."""
    observation = inspector.observation
    inputs = zip(observation.operations[key].inputs, observation.slots[key], strict=False)
    producer = next((slot for ref, slot in inputs if ref.kind != "model"), None)
    if producer is None:
        return frozenset()
    return frozenset({producer[0], *all_above(observation.slots, producer[0])})


def _turns(inspector: Inspector, key: str) -> bool:
    """Whether the columns of what an operation made are in another order than they used to be.

    Those of a new one: than in what it was given.
    """
    baseline, trace = inspector.baseline, inspector.observation.trace
    now = inspector.observation.operations[key]
    before = baseline.reference_operations.get(key)
    if before is None:
        return any(
            _turned(_names(trace, given), _names(trace, made))
            for given in now.inputs
            for made in now.outputs
        )
    return any(
        _turned(_names(baseline.reference, old), _names(trace, made))
        for old, made in zip(before.outputs, now.outputs, strict=False)
    )


def _given(trace: Trace, operation: Operation | None) -> Names:
    """Return the columns of the data that a model was given."""
    refs = () if operation is None else operation.inputs
    data = next((ref for ref in refs if ref.kind != "model"), None)
    return () if data is None else _names(trace, data)


def _names(trace: Trace, ref: DataRef) -> Names:
    return tuple(name for name, _ in trace.columns(ref))


def _turned(before: Names, after: Names) -> bool:
    """Whether the same columns are there in another order."""
    return before != after and sorted(before) == sorted(after)
