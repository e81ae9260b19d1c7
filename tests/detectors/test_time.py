import numpy as np
import pandas as pd
import pytest

from lineage_stats.detectors import RobustMADDetector, ZScoreDetector, load_detector
from lineage_stats.detectors._time import TimeModel

MONDAY = 19_723.0  # 2024-01-01


def fit(z, times, *, weekly=True, drift=True):
    return TimeModel.fit(z, times, weekly=weekly, drift=drift)


def week(n, seed=0, cells=6):
    z = np.random.default_rng(seed).normal(size=(n, cells))
    times = MONDAY + np.arange(n)
    z[:, 0] += 8.0 * (np.arange(n) % 7 >= 5)
    z[:, 1] += 20.0 * np.arange(n) / n
    return z, times


def test_kinds_of_cells_are_told_apart():
    z, times = week(70)
    model = fit(z, times)
    assert model.kind.tolist() == [1, 2, 0, 0, 0, 0]
    assert model.level[:, 0] == pytest.approx([0] * 5 + [8] * 2, abs=1.5)
    assert model.slope[1] == pytest.approx(20, abs=2)


def test_residuals_of_fitted_and_new_runs_have_one_scale():
    fitted, new = [], []
    for seed in range(150):
        z, times = week(35, seed)
        model = fit(z, times)
        if model.kind[0] == 1:
            fitted.append(model.residuals(z, times)[:, 0])
            later = np.random.default_rng(1000 + seed).normal(size=(7, 6))
            days = times[-1] + 1 + np.arange(7)
            later[:, 0] += 8.0 * ((days - MONDAY) % 7 >= 5)
            new.append(model.adjust(later, days)[:, 0])
    assert np.std(fitted) == pytest.approx(1, abs=0.05)
    assert np.std(new) == pytest.approx(1, abs=0.08)


def test_a_step_is_no_drift():
    z, times = week(60)
    z[:, 2] += 10.0 * (np.arange(60) >= 30)
    assert fit(z, times).kind[2] == 0


def test_noise_is_neither():
    found = [
        fit(np.random.default_rng(s).normal(size=(50, 40)), MONDAY + np.arange(50)).kind
        for s in range(40)
    ]
    assert np.mean([kind.any() for kind in found]) < 0.1


def bursts(n_dates):
    return MONDAY + np.repeat(np.arange(float(n_dates)), 4) + np.tile(np.arange(4) / 288, n_dates)


def test_what_only_the_runs_of_one_date_share_is_no_weekday():
    rng, found = np.random.default_rng(0), []
    few = np.repeat(rng.normal(size=(10, 40)), 4, axis=0)
    assert not fit(few, bursts(10), drift=False).kind.any()
    for _ in range(20):
        z = np.repeat(rng.normal(size=(35, 40)), 4, axis=0)
        found.append(fit(z, bursts(35), drift=False).kind.any())
    assert np.mean(found) < 0.1
    z[:, 0] += 8.0 * ((bursts(35) - MONDAY) % 7 >= 5)
    assert fit(z, bursts(35), drift=False).kind[0] == 1


@pytest.mark.parametrize("n_dates", [10, 35])
def test_what_only_the_runs_of_one_date_share_is_no_drift(n_dates):
    rng, drifts, hidden = np.random.default_rng(0), [], []
    for _ in range(40):
        z = np.repeat(rng.normal(size=(n_dates, 40)), 4, axis=0)
        model = fit(z, bursts(n_dates), weekly=False)
        drifts.append(model.kind.any())
        hidden.append(model.hidden > 0)
    assert np.mean(drifts) < 0.1
    assert np.mean(hidden) < 0.1
    z += np.linspace(0, 20, n_dates).repeat(4)[:, None]
    assert (fit(z, bursts(n_dates), weekly=False).kind == 2).all()


@pytest.mark.parametrize("n", [5, 19])
def test_few_runs_show_nothing(n):
    z, times = week(n)
    assert fit(z, times).is_flat


def test_unknown_times_show_nothing():
    z, times = week(70)
    assert fit(z, np.full(70, np.nan)).is_flat
    assert fit(z, np.full(70, MONDAY)).is_flat
    assert fit(z, times, weekly=False, drift=False).is_flat


def test_a_line_is_not_continued_for_ever():
    z, times = week(70)
    model = fit(z, times)
    far = model.at(np.array([times[-1] + 10_000]))[0][0, 1]
    assert far < 20 * 1.25 + 3


def frame(z, times):
    return pd.DataFrame(z, index=pd.to_datetime(times, unit="D"))


@pytest.mark.parametrize("cls", [RobustMADDetector, ZScoreDetector])
def test_weekdays_of_a_frame(cls):
    z, times = week(70)
    detector = cls().fit(frame(z, times))
    blind = cls(weekly_season=False, alarm_on_drift=True).fit(frame(z, times))
    monday, sunday = times[-1] + 1, times[-1] + 7
    quiet = np.zeros((1, 6))
    quiet[:, 1] = 20.3
    as_sunday = quiet.copy()
    as_sunday[:, 0] = 8.0
    assert detector.predict(frame(quiet, [monday])).tolist() == [1]
    assert detector.predict(frame(as_sunday, [sunday])).tolist() == [1]
    assert detector.predict(frame(as_sunday, [monday])).tolist() == [-1]
    assert blind.predict(frame(as_sunday, [monday])).tolist() == [1]


