"""Days of more or fewer rows."""

import numpy as np
import pytest

from lineage_stats.detectors import RobustMADDetector, ZScoreDetector, load_detector
from lineage_stats.detectors._volume import Volume
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


def flagged(detector, runs):
    return float((detector.predict(runs) < 0).mean())


@pytest.mark.parametrize("cls", [RobustMADDetector, ZScoreDetector])
@pytest.mark.parametrize("volume", [0.55, 0.7, 2.0])
def test_a_day_of_another_volume_is_no_fault(cls, volume, tmp_path):
    detector = cls().fit(healthy())
    runs = some(volume=volume)
    assert flagged(detector, runs) <= 0.1
    again = load_detector(detector.save(tmp_path / "detector"))
    assert (again.score_samples(runs) == detector.score_samples(runs)).all()


def test_what_goes_wrong_on_such_a_day_is_seen():
    detector = RobustMADDetector().fit(healthy())
    assert flagged(detector, some(volume=0.55, lost=0.5)) == 1
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


def test_days_as_far_off_are_counted():
    moved = np.zeros((99, 2))
    moved[:9, 0] = 90.0
    moved[5, 0] = -80.0
    volume = Volume.fit(moved[9:], moved[:9], np.array([0.05, 1.0]), COUNTS[:2], np.array([0]))
    assert volume.p_value(0, np.array([-100.0, 0.0])) == pytest.approx(10 / 100)
    # None is like these, and Cauchy's law is left.
    assert volume.p_value(0, np.array([200.0, 0.0])) == pytest.approx(1 / (100 * np.pi), rel=0.01)
    assert volume.p_value(0, np.array([5.0, 0.0])) == pytest.approx(0.1257, abs=1e-4)


def test_the_most_unusual_source_is_looked_at():
    moved = np.zeros((30, 3))
    volume = Volume.fit(moved, moved[:0], np.full(3, 0.05), COUNTS[:3], np.array([0, 2]))
    assert volume.source_of(np.array([2.5, 50.0, -1.0])) is None
    assert volume.source_of(np.array([-3.5, 50.0, np.nan])) == 0
    assert volume.source_of(np.array([-3.5, 50.0, 4.0])) == 1


def test_what_goes_with_the_rows_in_any_way_is_expected():
    rng = np.random.default_rng(0)
    x = rng.normal(0, 1, 60)
    scale = np.array([0.05, 1.0, 1.0, 1.0])
    moved = np.column_stack([x, x, -x, rng.normal(0, 1, 60)])
    volume = Volume.fit(moved, np.empty((0, 4)), scale, COUNTS, np.array([0]))
    double = np.log(2) / 0.05
    run = np.array([double, 1 / 0.05, -0.5 / 0.05, 12.0])
    rest = volume.without(0, run)
    assert np.abs(rest[:3]).max() < 0.5
    assert 3 < rest[3] < 12.0
    still = volume.without(0, np.array([double, 0.1, 0.1, 0.1]))
    assert np.abs(still[1:]).max() == pytest.approx(0.1, abs=0.05)


def test_a_count_may_go_with_the_rows_or_stay():
    moved = np.zeros((40, 3))
    moved[:, 0] = np.linspace(-1.5, 1.5, 40)
    counts = np.array([True, True, False])
    volume = Volume.fit(moved, moved[:0], np.full(3, 0.05), counts, np.array([0]))
    half = np.log(0.5) / 0.05
    for share in (0.0, 0.5, 1.0):
        assert volume.without(0, np.array([half, share * half, 0.0]))[1] == 0.0
    assert volume.without(0, np.array([half, 2 * half, 0.0]))[1] < -3
    assert volume.without(0, np.array([half, -half, half])).min() < -3


def test_what_hardly_varied_may_follow_the_rows():
    moved = np.zeros((30, 1))
    volume = Volume.fit(moved, moved[:0], np.array([0.05]), COUNTS[:1], np.array([0]))
    half = np.array([np.log(0.5) / 0.05])
    usual = np.array([1000.0, 1000.0, 1000.0, 5.0, 5.0])
    X = np.array([1000.0, 640.0, 400.0, 2.0, 1.0])
    assert volume.may_follow(0, half, X, usual).tolist() == [True, True, False, True, False]


def test_a_cap_that_is_not_reached_on_a_small_day_is_no_news():
    rng = np.random.default_rng(3)

    def capped(i, volume):
        trace = day(rng, i, volume=volume, spread=0.01)
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
    assert nothing.source_of(np.full(5, 99.0)) is None
    assert nothing.to_arrays()["slope"].shape == (0, 5)
