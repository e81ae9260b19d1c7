import numpy as np

from lineage_stats.detectors._ranking import rank_operations, upstream
from lineage_stats.trace import DataRef, Operation, Trace


def chain(*keys):
    """Return a run in which each operation reads what the one before made."""
    operations = []
    for i, key in enumerate(keys):
        inputs = (DataRef(f"d{i - 1}"),) if i else ()
        operations.append(Operation(key, key, inputs=inputs, outputs=(DataRef(f"d{i}"),)))
    return Trace("r", "p", tuple(operations))


def ranked(trace, strengths, *, flagged=(), kinds=None, reference=None):
    kinds = kinds or {}
    order = sorted(strengths, key=lambda key: -strengths[key])
    cells = {
        "operation": np.array(order, dtype=object),
        "strength": np.array([strengths[key] for key in order]),
        "flagged": np.array([key in flagged for key in order]),
        "kind": np.array([kinds.get(key, "real") for key in order], dtype=object),
        "value": np.zeros(len(order)),
        "centre": np.zeros(len(order)),
    }
    for name in ("feature", "observed", "expected", "location"):
        cells[name] = np.array(["x"] * len(order), dtype=object)
    reference = reference or trace
    mapping = {key: key for key in trace.keys}
    return rank_operations(cells, reference, trace, mapping, threshold=2.0)


def test_what_lies_upstream_and_alarms_alone_comes_first():
    table = ranked(chain("a", "b", "c"), {"a": 2.5, "b": 9.0, "c": 30.0}, flagged="abc")
    assert table["operation"] == ["a", "c", "b"]
    assert table["origin"] == [True, False, False]


def test_a_weak_operation_upstream_explains_nothing():
    table = ranked(chain("a", "b", "c"), {"a": 1.0, "b": 9.0, "c": 3.0}, flagged="abc")
    assert table["operation"] == ["b", "a", "c"]
    assert table["origin"] == [True, True, False]


def test_flagged_operations_come_before_the_others():
    table = ranked(chain("a", "b"), {"a": 5.0, "b": 3.0}, flagged="b")
    assert table["operation"] == ["b", "a"]
    assert table["flagged"] == [True, False]


def test_changed_code_comes_before_a_metric_that_nothing_else_explains():
    strengths = {"a": 0.0, "b": 0.1, "c": 9.0}
    kinds = {"a": "notice", "c": "metric"}
    table = ranked(chain("a", "b", "c"), strengths, flagged="c", kinds=kinds)
    assert table["operation"] == ["a", "c", "b"]
    assert table["flagged"] == [True, True, False]
    explained = ranked(chain("a", "b", "c"), {**strengths, "b": 5.0}, flagged="bc", kinds=kinds)
    assert explained["operation"] == ["b", "c", "a"]


def test_a_missing_operation_keeps_its_place_in_the_graph():
    reference, trace = chain("a", "b", "c"), chain("a", "c")
    above = upstream(reference, trace, {"a": "a", "c": "c"})
    assert above == {"a": frozenset(), "b": {"a"}, "c": {"a", "b"}}
    table = ranked(trace, {"b": 2.5, "c": 9.0}, flagged="bc", reference=reference)
    assert table["operation"] == ["b", "c"]


def test_long_chains_are_no_deep_recursion():
    trace = chain(*(f"op{i:04d}" for i in range(3000)))
    above = upstream(trace, trace, {key: key for key in trace.keys})
    assert len(above["op2999"]) == 2999
