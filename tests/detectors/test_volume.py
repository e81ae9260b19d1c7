"""Days of more or fewer rows."""

import numpy as np
import pytest
from scipy import stats

from lineage_stats.detectors import (
    BayesianChangePointDetector,
    RobustMADDetector,
    ZScoreDetector,
    load_detector,
)
from lineage_stats.detectors._volume import Volume, may_follow
from lineage_stats.trace import DataRef, Operation, Trace

N_STEPS = 12
COUNTS = np.array([True, False, False, False])


def day(rng, i, volume=1.0, spread=0.04, lost=1.0, shift=0.0, score=0.0):
    """A table of some rows, steps that keep most of them, and what goes with their number."""
    n = 20_000 * volume * np.exp(rng.normal(0, spread))
    table = DataRef("t0", "table", rows=round(n))
    operations = [Operation("main/read#1", "read", "source", outputs=(table,))]
    for k in range(1, N_STEPS):
        kept = lost if k > 6 else 1.0
        step = DataRef(f"t{k}", "table", rows=round(n * kept * np.exp(rng.normal(0, 0.01))))
        features = {
            "mean[total]": n / 500 * (1 + rng.normal(0, 0.01)),
            "mean[new]": 3000 / n * (1 + rng.normal(0, 0.02)),
            "mean[age]": 40 + shift * (k == 3) + rng.normal(0, 0.3),
        }
        operations.append(
            Operation(f"main/step#{k}", "step", "transform", inputs=(table,), outputs=(step,),
                      features=features)
        )  # fmt: skip
        table = step
    value = 0.8 + score + rng.normal(0, 0.005)
    operations.append(
        Operation("main/f1_score#1", "f1_score", "metric", inputs=(table,),
                  features={"metric_value": value}, metric="f1_score")
    )  # fmt: skip
    return Trace(f"r{i}", "days", tuple(operations), start_ns=i * 86_400 * 10**9)


def healthy(n=30, **given):
    rng = np.random.default_rng(1)
    return [day(rng, i, **given) for i in range(n)]


def some(n=20, **given):
    rng = np.random.default_rng(2)
    return [day(rng, 60 + i, **given) for i in range(n)]


def two_sources(rng, i, first, second):
    """Two tables of their own numbers of rows, and steps on each."""
    operations = []
    for name, volume in (("first", first), ("second", second)):
        n = 20_000 * volume * np.exp(rng.normal(0, 0.04))
        table = DataRef(name, "table", rows=round(n))
        operations.append(Operation(f"main/{name}#1", name, "source", outputs=(table,)))
        for k in range(6):
            features = {
                "mean[total]": n / 500 * (1 + rng.normal(0, 0.01)),
                "mean[age]": 40 + rng.normal(0, 0.3),
            }
            step = DataRef(f"{name}{k}", "table", rows=round(n * np.exp(rng.normal(0, 0.01))))
            operations.append(
                Operation(f"main/{name}_step#{k}", "step", "transform", inputs=(table,),
                          outputs=(step,), features=features)
            )  # fmt: skip
            table = step
    return Trace(f"r{i}", "days", tuple(operations), start_ns=i * 86_400 * 10**9)


def flagged(detector, runs):
    return float((detector.predict(runs) < 0).mean())


@pytest.mark.parametrize("cls", [RobustMADDetector, ZScoreDetector, BayesianChangePointDetector])
@pytest.mark.parametrize("volume", [0.55, 0.7, 2.0])
def test_a_day_of_another_volume_is_no_fault(cls, volume, tmp_path):
    detector = cls().fit(healthy())
    runs = some(volume=volume)
    assert flagged(detector, runs) <= 0.1
    scores = detector.score_samples(runs)
    again = load_detector(detector.save(tmp_path / "detector"))
    assert (again.score_samples(runs) == scores).all()
    assert [float(detector.score_samples([run])[0]) for run in runs] == scores.tolist()


def test_a_pipeline_whose_rows_doubled_once_is_no_worse_off():
    rng = np.random.default_rng(4)
    runs = [day(rng, i, volume=1.0 if i >= 30 else 0.5) for i in range(60)]
    detector = BayesianChangePointDetector().fit(runs)
    assert flagged(detector, some(volume=0.55)) <= 0.1


