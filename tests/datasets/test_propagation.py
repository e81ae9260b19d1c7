"""What is passed on downstream."""

import pytest

from lineage_stats.datasets._propagation import Effect, Propagation
from lineage_stats.trace import DataRef, Operation, Trace


def chain(*steps, sources=(100,)):
    """Return a trace of sources and one step that reads them all, then further steps."""
    tables = [DataRef(f"s{i}", "table", rows) for i, rows in enumerate(sources)]
    ops = [
        Operation(f"read#{i}", "read_csv", "source", outputs=(ref,), features={"nulls[a]": 0.1})
        for i, ref in enumerate(tables)
    ]
    inputs = tuple(tables)
    for k, (name, kind, rows, facts) in enumerate(steps):
        out = DataRef(f"d{k}", "table", rows)
        features = {"nulls[a]": 0.1, "rows_in": float(inputs[0].rows), "rows_out": float(rows)}
        ops.append(Operation(f"{name}#{k}", name, kind, inputs=inputs, outputs=(out,),
                             features=features, facts=facts))  # fmt: skip
        inputs = (out,)
    return Trace("r", "p", tuple(ops))


def after(trace, effect, at=0):
    """Return the operations after a source with an effect."""
    flow = Propagation(trace)
    flow.effects[f"s{at}"] = effect
    return [flow.through(op) for op in trace][-1]


def rows_after(trace, effect, at=0):
    return after(trace, effect, at).outputs[0].rows


def test_measured_rows_and_references_agree():
    op = after(chain(("filter", "selection", 50, {})), Effect(rows=0.5))
    assert (op.inputs[0].rows, op.outputs[0].rows) == (50, 25)
    assert (op.features["rows_in"], op.features["rows_out"]) == (50, 25)


def test_a_group_is_gone_when_all_its_rows_are():
    trace = chain(("agg", "aggregation", 50, {}))
    assert rows_after(trace, Effect(rows=0.5)) == int(50 * (1 - 0.5**2))


def test_a_concatenation_loses_its_part():
    trace = chain(("concat", "concatenation", 400, {}), sources=(100, 300))
    assert rows_after(trace, Effect(rows=0.5), at=1) == 250


@pytest.mark.parametrize(("how", "rows"), [("left", 100), ("inner", 50)])
def test_a_left_join_keeps_its_left_rows(how, rows):
    trace = chain(("merge", "join", 100, {"param[how]": how}), sources=(100, 30))
    assert rows_after(trace, Effect(rows=0.5), at=1) == rows
    assert rows_after(trace, Effect(rows=0.5), at=0) == 50


@pytest.mark.parametrize("name", ["DataFrame.fillna", "SimpleImputer.transform"])
def test_filled_values_are_not_missing(name):
    op = after(chain((name, "transform", 100, {})), Effect(column="a", nulls=0.5))
    assert op.features["nulls[a]"] == 0.1
    assert op.outputs[0].rows == 100


def test_other_steps_pass_missing_values_on():
    op = after(chain(("filter", "selection", 50, {})), Effect(column="a", nulls=0.5))
    assert op.features["nulls[a]"] == pytest.approx(0.55)


def test_a_column_that_is_gone_takes_its_effect_with_it():
    op = after(chain(("filter", "selection", 50, {})), Effect(rows=0.5, column="z", factor=2.0))
    assert op.outputs[0].rows == 25
    assert op.features["nulls[a]"] == 0.1
