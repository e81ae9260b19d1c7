from lineage_stats import DataRef, Operation
from lineage_stats.trace import TraceBuilder
from lineage_stats.trace._superseded import without_superseded

A, B, C, D = (DataRef(name, "table") for name in "abcd")


def op(key, reads, makes, start=0):
    return Operation(key, key, inputs=reads, outputs=makes, start_ns=start)


def test_what_was_superseded_is_read_past():
    read, first = op("read", (), (A,)), op("drop", (A,), (B,))
    again, last = op("drop", (B,), (C,)), op("last", (C, B), ())
    assert without_superseded([read, again, last], [first]) == (
        read, op("drop", (A,), (C,)), op("last", (C, A), ()),
    )  # fmt: skip


def test_several_in_a_row_and_nothing_superseded():
    second, third = op("drop", (A,), (B,)), op("drop", (B,), (C,))
    last = op("drop", (C,), (D,))
    assert without_superseded([last], [second, third]) == (op("drop", (A,), (D,)),)
    assert without_superseded([last], []) == (last,)


def test_what_was_made_from_nothing_is_unknown_now():
    first, reader = op("read", (), (A,)), op("drop", (A,), (B,))
    assert without_superseded([reader], [first]) == (reader,)


def test_a_circle_ends():
    one, other = op("one", (A,), (B,)), op("other", (B,), (A,))
    assert without_superseded([op("last", (A,), ())], [one, other])[0].inputs == ()


def test_a_builder_drops_and_takes_again():
    builder = TraceBuilder({"run_id": "r", "pipeline": "p", "start_ns": 0})
    builder.add(op("read", (), (A,), 1))
    builder.add(op("drop", (A,), (B,), 2))
    builder.drop(["drop", "unheard of"])
    builder.add(op("drop", (B,), (C,), 3))
    builder.note({"recording_seconds": "1.5"})
    trace = builder.build()
    assert trace.keys == ("read", "drop")
    assert trace.parents("drop") == ("read",)
    assert trace.environment == {"recording_seconds": "1.5"}