def test_drift_goes_on_unless_asked():
    z, times = week(40)
    z[:, 1] = 0.2 * np.random.default_rng(5).normal(size=40) + np.arange(40) / 4
    goes_on = np.zeros((1, 6))
    goes_on[:, 1] = 11.0
    new = frame(goes_on, [times[-1] + 5])
    assert ZScoreDetector(weekly_season=False).fit(frame(z, times)).predict(new).tolist() == [1]
    back = np.zeros((1, 6))
    detector = ZScoreDetector(weekly_season=False).fit(frame(z, times))
    assert detector.predict(frame(back, [times[-1] + 5])).tolist() == [-1]
    asked = ZScoreDetector(weekly_season=False, alarm_on_drift=True).fit(frame(z, times))
    assert asked.score(frame(goes_on, [times[-1] + 5]))[0] > detector.score(new)[0]


def test_it_is_saved(tmp_path):
    z, times = week(70)
    detector = ZScoreDetector().fit(frame(z, times))
    loaded = load_detector(detector.save(tmp_path / "x"))
    new = frame(z[:10], times[:10] + 70)
    assert np.array_equal(loaded.score_samples(new), detector.score_samples(new))


def test_beyond_a_quarter_of_a_line_it_may_go_on_or_level_off():
    times = MONDAY + np.arange(40.0)
    model = fit(np.column_stack([times, np.random.default_rng(0).normal(size=40)]), times)
    later = times[-1] + np.array([1.0, 30.0, 30.0, 30.0, 30.0])
    gone_on, levelled = times[-1] + 30.0, times[-1] + 39 / 4
    values = np.array([times[-1] + 1, gone_on, levelled, levelled - 3.0, gone_on + 3.0])
    left = model.adjust(np.column_stack([values, np.zeros(5)]), later)[:, 0]
    assert left[:3] == pytest.approx(0, abs=1e-6)
    assert left[3] < -0.5
    assert left[4] > 0.5


def hidden_drift(seed, n=24, cells=300):
    """Draw cells of which each goes up or down by 1.7 sd in all: too little to be seen alone."""
    rng = np.random.default_rng(seed)
    slope = rng.choice([-1.7, 1.7], size=cells)
    z = 50 + rng.normal(size=(n, cells)) + np.arange(n)[:, None] / n * slope
    new = 50 + rng.normal(size=(100, cells)) + slope
    return z, MONDAY + np.arange(n), new


def test_drifts_that_no_cell_shows_make_new_runs_less_certain():
    z, times, new = hidden_drift(0)
    model = fit(z, times)
    assert (model.kind == 0).mean() > 0.9
    assert model.hidden == pytest.approx(1.7**2, rel=0.5)
    free = model.kind == 0
    spread = z[:, free].std(axis=0, ddof=1)
    left = (
        model.adjust(new, np.full(100, times[-1] + 1))[:, free] - z[:, free].mean(axis=0)
    ) / spread
    bare = (new[:, free] - z[:, free].mean(axis=0)) / spread
    assert np.square(bare).mean() > 1.4
    assert 0.9 < np.square(left).mean() < 1.25


def test_a_value_that_is_missing_once_changes_nothing_of_that():
    z, times, new = hidden_drift(2)
    z[5, :150] = np.nan
    z[:, 150] = np.nan
    frame = pd.DataFrame(z, index=pd.to_datetime(times, unit="D"))
    later = pd.DataFrame(new, index=pd.to_datetime(np.full(100, times[-1] + 1), unit="D"))
    detector = RobustMADDetector().fit(frame)
    assert detector.time_.hidden > 0
    assert detector.center_[:150] == pytest.approx(50, abs=2)
    assert (detector.predict(later) < 0).mean() < 0.05


def test_without_drift_nothing_is_hidden():
    hidden = [
        fit(np.random.default_rng(s).normal(size=(25, 200)), MONDAY + np.arange(25)).hidden
        for s in range(40)
    ]
    assert np.mean([float(value) > 0 for value in hidden]) < 0.05


def test_what_is_hidden_is_saved_and_shown(tmp_path):
    z, times, new = hidden_drift(1)
    frame = pd.DataFrame(z, index=pd.to_datetime(times, unit="D"))
    detector = RobustMADDetector().fit(frame)
    assert detector.time_.hidden > 0
    loaded = load_detector(detector.save(tmp_path / "detector"))
    assert loaded.time_.hidden == detector.time_.hidden
    later = pd.DataFrame(new, index=pd.to_datetime(np.full(100, times[-1] + 1), unit="D"))
    assert np.array_equal(loaded.score_samples(later), detector.score_samples(later))
    assert (detector.predict(later) < 0).mean() < 0.05
    strict = RobustMADDetector(alarm_on_drift=True).fit(frame)
    assert strict.time_.is_flat
