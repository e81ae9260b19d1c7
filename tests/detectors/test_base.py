import subprocess
import sys
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sklearn.base import clone

from lineage_stats.detectors import BaseDetector, RobustMADDetector, ZScoreDetector
from lineage_stats.exceptions import (
    BaselineError,
    FewRunsWarning,
    LineageStatsWarning,
    TooFewRunsError,
)
from lineage_stats.features import as_run_matrix
from lineage_stats.trace import Trace, TraceSet
from tests.strategies import FAULTS, MERGE, InjectedFault, make_trace, make_traces, traces


@pytest.fixture(scope="module")
def healthy():
    return make_traces(40)


@pytest.fixture(scope="module")
def fitted(healthy):
    return RobustMADDetector().fit(healthy)


def test_what_is_kept_after_a_fit(fitted, healthy):
    assert fitted.n_runs_ == 40
    assert fitted.pipeline_ == "churn"
    assert fitted.run_ids_ == tuple(trace.run_id for trace in healthy)
    assert fitted.screened_run_ids_ == ()
    assert len(fitted.cells_) == fitted.n_features_in_
    assert fitted.baseline_["center"].shape == fitted.baseline_["scale"].shape


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f.kind)
@pytest.mark.parametrize("cls", [RobustMADDetector, ZScoreDetector])
def test_every_kind_of_fault_is_found_at_its_place(cls, fault, healthy):
    detector = cls().fit(healthy)
    expected = fault.operation
    if fault.kind == "operation_new":
        expected = "clean/DataFrame.drop_duplicates#1"
    for i in range(3):
        score = detector.score(make_trace(900 + i, fault=fault))
        assert score.flagged
        assert score.flagged_operations[0] == expected


def test_traces_and_their_matrix_give_the_same_baseline(healthy):
    reference = healthy[-1]
    frame = as_run_matrix(list(healthy), reference=reference).to_frame()
    by_traces = ZScoreDetector().fit(healthy)
    by_matrix = ZScoreDetector().fit(frame)
    assert by_matrix.cells_ == by_traces.cells_
    assert np.array_equal(by_matrix.baseline_["center"], by_traces.baseline_["center"])
    assert by_matrix.pipeline_ is None


def test_the_order_of_the_given_traces_does_not_matter(healthy):
    backwards = RobustMADDetector().fit(list(healthy)[::-1])
    assert backwards.run_ids_ == tuple(trace.run_id for trace in healthy)


@settings(max_examples=15)
@given(
    st.lists(st.floats(1e-6, 1e6), min_size=4, max_size=4),
    st.lists(st.floats(-1e3, 1e3), min_size=4, max_size=4),
    st.sampled_from([RobustMADDetector, ZScoreDetector]),
)
def test_units_do_not_matter(factors, shifts, cls):
    rng = np.random.default_rng(0)
    X, new = rng.normal(size=(30, 4)), 3 * rng.normal(size=(10, 4))
    there = np.array(factors), np.array(shifts) * np.array(factors)
    plain = cls().fit(X).score_samples(new)
    other = cls().fit(X * there[0] + there[1]).score_samples(new * there[0] + there[1])
    assert other == pytest.approx(plain, rel=1e-4, abs=1e-6)


def test_the_z_score_is_that_of_the_text_book():
    from scipy import stats

    rng = np.random.default_rng(0)
    X, new = rng.normal(size=(12, 1)), np.array([[2.5]])
    detector = ZScoreDetector(false_alarm_rate=0.05)
    with pytest.warns(FewRunsWarning):
        detector.fit(X)
    z = (2.5 - X.mean()) / (X.std(ddof=1) * np.sqrt(1 + 1 / 12))
    p = detector._p_values(detector._runs(new)).cell[0, 0]
    assert p == pytest.approx(2 * stats.t.sf(abs(z), 11))


def test_left_out_scores_are_fits_without_the_run():
    X = np.random.default_rng(0).normal(size=(9, 3))
    detector = ZScoreDetector()
    groups = np.full(3, -1)
    scores = detector._score_left_out(X, groups)
    for i in range(9):
        baseline = detector._fit_baseline(np.delete(X, i, axis=0), groups)
        # What others have reached excuses new runs, and does not make tails lighter.
        baseline = {name: baseline[name] for name in ("center", "scale", "df")}
        assert scores[i] == pytest.approx(detector._score_baseline(X[i : i + 1], baseline)[0])


