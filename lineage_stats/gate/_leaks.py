"""Models that learned from rows on which they are tested.

Rows are followed through operations that keep their identity: selections, projections,
assignments, transformations, the left side of a join. Where two ways lead through different parts
of one split, they hold different rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from lineage_stats.trace import Operation, Trace

# These learn nothing from values, or nothing but the names of the classes.
_LEARN_NOTHING = frozenset(
    "AdditiveChi2Sampler Binarizer FeatureHasher FunctionTransformer GaussianRandomProjection "
    "HashingVectorizer LabelBinarizer LabelEncoder MultiLabelBinarizer Normalizer "
    "PolynomialFeatures SparseRandomProjection".split()
)
# These learn which categories there are: a leak, but hardly of anything.
_LEARN_CATEGORIES = frozenset({"OneHotEncoder", "OrdinalEncoder"})
_MAKES_NEW_ROWS = frozenset({"aggregation", "metric", "sink", "source", "opaque"})


class Leak(NamedTuple):
    """A model that learned from rows on which a metric was computed."""

    fit: Operation
    split: Operation
    metric: Operation
    before_split: bool
    is_weak: bool


def find_leaks(trace: Trace) -> list[Leak]:
    """Return the fits that leak into a metric, each once, with the first metric it leaks into."""
    rows = _Rows(trace)
    splits = [op for op in trace if op.kind == "split" and len(op.outputs) > 1]
    found: dict[tuple[str, bool], Leak] = {}
    for metric in (op for op in trace if op.kind == "metric") if splits else ():
        tested = rows.above(_data(metric))
        upstream = set(trace.ancestors(metric.key))
        for fit in (op for op in trace if op.kind == "fit" and op.key in upstream):
            for leak in _leaks_of(fit, metric, tested, splits, rows):
                found.setdefault((fit.key, leak.before_split), leak)
    return list(found.values())


def _leaks_of(
    fit: Operation,
    metric: Operation,
    tested: set[str],
    splits: Iterable[Operation],
    rows: _Rows,
) -> Iterator[Leak]:
    name = fit.name.partition(".")[0]
    if name in _LEARN_NOTHING:
        return
    learned = rows.above(_data(fit))
    parts = {s.key: (_parts(s, tested), _parts(s, learned)) for s in splits}
    if any(of_test and of_fit and not of_test & of_fit for of_test, of_fit in parts.values()):
        return
    for split in splits:
        of_test, of_fit = parts[split.key]
        held_out = {part for part in of_test if part > 0}
        if not held_out:
            continue
        weak = name in _LEARN_CATEGORIES
        if held_out & of_fit:
            yield Leak(fit, split, metric, before_split=False, is_weak=weak)
        elif not of_fit and rows.same(_data(fit)) & rows.above(_data(split)):
            yield Leak(fit, split, metric, before_split=True, is_weak=weak)


def _data(op: Operation) -> list[str]:
    return [ref.id for ref in op.inputs if ref.kind not in ("model", "value")]


def _parts(split: Operation, refs: set[str]) -> set[int]:
    """Return which parts of a split are among some data; the first part is the training part."""
    n_parts = _n_parts(split)
    return {i % n_parts for i, ref in enumerate(split.outputs) if ref.id in refs}


def _n_parts(split: Operation) -> int:
    """Return into how many parts each input is split."""
    return 2 if split.name == "train_test_split" else len(split.outputs)


class _Rows:
    """Where the rows of each piece of data came from."""

    def __init__(self, trace: Trace) -> None:
        self._makers = {ref.id: op for op in trace for ref in op.outputs}
        self._n_rows = {ref.id: ref.rows for op in trace for ref in (*op.inputs, *op.outputs)}

    def above(self, start: Iterable[str]) -> set[str]:
        """Return some data, and all that its rows were rows of before."""
        return self._closure(start, same_rows=False)

    def same(self, start: Iterable[str]) -> set[str]:
        """Return some data, and all that it was before as long as the same rows were in it."""
        return self._closure(start, same_rows=True)

    def _closure(self, start: Iterable[str], *, same_rows: bool) -> set[str]:
        seen: set[str] = set()
        waiting = list(start)
        while waiting:
            ref = waiting.pop()
            if ref in seen:
                continue
            seen.add(ref)
            waiting += [
                parent
                for parent in self._parents(ref)
                if not same_rows or self._n_rows[parent] == self._n_rows[ref] is not None
            ]
        return seen

    def _parents(self, ref: str) -> list[str]:
        op = self._makers.get(ref)
        if op is None or op.kind in _MAKES_NEW_ROWS:
            return []
        data = _data(op)
        if op.kind == "join":
            return data[:1]
        if op.kind == "split":
            at = next(i for i, made in enumerate(op.outputs) if made.id == ref) // _n_parts(op)
            return data[at : at + 1] or data
        return data
