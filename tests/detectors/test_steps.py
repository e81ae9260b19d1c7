import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lineage_stats.detectors import (
    BayesianChangePointDetector,
    RobustMADDetector,
    ZScoreDetector,
    load_detector,
)
from lineage_stats.detectors._steps import StepModel, either

DETECTORS = [RobustMADDetector, ZScoreDetector, BayesianChangePointDetector]
HERE = np.zeros((1, 1)), np.ones((1, 1))


def overlapping(rng, n, window=28):
    """Means over a window of days, standard deviation 1."""
    return np.convolve(rng.normal(size=n + window), np.full(window, window**-0.5), "valid")[:n]


def days(rng, n, n_others=30):
    """Daily runs with two metrics whose data overlap, and columns that are new each day."""
    names = [("f1_score#1", "metric_value"), ("mean_absolute_error#1", "metric_value")]
    names += [(f"assign#{j}", "mean[a]") for j in range(n_others)]
    metrics = [0.8 + 0.01 * overlapping(rng, n), 10 + overlapping(rng, n)]
    return pd.DataFrame(
        np.column_stack([*metrics, rng.normal(size=(n, n_others))]),
        index=pd.date_range("2024-01-01", periods=n),
        columns=pd.MultiIndex.from_tuples(names),
    )


def walk(rng, n):
    return np.cumsum(rng.normal(size=(n, 1)), axis=0), np.arange(float(n))


@pytest.mark.parametrize("detector", DETECTORS)
def test_a_cliff_of_a_metric_that_wanders_is_found(detector):
    found = []
    for seed in range(8):
        runs = days(np.random.default_rng(seed), 41)
        runs.iloc[40, 0] -= 0.08  # 8 standard deviations
        found.append(detector().fit(runs.iloc[:40]).predict(runs.iloc[40:])[0] < 0)
    assert sum(found) >= 7


@pytest.mark.parametrize("detector", DETECTORS)
def test_the_days_after_are_quiet(detector):
    flagged = []
    for seed in range(20):
        runs = days(np.random.default_rng(seed), 47)
        flagged.append(detector().fit(runs.iloc[:40]).predict(runs.iloc[40:]) < 0)
    assert np.mean(flagged) < 0.03


def test_metrics_without_a_memory_are_judged_by_their_level():
    runs = days(np.random.default_rng(0), 40)
    runs.iloc[:, :2] = np.random.default_rng(1).normal(size=(40, 2))
    detector = RobustMADDetector().fit(runs)
    assert not detector.steps_.sure.any()
    assert detector.wanders_[:2] == pytest.approx(0, abs=0.2)


def columns(rng, n, n_cells=60, window=14):
    """Daily runs with columns whose data overlap."""
    return pd.DataFrame(
        np.column_stack([overlapping(rng, n, window) for _ in range(n_cells)]),
        index=pd.date_range("2024-01-01", periods=n),
        columns=pd.MultiIndex.from_tuples((f"assign#{j}", "mean[a]") for j in range(n_cells)),
    )


@pytest.mark.parametrize("detector", DETECTORS)
def test_columns_whose_data_overlap_are_judged_by_steps(detector):
    healthy, found = [], []
    for seed in range(10):
        runs = columns(np.random.default_rng(seed), 48)
        fitted = detector().fit(runs.iloc[:40])
        healthy.append(fitted.predict(runs.iloc[[40, 47]]) < 0)
        runs.iloc[40, 0] += 12
        found.append(fitted.predict(runs.iloc[[40]])[0] < 0)
    assert sum(found) >= 9
    assert np.sum(healthy) <= 1


def test_columns_that_did_not_show_it_are_told_by_the_others():
    runs = columns(np.random.default_rng(0), 20)
    detector = RobustMADDetector().fit(runs)
    unsure = detector.steps_.cell[~detector.steps_.sure]
    assert 0 < len(unsure) < 40
    assert np.median(detector.wanders_[unsure]) > 0.8