@pytest.mark.parametrize("volumes", [(0.55, 1.0), (0.55, 0.55), (0.55, 0.4), (2.0, 0.55)])
def test_two_sources_have_their_own_numbers(volumes):
    rng = np.random.default_rng(5)
    detector = RobustMADDetector().fit([two_sources(rng, i, 1.0, 1.0) for i in range(30)])
    runs = [two_sources(rng, 60 + i, *volumes) for i in range(20)]
    assert flagged(detector, runs) <= 0.1


def test_what_goes_wrong_on_such_a_day_is_seen():
    detector = RobustMADDetector().fit(healthy())
    for volume in (0.55, 0.7, 2.0):
        assert flagged(detector, some(volume=volume, lost=0.6)) == 1
    assert flagged(detector, some(volume=2.0, shift=15.0)) == 1
    assert flagged(detector, some(volume=2.0, score=-0.3)) == 1


def test_rows_that_a_step_loses_are_no_volume():
    detector = RobustMADDetector().fit(healthy())
    assert flagged(detector, some(lost=0.7)) == 1


def test_a_source_that_never_gave_more_or_fewer_rows_is_taken_at_its_word():
    detector = RobustMADDetector().fit(healthy(spread=0.002))
    assert flagged(detector, some(volume=0.55, spread=0.002)) == 1
    assert flagged(RobustMADDetector().fit(healthy()), some(volume=0.02)) == 1


def test_the_finding_is_the_number_of_rows_alone():
    detector = RobustMADDetector(false_alarm_rate=0.1).fit(healthy())
    score = detector.score(some(n=1, volume=0.55)[0])
    assert score.flagged
    assert score.operations.index[0] == "main/read#1"
    assert min(score.alarms.values()) <= 0.1


def test_days_as_far_off_are_counted():
    moved = np.zeros((99, 2))
    moved[:9, 0] = 90.0
    moved[5, 0] = -80.0
    volume = Volume.fit(moved[9:], moved[:9], np.array([0.05, 1.0]), COUNTS[:2], np.array([0]))
    assert volume.p_value(0, np.array([-100.0, 0.0])) == pytest.approx(10 / 100)
    assert volume.p_value(0, np.array([5.0, 0.0])) == pytest.approx(10 / 100)
    # None is like these, and the law is left.
    p = 2 * stats.t.sf(200, 1.25)
    assert volume.p_value(0, np.array([200.0, 0.0])) == pytest.approx(p)


def test_the_first_of_many_runs_is_as_rare_as_they_are_many():
    few, many = (
        Volume.fit(
            np.zeros((n, 2)), np.empty((0, 2)), np.array([0.05, 1.0]), COUNTS[:2], np.array([0])
        )
        for n in (30, 499)
    )
    assert few.p_value(0, np.array([12.0, 0.0])) == pytest.approx(2 * stats.t.sf(12, 1.25))
    assert many.p_value(0, np.array([12.0, 0.0])) == pytest.approx(2 / 500)


def test_a_hundredth_of_the_rows_says_nothing_of_the_steadiest_source():
    moved = np.zeros((30, 1))
    volume = Volume.fit(moved, moved[:0], np.array([0.0005]), COUNTS[:1], np.array([0]))
    assert volume.p_value(0, np.array([np.log(0.99) / 0.0005])) > 0.1
    assert volume.p_value(0, np.array([np.log(0.9) / 0.0005])) < 0.01


def test_what_followed_has_no_range_on_that_day():
    detector = RobustMADDetector(false_alarm_rate=0.1).fit(healthy())
    for trace in (some(n=1, volume=0.55)[0], some(n=1)[0]):
        cells = detector.score(trace).cells
        counts = cells[cells["feature"] == "rows_out"]
        usual = counts[~counts["flagged"]]
        ranged = usual[usual["lower"].notna()]
        assert ((ranged["lower"] <= ranged["value"]) & (ranged["value"] <= ranged["upper"])).all()
    # Days like any other keep all of them.
    assert len(ranged) == len(counts)


def test_the_most_unusual_source_is_looked_at():
    moved = np.random.default_rng(0).normal(size=(30, 3))
    volume = Volume.fit(moved, moved[:0], np.full(3, 0.05), COUNTS[:3], np.array([0, 2]))
    assert volume.far(np.array([2.5, 50.0, -1.0])) == []
    assert volume.far(np.array([-3.5, 50.0, np.nan])) == [0]
    assert volume.far(np.array([-3.5, 50.0, 4.0])) == [1, 0]
    hardly = Volume.fit(moved[:3] / 9, moved[:0], np.full(3, 0.05), COUNTS[:3], np.array([0, 2]))
    assert hardly.far(np.array([-3.5, 50.0, 4.0])) == []


