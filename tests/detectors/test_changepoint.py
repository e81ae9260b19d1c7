from dataclasses import replace

import numpy as np
import pytest

from lineage_stats.detectors import BayesianChangePointDetector, load_detector
from lineage_stats.detectors._bocpd import predict_left_out
from tests.strategies import FAULTS, make_trace, make_traces


def test_left_out_predictive_is_a_fit_without_the_value():
    x = np.random.default_rng(0).normal(size=(9, 2))
    x[2, 1] = np.nan
    found = predict_left_out(x)
    for series in range(2):
        for i in range(9):
            rest = np.delete(x[:, series], i)
            rest = rest[np.isfinite(rest)]
            kappa = 1 + len(rest)
            beta = 0.5 + ((rest**2).sum() - rest.sum() ** 2 / kappa) / 2
            assert found.center[i, series] == pytest.approx(rest.sum() / kappa)
            variance = 2 * beta * (kappa + 1) / (kappa * kappa)
            assert found.scale[i, series] == pytest.approx(np.sqrt(variance))
            assert found.df[i, series] == kappa


def test_predictive_is_that_of_the_present_segment():
    x = np.random.default_rng(0).normal(size=(30, 1))
    x[18:] += 9
    baseline = BayesianChangePointDetector(lag=5, screen_runs=False).fit(x).baseline_
    assert baseline["run_length"].tolist() == [12]
    assert baseline["df"].tolist() == [13]
    assert abs(baseline["center"][0] - x[18:].mean()) < 1  # the prior counts as one value
    assert 0.5 < baseline["scale"][0] < 3


def test_a_spread_that_grew_is_followed():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(90, 4))
    x[50:, 2] *= 12
    baseline = BayesianChangePointDetector().fit(x).baseline_
    assert baseline["run_length"][[0, 1, 3]].tolist() == [90, 90, 90]
    assert baseline["run_length"][2] < 60
    assert baseline["scale"][2] > 8


def test_an_outlier_hides_no_step():
    x = np.random.default_rng(0).normal(size=(150, 12))
    x[100:, 0] += 5
    x[50, 0] += 100
    baseline = BayesianChangePointDetector().fit(x).baseline_
    assert baseline["run_length"][0] == 50
    assert baseline["center"][0] == pytest.approx(5, abs=0.6)


def test_a_spread_that_shrank_is_followed():
    x = np.random.default_rng(1).normal(size=(150, 12))
    x[110:, 0] *= 0.25
    baseline = BayesianChangePointDetector().fit(x).baseline_
    assert 35 <= baseline["run_length"][0] <= 45


def test_heavy_tails_are_no_segments():
    """Large values come in groups by chance; as states they would make the others too sure."""
    x = np.random.default_rng(0).standard_t(2.5, size=(100, 300))
    baseline = BayesianChangePointDetector().fit(x).baseline_
    called = np.unique(baseline["change_cell"])
    assert len(called) > 10
    assert (baseline["run_length"] < 100).sum() < 0.3 * len(called)