def test_columns_that_stand_for_days_and_jump_are_left_to_their_level():
    rng = np.random.default_rng(0)
    runs = columns(rng, 40)
    runs.iloc[:] = np.repeat(rng.normal(size=(6, 60)), 7, axis=0)[:40]
    runs += 0.05 * rng.normal(size=runs.shape)
    detector = RobustMADDetector().fit(runs)
    assert not detector.steps_.cell.size
    assert np.isfinite(detector.effective_).all()


def test_columns_that_drift_by_the_same_amount_each_day_are_left_to_their_level():
    """A sample of more rows is another one: the mean date is another then, too."""
    runs = columns(np.random.default_rng(0), 40)
    runs.iloc[:, 0] = 86_400.0 * np.arange(40) + 100 * overlapping(np.random.default_rng(1), 40)
    steps = RobustMADDetector().fit(runs).steps_
    assert 0 not in steps.cell
    assert 1 in steps.cell


@pytest.mark.parametrize("index", [None, "unordered"])
def test_runs_whose_order_in_time_is_not_known_have_no_steps(index):
    runs = days(np.random.default_rng(0), 40)
    runs = runs.iloc[::-1] if index else runs.reset_index(drop=True)
    assert not RobustMADDetector().fit(runs).steps_.cell.size


def test_the_scale_of_steps_is_theirs():
    z, times = walk(np.random.default_rng(0), 2000)
    model = StepModel.fit(z, z, times)
    assert model.scale == pytest.approx(1, rel=0.05)
    assert model.df == pytest.approx(2 / 3 * 1999, rel=0.1)
    assert model.scale.shape == model.df.shape == (1, 1)


def test_heavy_tails_of_steps_are_worth_fewer():
    rng = np.random.default_rng(0)
    z = np.repeat(rng.normal(size=30), 8)[:, None] + 0.01 * rng.normal(size=(240, 1))
    model = StepModel.fit(z, z, np.arange(240.0))
    assert model.df < 50
    assert model.scale > 0.3


@pytest.mark.parametrize("detector", DETECTORS)
def test_a_metric_that_stands_and_jumps_is_quiet(detector):
    """As of a model that is trained once a week."""
    flagged = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        runs = days(rng, 49)
        runs.iloc[:, :2] = np.repeat(rng.normal(size=(7, 2)), 7, axis=0)
        runs.iloc[:, :2] += 0.05 * rng.normal(size=(49, 2))
        flagged.append(detector().fit(runs.iloc[:42]).predict(runs.iloc[42:]) < 0)
    assert np.mean(flagged) < 0.08


def bursts(rng, n_days, each=4, n_others=10):
    """Several runs within minutes on the data of one day, then nothing up to the next day."""
    runs = days(rng, n_days * each, n_others)
    at = np.arange(n_days * each)
    runs.index = pd.Timestamp("2024-01-01") + pd.to_timedelta(
        at // each + at % each / 288, unit="D"
    )
    runs.iloc[:, :2] = np.repeat(rng.normal(size=(n_days, 2)), each, axis=0)
    runs.iloc[:, :2] += 0.05 * rng.normal(size=(n_days * each, 2))
    return runs


@pytest.mark.parametrize("detector", DETECTORS)
def test_runs_of_the_next_day_are_quiet_where_each_day_has_a_burst_of_them(detector):
    flagged, found = [], []
    for seed in range(20):
        runs = bursts(np.random.default_rng(seed), 11)
        fitted = detector().fit(runs.iloc[:40])
        flagged.append(fitted.predict(runs.iloc[40:]) < 0)
        again = runs.iloc[39:40].copy()
        again.index += pd.Timedelta("5min")
        again.iloc[0, 0] -= 2.0  # two days' standard deviations, forty of runs on one day
        found.append(fitted.predict(again)[0] < 0)
    assert np.mean(flagged) < 0.06
    assert np.mean(found) > 0.8


