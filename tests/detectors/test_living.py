from dataclasses import replace

import numpy as np
import pytest

from lineage_stats.detectors import (
    BayesianChangePointDetector,
    RobustMADDetector,
    ZScoreDetector,
    load_detector,
)
from lineage_stats.exceptions import BaselineError, LineageStatsWarning, TooFewRunsError
from lineage_stats.trace import TraceSet
from tests.strategies import DROPNA, make_trace, make_traces

CLASSES = [RobustMADDetector, ZScoreDetector, BayesianChangePointDetector]


def same(one, other, new):
    assert one.run_ids_ == other.run_ids_
    assert one.cells_ == other.cells_
    assert one.labels_ == other.labels_
    for name in one.baseline_:
        assert np.array_equal(one.baseline_[name], other.baseline_[name], equal_nan=True)
    assert one.score(new).to_dict() == other.score(new).to_dict()


@pytest.mark.parametrize("cls", CLASSES)
def test_more_runs_later_equal_all_runs_at_once(cls):
    runs = make_traces(45)
    bit_by_bit = cls().fit(runs[:25]).partial_fit(runs[25:30])
    bit_by_bit.partial_fit(runs[30:44]).partial_fit(runs[44])
    same(bit_by_bit, cls().fit(runs), make_trace(900))


@pytest.mark.parametrize("cls", CLASSES)
def test_rows_of_arrays_too(cls):
    X = np.random.default_rng(0).normal(size=(60, 12))
    X[:, 3] = 7
    parts = cls().fit(X[:30]).partial_fit(X[30:31]).partial_fit(X[31:])
    whole = cls().fit(X)
    new = np.random.default_rng(1).normal(size=(20, 12))
    assert np.array_equal(parts.score_samples(new), whole.score_samples(new))
    assert parts.n_runs_ == 60


def test_the_first_runs_are_a_fit():
    runs = make_traces(25)
    same(ZScoreDetector().partial_fit(runs), ZScoreDetector().fit(runs), make_trace(900))


def test_order_does_not_matter_and_a_run_counts_once():
    runs = make_traces(40)
    late = ZScoreDetector().fit(runs[20:]).partial_fit(runs[:30])
    assert late.run_ids_ == tuple(trace.run_id for trace in runs)
    new = make_trace(900)
    assert late.score(new).p_value == pytest.approx(ZScoreDetector().fit(runs).score(new).p_value)


def without(trace, key):
    return replace(trace, operations=tuple(op for op in trace if op.key != key))


def test_a_new_layout_becomes_the_usual_one():
    runs = make_traces(60)
    old, new = [without(t, DROPNA) for t in runs[:20]], list(runs[20:])
    grown = ZScoreDetector().fit(old).partial_fit(new)
    assert grown.reference_.keys == runs[0].keys
    assert not grown.score(make_trace(900)).flagged
    whole = ZScoreDetector().fit(TraceSet([*old, *new]))
    assert set(grown.cells_) == set(whole.cells_)
    assert grown.score(make_trace(900)).p_value == pytest.approx(
        whole.score(make_trace(900)).p_value
    )


def test_it_goes_on_after_loading(tmp_path):
    runs = make_traces(40)
    loaded = load_detector(RobustMADDetector().fit(runs[:25]).save(tmp_path / "x"))
    same(loaded.partial_fit(runs[25:]), RobustMADDetector().fit(runs), make_trace(900))


def test_only_recent_runs_are_looked_at():
    X = np.random.default_rng(0).normal(size=(90, 5))
    X[:60] += 100
    detector = ZScoreDetector(max_runs=30).fit(X)
    assert detector.n_runs_ == 30
    assert np.abs(detector.center_).max() < 2
    assert len(detector.history_.values) == 90
    with pytest.raises(ValueError, match="'max_runs' parameter"):
        ZScoreDetector(max_runs=1).fit(X)


def test_quarantine_is_as_if_the_run_had_never_been():
    runs = make_traces(40)
    bad = runs[7].run_id
    clean = [trace for trace in runs if trace.run_id != bad]
    detector = ZScoreDetector().fit(runs).quarantine(bad, reason="truncated")
    same(detector, ZScoreDetector().fit(clean), make_trace(900))
    assert detector.quarantined_run_ids_ == (bad,)
    assert detector.events_ == ({"event": "quarantine", "run_id": bad, "reason": "truncated"},)
    same(detector.partial_fit(runs), ZScoreDetector().fit(clean), make_trace(900))
    detector.accept(runs[7], reason="it was a holiday")
    assert detector.quarantined_run_ids_ == ()
    assert bad in detector.run_ids_
    assert [event["event"] for event in detector.events_] == ["quarantine", "accept"]


def test_quarantine_is_saved(tmp_path):
    runs = make_traces(30)
    detector = ZScoreDetector().fit(runs).quarantine([runs[3].run_id, "later"])
    loaded = load_detector(detector.save(tmp_path / "x"))
    assert loaded.quarantined_run_ids_ == (runs[3].run_id, "later")
    assert loaded.events_ == detector.events_


def test_two_runs_must_be_left():
    runs = make_traces(20)
    detector = ZScoreDetector().fit(runs)
    with pytest.raises(TooFewRunsError):
        detector.quarantine([trace.run_id for trace in runs[1:]])
    assert detector.n_runs_ == 20


def test_a_run_is_never_judged_by_itself():
    runs = make_traces(40)
    detector = ZScoreDetector().fit(runs)
    others = ZScoreDetector().fit([t for t in runs if t is not runs[5]])
    with pytest.warns(LineageStatsWarning, match="judged by the others"):
        score = detector.score(runs[5])
    assert score.to_dict() == others.score(runs[5]).to_dict()
    assert detector.score_samples([runs[5]])[0] == -score.score


def test_sorts_of_runs_are_not_mixed():
    X = np.random.default_rng(0).normal(size=(30, 3))
    with pytest.raises(BaselineError, match="fitted on an array"):
        ZScoreDetector().fit(X).partial_fit(make_traces(2))
    with pytest.raises(BaselineError, match="fitted on traces"):
        ZScoreDetector().fit(make_traces(30)).partial_fit(X)
    with pytest.raises(BaselineError, match="'other'"):
        ZScoreDetector().fit(make_traces(30)).partial_fit([make_trace(1, pipeline="other")])
