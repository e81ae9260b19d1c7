"""Which operation of one run is the same step as which of another."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage_stats.trace import DataRef, Operation, Trace, TraceSet, align
from tests.strategies import DROPNA, FILTER, OPERATION_KEYS, InjectedFault, make_trace, traces


def run_of(*calls: str, name: str = "merge", run_id: str = "r") -> Trace:
    """A run that calls one function several times; each call has source of its own."""
    return Trace(
        run_id,
        "p",
        tuple(
            Operation(f"f/{name}#{i}", name, scope="f", occurrence=i, facts={"call": call})
            for i, call in enumerate(calls, start=1)
        ),
    )


def chosen_of(*sources: str, calls: str = "") -> Trace:
    """A run that reads some sources and makes the same call on each, where no others are given."""
    reads = [Operation(f"read_{s}#1", f"read_{s}", outputs=(DataRef(s),)) for s in sources]
    digests = calls or "c" * len(sources)
    chosen = [
        Operation(
            f"f/pick#{i}", "pick", scope="f", occurrence=i, facts={"call": digest},
            inputs=(DataRef(s),), outputs=(DataRef(f"{s}'"),),
        )
        for i, (s, digest) in enumerate(zip(sources, digests, strict=True), start=1)
    ]  # fmt: skip
    return Trace("r", "p", (*reads, *chosen))


def matched_sources(reference: Trace, other: Trace) -> dict[str, str]:
    """For each source of `other` that the reference has: by which of its calls it is read."""
    back = {v: k for k, v in align([reference, other], reference=0).mappings[1].items()}
    inputs = {op.key: op.inputs[0].id for op in other if op.inputs}
    return {op.inputs[0].id: inputs.get(back.get(op.key, ""), "") for op in reference if op.inputs}


def matched_calls(reference: Trace, other: Trace) -> dict[str, str]:
    """For each operation of `other`: its source -> key in the reference's terms."""
    mapping = align([reference, other], reference=0).mappings[1]
    return {op.facts["call"]: mapping[op.key] for op in other}


@given(st.lists(traces(pipeline="p"), min_size=1, max_size=4))
def test_mappings_are_injective_and_complete(runs: list[Trace]) -> None:
    alignment = align(runs)
    for trace, mapping in zip(runs, alignment.mappings, strict=True):
        assert tuple(mapping) == trace.keys
        assert len(set(mapping.values())) == len(mapping)
        assert set(mapping.values()) <= set(alignment.keys)


@given(traces())
def test_a_run_is_aligned_with_itself(trace: Trace) -> None:
    alignment = align([trace, trace])
    assert alignment.keys == trace.keys
    assert alignment.mappings[0] == {key: key for key in trace.keys}
    assert alignment.new(0) == alignment.missing(0) == ()


@given(
    st.lists(st.integers(0, 30).map(str), min_size=1, max_size=8, unique=True), st.integers(0, 8)
)
def test_an_inserted_step_is_new_and_displaces_no_other(calls: list[str], at: int) -> None:
    reference = run_of(*calls)
    longer = run_of(*calls[:at], "inserted", *calls[at:])
    expected = dict(zip(calls, reference.keys, strict=True))
    found = matched_calls(reference, longer)
    assert {call: key for call, key in found.items() if call != "inserted"} == expected
    assert align([reference, longer], reference=0).new(1) == (found["inserted"],)
    assert found["inserted"] not in reference.keys


@given(
    st.lists(st.integers(0, 30).map(str), min_size=2, max_size=8, unique=True), st.integers(0, 7)
)
def test_a_removed_step_is_missing_and_displaces_no_other(calls: list[str], at: int) -> None:
    at %= len(calls)
    reference = run_of(*calls)
    shorter = run_of(*calls[:at], *calls[at + 1 :])
    alignment = align([reference, shorter], reference=0)
    assert alignment.missing(1) == (reference.keys[at],)
    assert alignment.new(1) == ()
    kept = [key for i, key in enumerate(reference.keys) if i != at]
    assert list(alignment.mappings[1].values()) == kept