def test_steps_of_each_length_have_a_scale():
    rng = np.random.default_rng(0)
    times = np.repeat(np.arange(200.0), 4) + np.tile(np.arange(4) / 288, 200)
    z = np.repeat(rng.normal(size=200), 4)[:, None] + 0.01 * rng.normal(size=(800, 1))
    model = StepModel.fit(z, z, times)
    assert model.scale[0] == pytest.approx(0.01 * 2**0.5, rel=0.1)
    assert model.scale[-1] * 285**0.5 == pytest.approx(2**0.5, rel=0.1)
    new = model.near(times[-1:] + np.array([1 / 288, 1.0]), *HERE)
    assert new.scale[0].ravel() == pytest.approx([0.01 * 2**0.5, 2**0.5], rel=0.1)


def test_a_length_with_few_steps_borrows_from_the_next_one():
    z, times = walk(np.random.default_rng(0), 60)
    times[50:] += 20.0
    model = StepModel.fit(z, z, times)
    assert len(model.scale) == 4
    assert (model.scale == model.scale[0]).all()
    z[50:] += 200.0  # no random walk goes as far
    model = StepModel.fit(z, z, times)
    assert (model.scale[0] == model.scale[1]).all()
    assert model.scale[3] > 10 * model.scale[0]
    assert model.df[3] == 1


def test_a_missing_day_is_two_steps():
    z, times = walk(np.random.default_rng(0), 2000)
    model = StepModel.fit(z[::2], z[::2], times[::2])
    assert model.usual == 2
    some = np.sort(np.random.default_rng(1).choice(2000, 1600, replace=False))
    assert StepModel.fit(z[some], z[some], times[some]).scale == pytest.approx(1, rel=0.05)


def test_left_out_steps_are_standard_normal_or_smaller():
    z, times = walk(np.random.default_rng(0), 400)
    scores = StepModel.fit(z, z, times).left_out_scores()
    assert np.isnan(scores[0]).all()
    assert 0.6 < np.nanstd(scores) < 1.25


def test_left_out_steps_are_those_to_older_runs_too():
    z, times = walk(np.random.default_rng(0), 60)
    wave = np.sin(np.arange(60.0) / 4)[:, None]  # one that goes on in its direction for days
    alike, on = (StepModel.fit(v, v, times).left_out_scores() for v in (z, wave))
    assert np.nanstd(on) > 1.5 * np.nanstd(alike)


def test_an_odd_last_run_does_not_make_the_next_one_odd():
    z, times = walk(np.random.default_rng(0), 60)
    after = z[-1] + 0.5
    z[-1] += 100
    model = StepModel.fit(z, z, times)
    assert abs(model.scores(after[None], model.near(np.array([60.0]), *HERE))) < 3


def test_the_longer_ago_the_less_surprising():
    z, times = walk(np.random.default_rng(0), 60)
    model = StepModel.fit(z, z, times)
    new = z[-3:].mean() + np.full((1, 1), 9.0)
    next_day, late = (
        abs(model.scores(new, model.near(np.array([t]), *HERE)).item()) for t in (60, 80)
    )
    assert next_day > 1.5 * late > 1


def test_steps_say_nothing_of_a_run_without_a_time():
    z, times = walk(np.random.default_rng(0), 60)
    model = StepModel.fit(z, z, times)
    step = model.scores(z[-1:] + 50, model.near(np.array([np.nan]), *HERE))
    assert np.isnan(step).all()
    assert either(np.array([[2.0]]), step) == 2.0