def test_comparable_cells_lend_their_scales():
    """After 20 runs the scale of one cell is uncertain, that of two hundred alike is not."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(20, 200))
    new = rng.normal(size=(100, 200))
    new[np.arange(100), np.arange(100)] += 8
    assert (BayesianChangePointDetector().fit(x).predict(new) < 0).mean() > 0.97


def test_since_which_run_a_cell_has_changed():
    healthy = list(make_traces(60, seed=1))
    fault = next(f for f in FAULTS if f.kind == "metric_dropped")
    later = [make_trace(60 + i, seed=1, fault=fault) for i in range(20)]
    detector = BayesianChangePointDetector().fit([*healthy, *later])
    found = detector.change_points_
    metric = found[found["feature"] == "metric_value"]
    assert metric["operation"].tolist() == [fault.operation]
    assert metric["position"].tolist() == [60]
    assert metric["run_id"].tolist() == [later[0].run_id]
    assert (found["probability"] > 0.3).all()
    same = detector.score(make_trace(90, seed=1, fault=fault))
    row = same.explain(fault.operation).loc["metric_value"]
    assert not row["flagged"]
    assert row["since"] == later[0].run_id
    back = detector.score(make_trace(91, seed=1)).explain(fault.operation).loc["metric_value"]
    assert back["flagged"]
    assert back["since"] == "run-1-00091"


def test_healthy_sequences_have_hardly_any_change_points():
    rng = np.random.default_rng(0)
    detector = BayesianChangePointDetector().fit(rng.normal(size=(120, 400)))
    assert len(detector.change_points_) <= 2


def test_steps_are_found():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(100, 200))
    x[50:, :100] += 3
    found = BayesianChangePointDetector().fit(x).change_points_
    hits = found[(found["position"] - 50).abs() <= 2]
    assert hits["operation"].nunique() >= 90
    assert (found["operation"].str[1:].astype(int) >= 100).sum() <= 2


def test_order_matters():
    x = np.r_[np.zeros(30), np.full(30, 6.0)][:, None]
    x = x + np.random.default_rng(2).normal(size=(60, 1))
    shuffled = np.random.default_rng(3).permutation(x)
    assert len(BayesianChangePointDetector().fit(x).change_points_) == 1
    assert len(BayesianChangePointDetector().fit(shuffled).change_points_) == 0


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("expected_run_length", 1), ("expected_run_length", "250"), ("lag", 0), ("lag", 2.5),
     ("lag", True), ("threshold", 1.0), ("threshold", None)],
)  # fmt: skip
def test_impossible_parameters_are_named(parameter, value):
    detector = BayesianChangePointDetector(**{parameter: value})
    with pytest.raises(ValueError, match=f"'{parameter}' parameter of BayesianChangePoint"):
        detector.fit(np.zeros((5, 2)))


def test_a_state_that_comes_and_goes_is_no_news():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 3))
    for start in (12, 36, 60):
        X[start : start + 12, 1] += 12
    detector = BayesianChangePointDetector().fit(X)
    assert (detector.change_points_["operation"] == "x1").sum() >= 3
    assert detector.predict([[0, 12, 0], [0, 40, 0], [0, 0, 12]]).tolist() == [1, -1, -1]


def test_a_drift_that_is_called_a_change_now_and_then_is_no_news():
    rng = np.random.default_rng(0)
    drift = np.repeat([0.0, 4.0, 9.0, 6.0, 12.0, 8.0, 13.0], 12)[:80]
    X = rng.normal(size=(80, 3))
    X[:, 1] += drift
    detector = BayesianChangePointDetector().fit(X)
    assert (detector.change_points_["operation"] == "x1").sum() >= 3
    # Beyond all runs a little, far, and a cell that never changed.
    rows = [[0, X[:, 1].max() + 1, 0], [0, 90, 0], [0, 12, 9]]
    assert detector.predict(rows).tolist() == [1, -1, -1]


def test_files_without_states_are_read(tmp_path):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 3))
    for start in (12, 36, 60):
        X[start : start + 12, 1] += 12
    detector = BayesianChangePointDetector().fit(X)
    names = [name for name in detector.baseline_ if name.startswith("state_")]
    assert len(names) == 3
    for name in names:
        del detector.baseline_[name]
    loaded = load_detector(detector.save(tmp_path / "old"))
    assert loaded.predict([[0, 12, 0], [0, 40, 0]]).tolist() == [1, -1]


def test_cells_that_change_together_are_one_change_with_its_commit():
    runs = [
        replace(trace, environment={"git_commit": "a" * 40 if i < 40 else "b" * 40})
        for i, trace in enumerate([*make_traces(40), *make_traces(40, first=40, fault=FAULTS[0])])
    ]
    detector = BayesianChangePointDetector().fit(runs)
    assert set(detector.change_points_["position"]) <= {39, 40, 41}
    changes = detector.changes_
    assert len(changes) == 1
    first = changes.iloc[0]
    assert first["run_id"] == runs[40].run_id
    assert first["commit"] == "b" * 40
    assert first["n_cells"] == len(detector.change_points_)
    assert first["operations"][0] == "clean/DataFrame.merge#1"
    assert len(first["operations"]) > 3
    assert first["probability"] > 0.99


def test_a_weak_step_is_believed_beside_certain_ones():
    X = np.random.default_rng(4).normal(size=(80, 12))
    alone = X.copy()
    alone[40:, 0] += 1.2
    together = alone.copy()
    together[40:, 4:] += 8
    one, both = (BayesianChangePointDetector().fit(x).change_points_ for x in (alone, together))
    assert "x0" not in set(one["operation"])
    assert "x0" in set(both["operation"])


def test_no_change_is_an_empty_table():
    X = np.random.default_rng(0).normal(size=(40, 3))
    assert BayesianChangePointDetector().fit(X).changes_.empty
