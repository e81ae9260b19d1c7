"""Input slots, and which input features belong to which output features."""

from __future__ import annotations

from lineage_stats.attribution._graph import input_slots, make_layout
from lineage_stats.features import Cell, as_run_matrix
from lineage_stats.trace import DataRef, Operation, Trace

LEFT, RIGHT = DataRef("l", "table", 10), DataRef("r", "table", 5)
X, Y = DataRef("x", "table", 7), DataRef("y", "column", 3)


def op(key, kind, inputs=(), outputs=(), **features):
    named = {k.replace("__", "[", 1).replace("_end", "]"): v for k, v in features.items()}
    return Operation(key, key, kind, inputs=inputs, outputs=outputs, features=named)


TRACE = Trace(
    "r", "p",
    (
        op("left", "source", (), (LEFT,), mean__a_end=1.0, mean__k_end=2.0),
        op("right", "source", (), (RIGHT,), mean__b_end=1.0, mean__k_end=3.0),
        op("join", "join", (LEFT, RIGHT), (X, Y), mean__a_end=1.0, mean__k_end=2.0),
        op("use", "selection", (Y, DataRef("unknown", rows=9)), ()),
    ),
)  # fmt: skip


def test_slots_say_who_made_the_data_and_as_which_output():
    slots = input_slots(TRACE, {k: k for k in TRACE.keys})
    assert slots["join"] == (("left", 0), ("right", 0))
    assert slots["use"] == (("join", 1), None)


def test_an_operation_that_changes_its_input_in_place_does_not_read_itself():
    made = DataRef("d", rows=1)
    trace = Trace(
        "r", "p", (op("a", "source", (), (made,)), op("b", "assignment", (made,), (made,)))
    )
    assert input_slots(trace, {"a": "a", "b": "b"})["b"] == (("a", 0),)


def layout():
    matrix = as_run_matrix([TRACE, TRACE])
    return make_layout(matrix.cells, input_slots(TRACE, {k: k for k in TRACE.keys}))


def test_features_of_the_same_name_are_found_in_the_first_two_inputs():
    found = layout()
    j = found.cells.index(Cell("join", "mean[k]"))
    first, second = found.entry_cell[found.first[j]], found.entry_cell[found.second[j]]
    assert found.cells[first] == Cell("left", "mean[k]")
    assert found.cells[second] == Cell("right", "mean[k]")
    j = found.cells.index(Cell("join", "mean[a]"))
    assert found.second[j] == -1


def test_sizes_of_inputs_are_no_outcome_but_stand_in_for_unknown_data():
    found = layout()
    assert not found.outcome[found.cells.index(Cell("join", "rows_in"))]
    assert found.outcome[found.cells.index(Cell("join", "rows_out@1"))]
    use = found.operations.index("use")
    received = [
        found.cells[j]
        for j, i in zip(found.entry_cell, found.entry_operation, strict=True)
        if i == use
    ]
    assert Cell("use", "rows_in@1") in received


def test_no_entry_is_of_another_output_of_the_producer():
    found = layout()
    use = found.operations.index("use")
    received = {
        found.cells[j]
        for j, i in zip(found.entry_cell, found.entry_operation, strict=True)
        if i == use
    }
    assert Cell("join", "rows_out@1") in received
    assert Cell("join", "mean[a]") not in received
