"""New steps that only look at data are no news."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lineage_stats.detectors import (
    BayesianChangePointDetector,
    RobustMADDetector,
    TraceScore,
    ZScoreDetector,
)
from lineage_stats.detectors._looks import only_looking
from lineage_stats.trace import DataRef, Operation, Trace
from tests.strategies import make_trace, make_traces

COUNTED = Operation(
    "f/value_counts#1", "value_counts", kind="aggregation", scope="f",
    inputs=(DataRef("d1"),), outputs=(DataRef("counted"),),
)  # fmt: skip
SORTED = replace(
    COUNTED, key="f/sort#1", name="sort", kind="transform",
    inputs=(DataRef("counted"),), outputs=(DataRef("sorted"),),
)  # fmt: skip
READER = replace(
    COUNTED, key="f/fit#1", name="fit", kind="fit", inputs=(DataRef("counted"),), outputs=()
)


def looking(*operations: Operation, new: int | None = None) -> set[str]:
    source = Operation("f/read#1", "read", kind="source", scope="f", outputs=(DataRef("d1"),))
    trace = Trace("r", "p", (source, *operations))
    return set(only_looking(trace, [op.key for op in operations[:new]]))


def test_what_nothing_reads_and_what_only_that_reads() -> None:
    assert looking(COUNTED) == {COUNTED.key}
    assert looking(COUNTED, SORTED) == {COUNTED.key, SORTED.key}


def test_what_others_read_is_none() -> None:
    assert looking(COUNTED, READER) == set()
    assert looking(COUNTED, SORTED, READER) == {SORTED.key}
    assert looking(COUNTED, SORTED, new=1) == set()  # read by a known one


@pytest.mark.parametrize(
    "change",
    [
        *({"kind": k} for k in ("source", "assignment", "split", "fit", "predict", "metric")),
        *({"kind": k} for k in ("sink", "opaque")),
        {"status": "failed"},
        {"outputs": ()},
        {"facts": {"param[inplace]": "True"}},
    ],
)
def test_what_does_more_than_look_is_none(change: dict[str, object]) -> None:
    assert looking(replace(COUNTED, **change)) == set()


@pytest.mark.parametrize(
    "detector", [RobustMADDetector(), ZScoreDetector(), BayesianChangePointDetector()]
)
def test_a_line_of_a_log_is_no_alarm(detector) -> None:
    detector.fit(make_traces(30))
    run = make_trace(99)
    read = replace(COUNTED, inputs=(run.operations[0].outputs[0],))

    def with_new(op: Operation) -> Trace:
        return replace(run, operations=(*run.operations, op))

    score, logged = detector.score(run), detector.score(with_new(read))
    assert not score.flagged
    assert logged.p_value == score.p_value
    assert logged.code_changes == (read.key,)
    assert detector.score(with_new(replace(read, kind="sink", outputs=()))).flagged


def test_it_is_shown_all_the_same() -> None:
    run = make_trace(99)
    read = replace(COUNTED, inputs=(run.operations[0].outputs[0],))
    score = (
        RobustMADDetector()
        .fit(make_traces(30))
        .score(replace(run, operations=(*run.operations, read)))
    )
    (row,) = score.cells.query("operation == @read.key").to_dict("records")
    assert (row["kind"], row["observed"], row["expected"]) == ("notice", "ran", "new")
    assert not row["flagged"]
    assert "Code changed at: f/value_counts#1." in score.summary()
    assert TraceScore.from_dict(score.to_dict()).summary() == score.summary()
