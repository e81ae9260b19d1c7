import numpy as np
import pandas as pd
import pytest

from lineage_stats.detectors import (
    BayesianChangePointDetector,
    RobustMADDetector,
    ZScoreDetector,
    load_detector,
)
from tests.strategies import FAULTS, make_trace, make_traces

CLASSES = [RobustMADDetector, ZScoreDetector, BayesianChangePointDetector]
N = 100
SHIFT = next(fault for fault in FAULTS if fault.kind == "mean_shifted")
NAMES = pd.MultiIndex.from_tuples(
    [(f"op{j}", "rows_out") for j in range(30)] + [(f"op{j}", "mean[a]") for j in range(30)]
)


def days(rng, n, volume=1.0):
    """Thirty operations with rows that vary together, and with means that do not."""
    rows = 5000 * volume * np.exp(rng.normal(0, 0.03, (n, 1)) + rng.normal(0, 0.01, (n, 30)))
    return np.c_[np.round(rows), rng.normal(40, 1, (n, 30))]


def fitted(rng, cls=RobustMADDetector, odd=None):
    x = days(rng, N)
    if odd is not None:
        x[40] = odd
    return cls().fit(pd.DataFrame(x, columns=NAMES))


def flagged(detector, x):
    return (detector.predict(pd.DataFrame(x, columns=NAMES)) < 0).mean()


@pytest.mark.parametrize("cls", [RobustMADDetector, ZScoreDetector])
def test_a_second_day_of_twice_the_volume_is_no_news(cls):
    rng = np.random.default_rng(0)
    double = days(rng, 50, volume=2.0)
    assert flagged(fitted(rng, cls), double) == 1
    detector = fitted(rng, cls, odd=double[0])
    assert detector.screened_run_ids_ == ("40",)
    assert flagged(detector, double[1:]) == 0
    scored = -detector.score_samples(pd.DataFrame(double[1:], columns=NAMES))
    assert scored.max() == pytest.approx(-np.log10(2 / (N + 1)), abs=0.05)


def test_what_a_day_of_such_volume_brings_beside_is_seen():
    rng = np.random.default_rng(0)
    double = days(rng, 50, volume=2.0)
    detector = fitted(rng, odd=double[0])
    broken = double[1:].copy()
    broken[:, 12:30] /= 4
    assert flagged(detector, broken) == 1
    shifted = double[1:].copy()
    shifted[:, 35] += 12
    assert flagged(detector, shifted) == 1
    assert flagged(detector, days(rng, 50, volume=0.4)) == 1
    assert flagged(detector, days(rng, 50, volume=4.0)) == 1


def test_a_bad_run_among_healthy_ones_excuses_none_of_its_kind():
    rng = np.random.default_rng(0)
    bad = days(rng, 50)
    bad[:, 30:50] += 15
    detector = fitted(rng, odd=bad[0])
    assert detector.screened_run_ids_ == ("40",)
    assert flagged(detector, bad[1:]) == 1


@pytest.mark.parametrize("cls", CLASSES)
def test_a_run_that_a_person_accepted_once_is_not_flagged_again(cls, tmp_path):
    detector = cls().fit(make_traces(60))
    odd, again = make_trace(900, fault=SHIFT), make_trace(901, fault=SHIFT)
    assert detector.score(again).flagged
    detector.accept(odd, reason="a new supplier")
    assert not detector.score(again).flagged
    assert not load_detector(detector.save(tmp_path / "x")).score(again).flagged
    detector.partial_fit(make_traces(20, first=1000))
    assert not detector.score(again).flagged
    assert not detector.partial_fit(odd).score(again).flagged
    assert detector.quarantine(odd.run_id).score(again).flagged


def test_what_was_accepted_has_no_range_but_the_metric_keeps_its_band():
    detector = RobustMADDetector().fit(make_traces(60))
    detector.accept(make_trace(900, fault=SHIFT))
    cells = detector.score(make_trace(901, fault=SHIFT)).cells
    before = RobustMADDetector().fit(make_traces(60)).score(make_trace(901, fault=SHIFT)).cells
    assert before["flagged"].any()
    assert cells["lower"].isna().sum() > before["lower"].isna().sum()
    assert cells.loc[cells["kind"] == "metric", "lower"].notna().all()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.kind)
def test_every_kind_of_run_can_be_accepted(fault):
    detector = RobustMADDetector().fit(make_traces(60)).accept(make_trace(900, fault=fault))
    assert not detector.score(make_trace(901, fault=fault)).flagged


def test_a_run_accepted_in_its_folder_counts_in_a_fit():
    tagged = make_trace(900, fault=SHIFT, tags={"baseline": "accepted"})
    again = make_trace(901, fault=SHIFT)
    assert (
        RobustMADDetector()
        .fit([*make_traces(60), again])
        .score(make_trace(902, fault=SHIFT))
        .flagged
    )
    assert not RobustMADDetector().fit([*make_traces(60), tagged]).score(again).flagged


@pytest.mark.parametrize("cls", [RobustMADDetector, ZScoreDetector])
def test_other_faults_are_seen_after_an_acceptance(cls):
    blank = cls().fit(make_traces(60))
    others = [make_trace(950, fault=fault) for fault in FAULTS if fault.kind != SHIFT.kind]
    seen = [trace for trace in others if blank.score(trace).flagged]
    assert len(seen) > 3
    detector = blank.accept(make_trace(900, fault=SHIFT))
    assert all(detector.score(trace).flagged for trace in seen)
