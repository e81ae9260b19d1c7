"""TraceSet: order, selection, frame."""

from __future__ import annotations

import pickle
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage_stats.trace import Trace, TraceSet
from tests.strategies import make_traces, traces


@given(st.lists(traces(max_operations=1), max_size=6))
def test_sorted_by_start_then_id_whatever_the_order(runs: list[Trace]) -> None:
    order = [(t.start_ns, t.run_id) for t in TraceSet(runs)]
    assert order == sorted(order)
    assert len(TraceSet(runs)) == len(runs)


def test_it_is_a_sequence(healthy: TraceSet) -> None:
    assert list(healthy)[3] == healthy[3] == healthy[3 - len(healthy)]
    assert healthy[3] in healthy
    assert healthy.index(healthy[3]) == 3
    with pytest.raises(IndexError):
        healthy[len(healthy)]


def test_a_slice_is_a_set_and_keeps_the_problems() -> None:
    runs = TraceSet(make_traces(4), problems={"x": "torn"})
    assert runs[1:3].problems == {"x": "torn"}
    assert [t.run_id for t in runs[1:3]] == ["run-0-00001", "run-0-00002"]


def test_sum_of_sets_is_in_order_and_joins_the_problems() -> None:
    late = TraceSet(make_traces(2, first=5), problems={"a": "1"})
    early = TraceSet(make_traces(2), problems={"b": "2"})
    both = late + early
    assert [t.run_id[-1] for t in both] == ["0", "1", "5", "6"]
    assert both.problems == {"a": "1", "b": "2"}
    assert len(late + list(early)) == 4


def test_problems_cannot_be_changed_from_outside() -> None:
    runs = TraceSet(problems={"a": "1"})
    dict(runs.problems).clear()
    assert runs.problems == {"a": "1"}


def test_equality_and_hash(healthy: TraceSet) -> None:
    shuffled = random.Random(0).sample(list(healthy), len(healthy))
    assert TraceSet(shuffled) == healthy
    assert hash(TraceSet(shuffled)) == hash(healthy)
    assert healthy[:-1] != healthy
    assert healthy != list(healthy)


def test_get_by_id_or_unique_begin() -> None:
    runs = TraceSet([Trace("abc", "p"), Trace("abd", "p"), Trace("ab", "p")])
    assert runs.get("ab") == Trace("ab", "p")
    assert runs.get("abc") == Trace("abc", "p")
    assert runs.get("a") is None
    assert runs.get("") is None
    assert runs[1:].get("abc") is not None


def test_filter_by_tags_and_predicate(healthy: TraceSet) -> None:
    runs = healthy[:3] + make_traces(2, seed=1, tags={"status": "faulty", "site": "a"})
    assert len(runs.filter(tags={"status": "healthy"})) == 3
    assert len(runs.filter(tags={"status": "faulty", "site": "b"})) == 0
    assert len(runs.filter(lambda t: t.run_id.startswith("run-1"))) == 2
    assert runs.filter() == runs


def test_filter_by_tags_that_are_no_mapping(healthy: TraceSet) -> None:
    with pytest.raises(ValueError, match="must be a mapping of str to str or None"):
        healthy.filter(tags="healthy")  # type: ignore[arg-type]  # the mistake that is made


def test_pipelines_are_sorted_names() -> None:
    assert TraceSet([Trace("1", "b"), Trace("2", "a"), Trace("3", "b")]).pipelines == ("a", "b")


def test_frame_has_one_row_per_run(healthy: TraceSet) -> None:
    frame = healthy.to_frame()
    assert list(frame.index) == [t.run_id for t in healthy]
    assert frame["tag:status"].unique().tolist() == ["healthy"]
    assert frame["f1_score"].between(0.7, 0.9).all()
    assert frame["n_operations"].eq(12).all()


def test_frame_of_no_runs() -> None:
    assert TraceSet().to_frame().empty


def test_repr() -> None:
    assert repr(TraceSet()) == "<TraceSet: no runs>"
    assert repr(make_traces(1)) == "<TraceSet: 1 run of churn, 2024-01-01 to 2024-01-01>"
    assert repr(make_traces(3)) == "<TraceSet: 3 runs of churn, 2024-01-01 to 2024-01-03>"


def test_pickle(healthy: TraceSet) -> None:
    assert pickle.loads(pickle.dumps(healthy)) == healthy
