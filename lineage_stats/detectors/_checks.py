"""What every detector promises, as checks that need no test framework."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

import numpy as np
from scipy import stats
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from lineage_stats.detectors._base import BaseDetector
from lineage_stats.detectors._persistence import load_detector
from lineage_stats.detectors._score import TraceScore
from lineage_stats.detectors._transforms import FloatArray
from lineage_stats.exceptions import BaselineError, FewRunsWarning, TooFewRunsError
from lineage_stats.trace import DataRef, Operation, Trace

Check = Callable[[BaseDetector], None]

_N_RUNS: Final = 40
_N_CELLS: Final = 8


def detector_checks() -> Iterator[Check]:
    """Yield the checks that every detector must pass.

    Yields
    ------
    function
        Takes an unfitted detector, leaves it as it is, and raises AssertionError where it breaks
        a promise; the function's docstring says which.

    Examples
    --------
    >>> from lineage_stats.detectors import RobustMADDetector, detector_checks
    >>> for check in detector_checks():
    ...     check(RobustMADDetector())
    """
    yield check_constructor_stores
    yield check_fit_returns_self
    yield check_scale_is_a_deviation
    yield check_fit_forgets
    yield check_input_unchanged
    yield check_needs_fit
    yield check_rate_is_checked
    yield check_sign_convention
    yield check_verdicts_agree
    yield check_missing_values
    yield check_constant_changed
    yield check_quiet_in_health
    yield check_few_runs
    yield check_other_pipeline
    yield check_missing_and_new_operation
    yield check_code_change_alone_is_healthy
    yield check_trace_score
    yield check_save_and_load


def check_constructor_stores(detector: BaseDetector) -> None:
    """Check that the constructor only stores, so that a clone has equal parameters."""
    again = clone(detector)
    _require(_parameters(again) == _parameters(detector), "a clone has other parameters")
    rate = replace_rate(detector, 0.25).get_params()["false_alarm_rate"]
    _require(rate == 0.25, "set_params does not reach 'false_alarm_rate'")


def check_fit_returns_self(detector: BaseDetector) -> None:
    """Check that `fit` returns self and sets what every fitted detector has."""
    fresh = clone(detector)
    _require(fresh.fit(_healthy()) is fresh, "fit does not return self")
    for name in ("n_runs_", "n_features_in_", "cells_", "run_ids_", "baseline_", "offset_"):
        _require(hasattr(fresh, name), f"a fitted detector lacks '{name}'")
    for name in ("center", "scale"):
        _require(fresh.baseline_[name].shape == (_N_CELLS,), f"'{name}' is not one per cell")


def check_scale_is_a_deviation(detector: BaseDetector) -> None:
    """Check that the scale of a Gaussian cell is its standard deviation, to a factor of two."""
    X = _healthy()
    scale = clone(detector).fit(X).baseline_["scale"] / X.std(axis=0)
    inside = bool(((scale > 0.5) & (scale < 2)).all())
    _require(inside, f"'scale' should be about a standard deviation; in these it is {scale}")


def check_fit_forgets(detector: BaseDetector) -> None:
    """Check that a second fit gives what a first one would have given."""
    twice = clone(detector).fit(_healthy(seed=1) * 7).fit(_healthy())
    once = clone(detector).fit(_healthy())
    X = _healthy(seed=2)
    same = np.array_equal(twice.score_samples(X), once.score_samples(X))
    _require(same, "a second fit remembers the first, or fit is not deterministic")


def check_input_unchanged(detector: BaseDetector) -> None:
    """Check that neither `fit` nor scoring alters its input."""
    X = _healthy()
    before = X.copy()
    clone(detector).fit(X).score_samples(X)
    _require(np.array_equal(X, before), "the input was altered")


def check_needs_fit(detector: BaseDetector) -> None:
    """Check that scoring before `fit` raises scikit-learn's NotFittedError."""
    for name in ("score", "score_samples", "decision_function", "predict", "save"):
        with _raises(NotFittedError, f"{name} before fit"):
            getattr(clone(detector), name)(_healthy() if name != "save" else "nowhere")


def check_rate_is_checked(detector: BaseDetector) -> None:
    """Check that `fit` refuses an impossible false alarm rate and names the parameter."""
    for rate in (0, 1, -0.5, "0.01", True, None):
        with _raises(ValueError, f"false_alarm_rate={rate!r}", "false_alarm_rate"):
            replace_rate(detector, rate).fit(_healthy())


def check_sign_convention(detector: BaseDetector) -> None:
    """Check that a far run has the higher `score` and the lower `score_samples`."""
    fitted = clone(detector).fit(_healthy())
    X = np.zeros((2, _N_CELLS))
    X[1, 3] = 50.0
    _require(fitted.score(X)[1] > fitted.score(X)[0], "score is not higher for a far run")
    _require(fitted.score_samples(X)[1] < fitted.score_samples(X)[0], "score_samples' sign")
    _require(fitted.predict(X).tolist() == [1, -1], "a far run is not found, or a central one is")