def test_dates_without_hours_tell_an_order():
    z, times = walk(np.random.default_rng(0), 60)
    for n in (40, 41):
        assert StepModel.fit(z[:n], z[:n], times[:n] // 2).cell.size


def test_missing_values_are_passed_over():
    z, times = walk(np.random.default_rng(0), 60)
    z[[10, 11, 30, 58]] = np.nan
    model = StepModel.fit(z, z, times)
    assert np.isfinite(model.scores(np.zeros((1, 1)), model.near(np.array([60.0]), *HERE))).all()
    assert np.isnan(model.scores(np.full((1, 1), np.nan), model.near(np.array([60.0]), *HERE)))


def test_either_shares_false_alarms_between_step_and_level():
    score = either(np.array([4.0, -1.0]), np.array([1.0, -5.0]))
    assert stats.norm.sf(score[0]) == pytest.approx(stats.norm.sf(4) / 0.1)
    assert stats.norm.cdf(score[1]) == pytest.approx(stats.norm.sf(5) / 0.9)
    z, times = walk(np.random.default_rng(0), 60)
    least = StepModel.fit(z, z, times).least(np.array([3.0]), np.zeros(1))
    assert either(np.array([0.0]), least) == pytest.approx(3.0)


def test_the_range_is_where_the_run_would_be_healthy():
    runs = days(np.random.default_rng(3), 40)
    detector = RobustMADDetector().fit(runs)
    time = (runs.index[-1] - pd.Timestamp(0)) / pd.Timedelta(days=1) + 1
    center, _, lower, upper = (a[0] for a in detector._ranges(time))
    assert lower < center < upper
    assert upper - lower < 0.1
    later = detector._ranges(time + 10)
    assert later[3][0] - later[2][0] > 1.5 * (upper - lower)
    new = runs.iloc[[-1] * 4].set_axis(runs.index[-1:].repeat(4) + pd.Timedelta(days=1))
    new.iloc[:, 0] = [lower - 0.003, lower + 0.003, upper - 0.003, upper + 0.003]
    alone = detector.calibration_.cell_level(detector.false_alarm_rate)[0]
    p = detector._p_values(detector._runs_of_array(new, reset=False)).cell[:, 0]
    # Metrics are shown with the range that they would have by themselves.
    limit = max(alone, detector.false_alarm_rate)
    assert (p < limit).tolist() == [True, False, False, True]


def test_steps_are_saved(tmp_path):
    runs = days(np.random.default_rng(0), 44)
    detector = RobustMADDetector().fit(runs.iloc[:40])
    assert detector.steps_.cell.size
    loaded = load_detector(detector.save(tmp_path / "detector"))
    new = runs.iloc[40:]
    np.testing.assert_array_equal(loaded.score_samples(new), detector.score_samples(new))
    for mine, its in zip(loaded._ranges(20_000.0), detector._ranges(20_000.0), strict=True):
        np.testing.assert_array_equal(mine, its)


def test_what_does_not_show_a_memory_goes_only_so_far():
    z, times = walk(np.random.default_rng(0), 60)
    model = StepModel.fit(z, z, times)
    none = np.zeros(1, dtype=bool)
    unsure = model.judging(~none, none, none, ~none)
    new = z[-3:].mean() + np.full((1, 1), 50.0)
    sure, bounded = (abs(m.scores(new, m.near(np.array([5000.0]), *HERE))) for m in (model, unsure))
    assert sure < 1
    assert bounded > 1.5 * sure


def test_steps_of_one_row_are_read_too():
    z, times = walk(np.random.default_rng(0), 60)
    arrays = StepModel.fit(z, z, times).to_arrays()
    arrays |= {name: arrays[name][0] for name in ("scale", "df")}
    model = StepModel.from_arrays(arrays)
    assert model.scores(z[-1:] + 50, model.near(np.array([60.0]), *HERE)) > 5
    assert not StepModel.from_arrays(None).cell.size


def test_an_odd_run_at_the_end_of_a_day_is_left_out():
    times = np.repeat(np.arange(30.0), 4) + np.tile(np.arange(4) / 288, 30)
    rng = np.random.default_rng(0)
    z = (np.repeat(rng.normal(size=30), 4) + 0.01 * rng.normal(size=120))[:, None]
    z[59] += 30.0
    model = StepModel.fit(z, z, times)
    assert model.scale[0] == pytest.approx(0.01 * 2**0.5, rel=0.2)
    assert model.scale[-1] * 285**0.5 == pytest.approx(2**0.5, rel=0.3)