def test_three_runs_work_and_say_what_is_missing():
    with pytest.warns(FewRunsWarning, match="honest from 20 runs"):
        detector = RobustMADDetector().fit(make_traces(3))
    gone = detector.score(make_trace(50, fault=next(f for f in FAULTS if "missing" in f.kind)))
    assert gone.flagged
    assert gone.runs_needed == 20
    assert "Only 3 healthy runs" in gone.summary()
    with pytest.warns(FewRunsWarning, match="honest from 200 runs"):
        RobustMADDetector(false_alarm_rate=0.001).fit(make_traces(40))


def test_enough_runs_are_silent(healthy):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        RobustMADDetector().fit(healthy)


@pytest.mark.parametrize("runs", [[], TraceSet(), [make_trace(0)], np.zeros((1, 3))])
def test_too_few_runs_say_what_to_do(runs):
    with pytest.raises(TooFewRunsError, match="Record more healthy runs"):
        ZScoreDetector().fit(runs)


def test_a_trace_after_an_array_is_refused(fitted):
    with pytest.raises(BaselineError, match="fitted on an array"):
        ZScoreDetector().fit(np.random.default_rng(0).normal(size=(30, 2))).score(make_trace(0))
    with pytest.raises(BaselineError, match="'other'"):
        fitted.score(make_trace(0, pipeline="other"))


def test_a_run_of_the_fit_is_scored_with_a_warning(fitted, healthy):
    known = healthy[3]
    for runs in (known, [make_trace(900), known]):
        with pytest.warns(LineageStatsWarning, match=f"Run {known.run_id} is one of") as caught:
            fitted.score(runs)
        assert [w.filename for w in caught] == [__file__]
    assert len(fitted.score([make_trace(900)])) == 1


def test_arrays_give_one_score_per_row(healthy):
    X = np.random.default_rng(0).normal(size=(30, 3))
    detector = clone(ZScoreDetector()).fit(X)
    scores = detector.score(X)
    assert scores.shape == (30,)
    assert np.array_equal(scores, -detector.score_samples(X))
    named = ZScoreDetector().fit(pd.DataFrame(X, columns=["a", "b", "c"]))
    assert [cell.operation for cell in named.cells_] == ["a", "b", "c"]
    assert named.feature_names_in_.tolist() == ["a", "b", "c"]


def test_rows_are_the_same_and_are_checked_in_whatever_form_they_come():
    X = np.random.default_rng(0).normal(size=(30, 3))
    X[3, 1] = np.nan
    detector = ZScoreDetector().fit(X)
    scores = detector.score_samples(X)
    for other in (X.tolist(), np.asfortranarray(X), X.astype(object), X[::-1][::-1]):
        assert np.array_equal(detector.score_samples(other), scores)
    for bad in (np.full((1, 3), -np.inf), X[:0], X[:, :2], X[0]):
        with pytest.raises(ValueError):
            detector.score_samples(bad)
    named = ZScoreDetector().fit(pd.DataFrame(X, columns=["a", "b", "c"]))
    with pytest.warns(UserWarning, match="valid feature names"):
        named.score_samples(X)


def test_a_code_that_changes_every_day_is_not_told(healthy):
    def stamped(trace):
        first = trace.operations[0]
        facts = {**first.facts, "call": f"read {trace.run_id}"}
        return replace(trace, operations=(replace(first, facts=facts), *trace.operations[1:]))

    detector = RobustMADDetector().fit([stamped(trace) for trace in healthy])
    assert detector.score(stamped(make_trace(99))).code_changes == ()


def with_facts(trace, first=(), others=()):
    """Return a trace with further facts at its first operation, and at all others."""
    one, *more = trace.operations
    changed = [replace(op, facts={**op.facts, **dict(others)}) for op in more]
    return replace(trace, operations=(replace(one, facts={**one.facts, **dict(first)}), *changed))


def test_lines_between_operations_are_told_where_nothing_else_changed(healthy):
    read, lines = {"call": "read(old)"}, {"slice": "a = 1"}
    detector = RobustMADDetector().fit([with_facts(trace, read, lines) for trace in healthy])
    new = make_trace(99, fault=InjectedFault("rows_lost", MERGE, 0.4))
    between = detector.score(with_facts(new, read, {"slice": "a = 2"}))
    assert between.code_changes == tuple(op.key for op in new.operations[1:])
    both = detector.score(with_facts(new, {"call": "read(new)"}, {"slice": "a = 2"}))
    assert both.code_changes == (new.operations[0].key,)