def check_verdicts_agree(detector: BaseDetector) -> None:
    """Check that `predict`, `decision_function`, `score_samples` and `score` say the same."""
    traces = [make_trace(i) for i in range(_N_RUNS)]
    fitted = clone(detector).fit(traces)
    new = [make_trace(100), make_trace(101, rows=400.0)]
    flagged = [score.flagged for score in fitted.score(new)]
    _require(flagged == [False, True], f"verdicts of a healthy and a faulty run: {flagged}")
    _require((fitted.predict(new) < 0).tolist() == flagged, "predict and score disagree")
    _require((fitted.decision_function(new) < 0).tolist() == flagged, "decision_function's sign")
    scores = [-score.score for score in fitted.score(new)]
    _require(np.allclose(fitted.score_samples(new), scores), "score_samples and score disagree")


def check_missing_values(detector: BaseDetector) -> None:
    """Check that NaN is missing: no error in `fit`, no evidence in a new run."""
    X = _healthy()
    X[::5, 2] = np.nan
    X[:, 5] = np.nan
    fitted = clone(detector).fit(X)
    new = np.zeros((2, _N_CELLS))
    new[1] = np.nan
    scores = fitted.score_samples(new)
    _require(bool(np.isfinite(scores).all()), "missing values give missing scores")
    _require(fitted.predict(new).tolist() == [1, 1], "missing values count as evidence")


def check_constant_changed(detector: BaseDetector) -> None:
    """Check that a changed constant is news, and float noise is none."""
    X = _healthy()
    X[:, 4] = 1000.0
    fitted = clone(detector).fit(X)
    new = np.zeros((3, _N_CELLS))
    new[:, 4] = [1000.0, 1000.0 * (1 + 1e-12), 1001.0]
    _require(fitted.predict(new).tolist() == [1, 1, -1], "the change of a constant is misjudged")


def check_quiet_in_health(detector: BaseDetector) -> None:
    """Check that healthy runs are flagged about as often as asked: not much more, not never.

    Judged at the 0.1 % and 99.9 % quantiles of a binomial distribution whose rate may be off by a
    factor of two, for what 60 healthy runs cannot know.
    """
    rate, n_new = 0.1, 2000
    fitted = replace_rate(detector, rate).fit(_healthy(n=60))
    flagged = int((fitted.predict(_healthy(n=n_new, seed=5)) < 0).sum())
    low = stats.binom.ppf(0.001, n_new, rate / 2)
    high = stats.binom.ppf(0.999, n_new, rate * 2)
    _require(low <= flagged <= high, f"{flagged} of {n_new} healthy runs are flagged at {rate}")