@given(st.integers(2, 6), st.data())
def test_equal_calls_are_told_apart_by_what_they_read(n: int, data: st.DataObject) -> None:
    sources = "abcdef"[:n]
    kept = data.draw(st.sets(st.sampled_from(sources), min_size=1, max_size=n - 1).map(sorted))
    some, all_of_them = chosen_of(*kept), chosen_of(*sources)
    found = matched_sources(all_of_them, some)
    assert found == {s: s if s in kept else "" for s in sources}
    assert matched_sources(some, all_of_them) == {s: s for s in kept}


def test_a_changed_call_beside_a_removed_one_is_known_by_what_it_reads() -> None:
    found = matched_sources(chosen_of("a", "b", calls="cc"), chosen_of("b", calls="C"))
    assert found == {"a": "", "b": "b"}


def test_a_changed_call_stays_the_same_step_while_the_number_is_the_same() -> None:
    assert matched_calls(run_of("a", "b"), run_of("a", "c")) == {"a": "f/merge#1", "c": "f/merge#2"}


def test_a_changed_call_is_matched_in_order_even_beside_a_new_one() -> None:
    found = matched_calls(run_of("a", "b", "c"), run_of("a", "B", "c", "d"))
    assert found["B"] == "f/merge#2"
    assert found["c"] == "f/merge#3"


def test_steps_without_digest_are_matched_by_key() -> None:
    def bare(n: int) -> Trace:
        return Trace("r", "p", tuple(Operation(f"f/n#{i}", "n", scope="f") for i in range(1, n)))

    alignment = align([bare(4), bare(3)], reference=0)
    assert alignment.missing(1) == ("f/n#3",)


def test_scopes_are_kept_apart() -> None:
    one = Trace("r", "p", (Operation("f/n#1", "n", scope="f"),))
    other = Trace("s", "p", (Operation("g/n#1", "n", scope="g"),))
    alignment = align([one, other], reference=0)
    assert alignment.new(1) == ("g/n#1",)
    assert alignment.missing(1) == ("f/n#1",)
    assert alignment.keys == ("f/n#1", "g/n#1")


def test_the_latest_of_the_most_frequent_lists_is_the_reference() -> None:
    common, odd = run_of("a", "b"), run_of("a")
    assert align([common, odd, common, odd, odd, common, odd]).reference == 6
    assert align([common, odd, common]).reference == 2
    assert align([odd, common]).reference == 1


def test_no_runs() -> None:
    alignment = align([])
    assert (alignment.keys, alignment.mappings) == ((), ())


@pytest.mark.parametrize("kind", ["operation_missing", "operation_new"])
def test_structural_faults_of_the_churn_pipeline_are_seen(kind: str, healthy: TraceSet) -> None:
    at = DROPNA if kind == "operation_missing" else FILTER
    run = make_trace(99, fault=InjectedFault(kind, at))
    alignment = align([*healthy, run])
    assert set(OPERATION_KEYS) <= set(alignment.keys)
    new, missing = alignment.new(len(healthy)), alignment.missing(len(healthy))
    assert len(new) == (kind == "operation_new")
    assert missing == ((DROPNA,) if kind == "operation_missing" else ())


def test_lines_files_and_times_are_no_part_of_identity(healthy: TraceSet) -> None:
    moved = replace(
        healthy[0],
        operations=tuple(
            replace(op, file="other.py", line=1000 + i, start_ns=i)
            for i, op in enumerate(healthy[0])
        ),
    )
    alignment = align([healthy[1], moved])
    assert alignment.mappings[1] == {key: key for key in OPERATION_KEYS}


@given(st.permutations("abcdef"), st.data())
def test_calls_are_known_again_in_any_order(order: list[str], data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 6))
    reference = run_of(*sorted(order[:n]))
    expected = dict(zip(sorted(order[:n]), reference.keys, strict=True))
    assert matched_calls(reference, run_of(*order[:n])) == expected


def test_one_removed_and_one_added_displace_no_other() -> None:
    found = matched_calls(run_of("a", "b", "c"), run_of("b", "c", "d"))
    assert found["b"] == "f/merge#2"
    assert found["c"] == "f/merge#3"