def test_code_that_leads_to_what_is_odd_is_told_without_a_probability(healthy):
    detector = RobustMADDetector().fit([with_facts(trace, {"slice": "a"}) for trace in healthy])
    *rest, metric = with_facts(make_trace(99), {"slice": "b"}).operations
    low = replace(metric, features={**metric.features, "metric_value": 0.1})
    text = detector.score(replace(make_trace(99), operations=(*rest, low))).summary()
    assert "code that leads to it changed, and what comes after it is odd\n" in text
    assert "metric_value: 0.1, expected" in text


@settings(max_examples=20, phases=[Phase.generate])
@given(st.lists(traces(pipeline="p"), min_size=3, max_size=6), traces(pipeline="p"))
def test_any_traces_can_be_fitted_and_scored(runs, new):
    """No warning, no error, a probability: whatever a trace may hold."""
    runs = [Trace(**{**vars_of(t), "run_id": str(i)}) for i, t in enumerate(runs)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", FewRunsWarning)
        detector = RobustMADDetector().fit(runs)
    score = detector.score(replace(new, run_id="new"))
    assert 0 <= score.p_value <= 1
    assert score.summary()
    assert isinstance(repr(score), str)


def vars_of(trace):
    return {name: getattr(trace, name) for name in trace.__dataclass_fields__}


def test_an_author_writes_two_functions():
    class Quartiles(BaseDetector):
        """Distance from the median in quartile ranges."""

        def _fit_baseline(self, x, groups):
            low, center, high = np.nanpercentile(x, [25, 50, 75], axis=0)
            return {"center": center, "scale": (high - low) / 1.349}

        def _score_baseline(self, x, baseline):
            return (x - baseline["center"]) / baseline["scale"]

    rng = np.random.default_rng(0)
    detector = Quartiles(false_alarm_rate=0.05).fit(rng.normal(size=(60, 5)))
    new = rng.normal(size=(2000, 5))
    assert 0.01 < (detector.predict(new) < 0).mean() < 0.11
    new[:, 2] = 20
    assert (detector.predict(new) < 0).all()


def test_the_link_at_the_root_refuses_to_be_imported():
    code = "import sys; sys.path.insert(0, '.'); import detectors"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "import lineage_stats.detectors instead" in done.stderr


@pytest.mark.parametrize("method", ["partial_fit", "score"])
def test_the_name_of_a_folder_is_refused_with_what_to_do(method, healthy, tmp_path):
    detector = RobustMADDetector().fit(healthy)
    with pytest.raises(TypeError, match=r"Load them first: load_traces\("):
        getattr(detector, method)(str(tmp_path))


def test_a_run_that_is_given_twice_counts_once(healthy):
    runs = list(healthy)[:12]
    with pytest.warns(FewRunsWarning):
        once, twice = ZScoreDetector().fit(runs), ZScoreDetector().fit([*runs, *runs])
    assert twice.n_runs_ == once.n_runs_ == 12
    assert np.array_equal(twice.calibration_.cell_level(0.01), once.calibration_.cell_level(0.01))


def test_the_rate_of_the_fit_holds_until_the_next(healthy):
    detector = ZScoreDetector(false_alarm_rate=0.02).fit(healthy)
    detector.set_params(false_alarm_rate=0.5)
    news = make_traces(60, seed=7)
    scores = detector.score_many(news)
    assert [score.flagged for score in scores] == (detector.predict(news) == -1).tolist()
    assert {score.false_alarm_rate for score in scores} == {0.02}


@pytest.mark.parametrize(
    ("learned", "said"),
    [
        (lambda x: {"middle": x.mean(axis=0)}, "'center' and 'scale'.*It has middle"),
        (lambda x: {"center": x.mean(axis=0), "scale": 1.0}, r"are \(\d+,\) and \(\)"),
    ],
)
def test_an_author_is_told_what_a_baseline_must_have(learned, said, healthy):
    class Own(BaseDetector):
        def _fit_baseline(self, x, groups):
            return learned(x)

        def _score_baseline(self, x, baseline):
            return x

    with pytest.raises(ValueError, match=said):
        Own().fit(healthy)


@pytest.mark.parametrize("detector", [RobustMADDetector(), ZScoreDetector()])
@pytest.mark.parametrize("noise", [2.5e-16, 1e-12])
def test_a_constant_with_noise_of_floats_can_be_fitted(detector, noise):
    x = np.random.default_rng(0).normal(size=(40, 20))
    x[:, 0] = np.resize([-noise, 0.0, -0.7 * noise, -0.3 * noise, -noise], 40)
    assert np.isfinite(detector.fit(x).score_samples(x[:1])).all()