def test_what_goes_with_the_rows_in_any_way_is_expected():
    rng = np.random.default_rng(0)
    x = rng.normal(0, 1, 60)
    x[:12] = -17.0  # days of half the rows, which say nothing of how far the line holds
    scale = np.array([0.05, 1.0, 1.0, 1.0])
    moved = np.column_stack([x, x, -x, rng.normal(0, 1, 60)])
    moved[::2, 1] = np.nan
    volume = Volume.fit(moved, np.empty((0, 4)), scale, COUNTS, np.array([0]))
    double = np.log(2) / 0.05
    run = np.array([double, 1 / 0.05, -0.5 / 0.05, 12.0])
    rest = volume.without(0, run, 2.0)
    assert np.abs(rest[:3]).max() < 0.5
    assert 3 < rest[3] < 12.0
    still = volume.without(0, np.array([double, 0.1, 0.1, 0.1]), 2.0)
    assert np.abs(still[1:]).max() == pytest.approx(0.1, abs=0.05)


def test_a_count_that_was_not_seen_to_follow_may_go_with_the_rows_or_stay():
    moved = np.zeros((40, 4))
    moved[:, 0] = np.linspace(-1.5, 1.5, 40)
    moved[:, 2] = moved[:, 0]
    counts = np.array([True, True, True, False])
    volume = Volume.fit(moved, moved[:0], np.full(4, 0.05), counts, np.array([0]))
    assert volume.follows.tolist() == [[True, False, True, False]]
    half = np.log(0.5) / 0.05
    for share in (0.0, 0.5, 1.0):
        run = np.array([half, share * half, half, 0.0])
        assert np.abs(volume.without(0, run, 0.5)[1:3]).max() == pytest.approx(0.0, abs=1e-9)
    assert volume.without(0, np.array([half, 2 * half, half, 0.0]), 0.5)[1] < -3
    assert volume.without(0, np.array([half, half, 0.3 * half, 0.0]), 0.5)[2] < -3
    assert volume.without(0, np.array([half, half, 0.0, 0.0]), 0.5)[2] == 0.0
    assert volume.without(0, np.array([half, half, half, half]), 0.5)[3] < -1


def test_a_cell_without_a_scale_stays_as_it_is():
    moved = np.random.default_rng(0).normal(size=(30, 2))
    volume = Volume.fit(moved, moved[:0], np.array([0.05, 0.0]), COUNTS[:2] | True, np.array([0]))
    assert np.isfinite(volume.without(0, np.array([9.0, 2.0]), 1.5)).all()


def test_what_hardly_varied_may_follow_the_rows():
    usual = np.array([1000.0, 1000.0, 1000.0, 5.0, 5.0])
    X = np.array([1000.0, 640.0, 400.0, 2.0, 1.0])
    assert may_follow(0.5, X, usual).tolist() == [True, True, False, True, False]
    assert may_follow(0.0, np.zeros(1), np.ones(1)).tolist() == [True]


def test_a_cap_that_is_not_reached_on_a_small_day_is_no_news():
    rng = np.random.default_rng(3)

    def capped(i, volume):
        trace = day(rng, i, volume=volume)
        *first, last = trace.operations
        rows = trace.operations[-2].outputs[0].rows
        sample = DataRef("s", "table", rows=min(12_000, rows))
        pick = Operation("main/sample#1", "sample", "transform", inputs=last.inputs,
                         outputs=(sample,),
                         features={"distinct[text]": float(sample.rows)})  # fmt: skip
        return Trace(trace.run_id, "days", (*first, pick, last), start_ns=trace.start_ns)

    detector = RobustMADDetector().fit([capped(i, 1.0) for i in range(30)])
    assert flagged(detector, [capped(60 + i, 0.55) for i in range(10)]) <= 0.1


def test_without_a_source_nothing_is_excused():
    nothing = Volume.nothing(5)
    assert nothing.far(np.full(5, 99.0)) == []
    assert nothing.to_arrays()["slope"].shape == (0, 5)