def check_few_runs(detector: BaseDetector) -> None:
    """Check that three runs work with a warning, and fewer than two raise what says what to do."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fitted = clone(detector).fit([make_trace(i) for i in range(3)])
        score = fitted.score(make_trace(9))
    told = [w for w in caught if issubclass(w.category, FewRunsWarning)]
    _require(len(told) == 1, f"three healthy runs give {len(told)} FewRunsWarning")
    _require("healthy runs" in str(score.summary()), "the summary does not say how few runs")
    for runs in ([], [make_trace(0)]):
        with _raises(TooFewRunsError, f"{len(runs)} healthy runs", "healthy runs"):
            clone(detector).fit(runs)
    with _raises(ValueError, "one row"):
        clone(detector).fit(_healthy(n=1))


def check_other_pipeline(detector: BaseDetector) -> None:
    """Check that runs of two pipelines are not mixed."""
    traces = [make_trace(i) for i in range(_N_RUNS)]
    other = replace(make_trace(99), pipeline="other")
    with _raises(BaselineError, "a mixed fit", "other"):
        clone(detector).fit([*traces, other])
    with _raises(BaselineError, "a run of another pipeline", "other"):
        clone(detector).fit(traces).score(other)
    with _raises(BaselineError, "a trace after a fit on an array", "array"):
        clone(detector).fit(_healthy()).score(other)


def check_missing_and_new_operation(detector: BaseDetector) -> None:
    """Check that an operation that is missing, or new, is named."""
    fitted = clone(detector).fit([make_trace(i) for i in range(_N_RUNS)])
    missing = fitted.score(make_trace(99, skip="clean/dropna#1"))
    _require(missing.flagged, "a missing operation is not flagged")
    first = missing.operations.index[0]
    _require(first == "clean/dropna#1", f"'{first}' is named first, not the missing operation")
    extra = make_trace(99)
    last = extra.operations[-1]
    added = Operation("clean/sample#1", "sample", scope="clean", start_ns=last.start_ns + 1)
    new = fitted.score(replace(extra, operations=(*extra.operations, added)))
    _require(new.flagged, "a new operation is not flagged")
    _require("clean/sample#1" in new.flagged_operations, "the new operation is not named")


def check_code_change_alone_is_healthy(detector: BaseDetector) -> None:
    """Check that a refactoring is told, and does not make a healthy run anomalous."""
    fitted = clone(detector).fit([make_trace(i) for i in range(_N_RUNS)])
    plain = fitted.score(make_trace(99))
    changed = fitted.score(make_trace(99, call="another text"))
    _require(changed.p_value == plain.p_value, "a code change alters the run's p-value")
    _require(len(changed.code_changes) == 1, "a code change is not told")


def check_trace_score(detector: BaseDetector) -> None:
    """Check that the result is labelled, sorted, and survives a dictionary."""
    fitted = clone(detector).fit([make_trace(i) for i in range(_N_RUNS)])
    score = fitted.score(make_trace(99, rows=300.0))
    _require("\n" not in repr(score), "repr is not one line")
    _require(score.run_id in score.summary(), "the summary does not name the run")
    first = score.operations.index[0]
    _require(first == "load/read#1", f"'{first}' is named first, not the origin of the fault")
    _require(set(score.operations["origin"]) == {True, False}, "origins are not told apart")
    same = TraceScore.from_dict(score.to_dict())
    _require(same.to_dict() == score.to_dict(), "the dictionary loses something")
    cells = score.cells
    inside = cells[~cells["flagged"] & cells["lower"].notna()]
    within = (inside["value"] >= inside["lower"]) & (inside["value"] <= inside["upper"])
    _require(bool(within.all()), "a cell outside its healthy range is not flagged")


def check_save_and_load(detector: BaseDetector) -> None:
    """Check that a detector that was saved and loaded gives equal results."""
    fitted = clone(detector).fit([make_trace(i) for i in range(_N_RUNS)])
    new = make_trace(99, rows=900.0)
    with tempfile.TemporaryDirectory() as folder:
        loaded = load_detector(fitted.save(f"{folder}/saved"))
    _require(_parameters(loaded) == _parameters(fitted), "parameters differ after loading")
    same = loaded.score(new).to_dict() == fitted.score(new).to_dict()
    _require(same, "results differ after loading")


# -- material -----------------------------------------------------------------------------------


def make_trace(
    i: int, *, rows: float = 1000.0, skip: str | None = None, call: str = "text"
) -> Trace:
    """Return run `i` of a small pipeline of four operations, with what may be wrong with it."""
    rng = np.random.default_rng([20, i])
    rows = rows * rng.lognormal(0, 0.02)
    operations: list[Operation] = []
    inputs: tuple[DataRef, ...] = ()
    steps = ("load/read#1", "clean/dropna#1", "train/fit#1", "train/f1_score#1")
    for number, key in enumerate(steps):
        if key == skip:
            continue
        rows *= 0.9
        output = DataRef(f"d{number}", "table", rows=int(rows), n_columns=3, schema="abc")
        features = {"mean[age]": 40 + rng.normal() / 10, "nulls[age]": rng.binomial(500, 0.1) / 500}
        metric = key == steps[-1]
        if metric:
            features["metric_value"] = 0.8 + 0.01 * rng.normal()
        facts = {"call": call if number == 0 else f"{key}()", "param[how]": "any"}
        operations.append(
            Operation(
                key, key.split("/")[1].split("#")[0], scope=key.split("/")[0], inputs=inputs,
                outputs=(output,), features=features, facts=facts, start_ns=100 * i + number,
                duration_ns=int(1e6 * rng.lognormal(0, 0.2)), file="p.py", line=number + 1,
                metric="f1" if metric else None,
            )
        )  # fmt: skip
        inputs = (output,)
    return Trace(f"r{i:05d}", "checked", tuple(operations), start_ns=100 * i)


def _healthy(n: int = _N_RUNS, seed: int = 0) -> FloatArray:
    """Return runs x cells: Gaussian with a common factor."""
    rng = np.random.default_rng([7, seed])
    return np.asarray(0.5 * rng.normal(size=(n, 1)) + rng.normal(size=(n, _N_CELLS)))


def replace_rate(detector: BaseDetector, rate: Any) -> BaseDetector:
    """Return a clone with another false alarm rate."""
    changed: BaseDetector = clone(detector).set_params(false_alarm_rate=rate)
    return changed


def _parameters(detector: BaseDetector) -> dict[str, Any]:
    """Return all parameters, those of an estimator that is one of them included."""
    found = detector.get_params(deep=True)
    return {k: type(v) if hasattr(v, "get_params") else v for k, v in found.items()}


def _require(condition: bool, otherwise: str) -> None:
    if not condition:
        raise AssertionError(otherwise)


@contextmanager
def _raises(error: type[Exception], when: str, text: str = "") -> Iterator[None]:
    try:
        yield
    except error as caught:
        _require(text in str(caught), f"{when}: the message does not say '{text}': {caught}")
    else:
        raise AssertionError(f"{when} raises no {error.__name__}")
