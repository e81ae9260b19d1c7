"""Parts of a run: one trace, whatever process did what."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage_stats.storage import TraceStore, load_traces
from lineage_stats.storage._parts import merge_parts, read_parts
from lineage_stats.trace import DataRef, Operation, Trace

RUN = {"run_id": "r", "pipeline": "p", "start_ns": 10**18}
PART = {**RUN, "repeats": 5, "forked_ns": 0}


def operation(turn, start, *, name="head", ordinal=1, line=3, repeats=5, n_calls=None, **more):
    base = f"work/{name}#{ordinal}"
    key = base if turn == 1 else f"{base}:{turn}" if turn <= repeats else f"{base}:{repeats + 1}+"
    features = {"cpu": 1.0, **({} if n_calls is None else {"calls": float(n_calls)})}
    fields = {"features": features, "outputs": (DataRef(f"d{start}", rows=start),), **more}
    return Operation(
        key, name, "selection", "work", ordinal, start_ns=start, file="job.py", line=line,
        facts={"call": f"{name}{line}"}, duration_ns=1, **fields,
    )  # fmt: skip


def write_part(store, operations, order_of, *, finish=True, **fields):
    part = store.begin_part({**PART, **fields}, order_of)
    for op in operations:
        part.operation(op)
    part.flush()
    if finish:
        part.finish({"problems": [], "n_untracked": 1})
    return part


@pytest.fixture
def journal(store):
    return store.begin(RUN)


def commit(store, journal):
    journal.finish({"status": "ok", "end_ns": 10**18 + 1, "complete": True})
    store.commit(journal)
    (trace,) = store.load()
    return trace


@given(st.lists(st.integers(0, 2), min_size=1, max_size=12))
def test_keys_do_not_depend_on_which_process_took_which_task(tmp_path_factory, takers):
    """Three workers take twelve tasks in any way: the trace is that of a loop."""
    store = TraceStore(tmp_path_factory.mktemp("store"))
    journal = store.begin(RUN)
    for worker in range(3):
        tasks = [task for task, taker in enumerate(takers) if taker == worker]
        listed = [operation(turn, task + 100) for turn, task in enumerate(tasks[:5], start=1)]
        later = tasks[5:]
        if later:
            listed.append(operation(6, later[0] + 100, n_calls=len(later)))
        if tasks:
            write_part(store, listed, lambda start: (start - 100,))
    trace = commit(store, journal)
    n = len(takers)
    expected = ["work/head#1", *(f"work/head#1:{i}" for i in range(2, min(n, 5) + 1))]
    assert set(trace.keys) == {*expected, *(["work/head#1:6+"] if n > 5 else [])}
    assert sum(op.features.get("calls", 1) for op in trace) == n
    assert [trace.operation(key).outputs[0].rows for key in expected[:1]] == [100]
    assert not list(store.path.rglob("*.part"))


def test_calls_of_several_processes_spread_as_if_one_had_made_them(store, journal):
    spread = {
        "duration_mean": 4.0, "duration_sd": 0.0, "duration_min": 4.0, "duration_max": 4.0,
        "rows_out_mean": 2.0, "rows_out_sd": 1.0, "rows_out_min": 1.0, "rows_out_max": 3.0,
    }  # fmt: skip
    many = {"calls": 2.0, "cpu": 1.0}
    for worker, more in enumerate((spread, {**spread, "rows_out_mean": 4.0, "rows_out_max": 5.0})):
        listed = [operation(6, 100 + worker, features={**many, **more})]
        write_part(store, listed, lambda start: (start,))
    features = commit(store, journal).operation("work/head#1:6+").features
    assert features["calls"] == 4
    assert features["rows_out_mean"] == 3
    assert features["rows_out_sd"] == pytest.approx(2**0.5)
    assert (features["rows_out_min"], features["rows_out_max"]) == (1, 5)
    assert features["duration_sd"] == 0


def test_tasks_come_in_the_order_in_which_they_were_handed_out(store, journal):
    write_part(store, [operation(1, 50), operation(2, 90)], {50: (0,), 90: (3,)}.get)
    write_part(store, [operation(1, 10), operation(2, 20)], {10: (1,), 20: (2,)}.get)
    trace = commit(store, journal)
    rows = {key: trace.operation(key).outputs[0].rows for key in trace.keys}
    assert rows == {
        "work/head#1": 50, "work/head#1:2": 10, "work/head#1:3": 20, "work/head#1:4": 90,
    }  # fmt: skip
    assert trace.environment["untracked_inputs"] == "2"


def test_calls_of_the_program_itself_come_first(store, journal):
    journal.operation(operation(1, 70))
    write_part(store, [operation(1, 10)], lambda start: ())
    trace = commit(store, journal)
    assert trace.operation("work/head#1").outputs[0].rows == 70
    assert trace.operation("work/head#1:2").outputs[0].rows == 10


def test_a_place_has_one_number_in_all_processes(store, journal):
    """One worker met the second place first."""
    write_part(
        store, [operation(1, 10, line=3), operation(1, 11, ordinal=2, line=9)], lambda s: (0,)
    )
    write_part(store, [operation(1, 12, line=9)], lambda s: (1,))
    trace = commit(store, journal)
    assert {key: trace.operation(key).line for key in trace.keys} == {
        "work/head#1": 3, "work/head#2": 9, "work/head#2:2": 9,
    }  # fmt: skip


def test_edges_are_those_inside_a_process_and_those_from_before_a_fork(store, journal):
    made, read = DataRef("d1", rows=5), DataRef("d2")
    journal.operation(operation(1, 10, name="made", outputs=(made,)))
    journal.operation(operation(1, 90, name="late", outputs=(read,)))
    inside = [operation(1, 60, inputs=(made, read), outputs=(DataRef("d3"),)),
              operation(1, 61, name="tail", inputs=(DataRef("d3"),))]  # fmt: skip
    write_part(store, inside, lambda start: (), forked_ns=50)
    write_part(store, [operation(1, 62, inputs=(made,), outputs=(DataRef("d3"),))], lambda s: (1,))
    trace = commit(store, journal)
    assert trace.parents("work/head#1") == ("work/made#1",)
    assert trace.parents("work/head#1:2") == ()
    assert trace.parents("work/tail#1") == ("work/head#1",)


def test_parts_of_living_processes_stay_and_are_read(store, journal):
    part = write_part(store, [operation(1, 10)], lambda start: (0,), finish=False)
    assert commit(store, journal).keys == ("work/head#1",)
    part.operation(operation(2, 20))
    part.flush()
    (trace,) = store.load()
    assert trace.keys == ("work/head#1", "work/head#1:2")
    part.finish({"problems": ["lost"], "n_untracked": 0})
    (trace,) = load_traces(next(store.path.rglob("*.parquet")))
    assert (trace.problems, trace.complete) == (("lost",), False)


def test_a_part_counts_once_also_if_the_commit_was_cut_short(store, journal):
    part = write_part(store, [operation(1, 10)], lambda start: (0,))
    content = part.path.read_bytes()
    trace = commit(store, journal)
    part.path.write_bytes(content)
    (again,) = store.load()
    assert again == trace
    assert len(again) == 1


def test_a_part_of_a_running_run_is_read(store, journal):
    write_part(store, [operation(1, 10)], lambda start: (0,), finish=False)
    (trace,) = store.load()
    assert (trace.keys, trace.status) == (("work/head#1",), "running")


def test_what_is_damaged_is_named_and_what_is_gone_or_odd_is_passed_over(store, journal):
    part = write_part(store, [operation(1, 10)], lambda start: (0,))
    with part.path.open("ab") as file:
        file.write(b"{\n" + b'{"t":"op"}\n' + b'{"t":"drop","keys":["x"]}\n' + b"cut off")
    (part.path.with_name(part.path.name.replace(".part", "0.part"))).write_bytes(b"odd\n")
    (found,) = read_parts([*store.path.rglob("*.part"), store.path / "absent.part"])
    assert [p.partition(" of")[0] for p in found.problems] == ["line 4", "line 5"]
    trace = Trace("r", "p")
    assert merge_parts(trace, []) is trace
    assert not merge_parts(trace, [found]).complete


def test_a_part_is_not_written_where_the_folder_is_gone(store):
    with pytest.raises(FileNotFoundError):
        store.begin_part(PART, lambda start: ())
    assert not store.path.exists()
