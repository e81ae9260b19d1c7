"""Every built-in detector keeps what detectors promise, and scikit-learn's contract."""

from __future__ import annotations

import inspect
from functools import partial

import pytest
from sklearn.utils import estimator_checks

from lineage_stats import detectors
from lineage_stats.detectors import BaseDetector, detector_checks
from tests.registry import DETECTORS

if hasattr(estimator_checks, "estimator_checks_generator"):
    checks_of, n_checks = estimator_checks.estimator_checks_generator, 38
else:  # scikit-learn before 1.6
    checks_of, n_checks = partial(estimator_checks.check_estimator, generate_only=True), 28

CHECKS = list(detector_checks())
SKLEARN_CHECKS = [
    pytest.param(instance, check, id=f"{detector}-{check.func.__name__}")
    for detector in DETECTORS
    for instance, check in checks_of(detector)
    # It needs an environment variable that is set before SciPy is imported.
    if check.func.__name__ != "check_array_api_input"
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("detector", DETECTORS, ids=repr)
def test_our_contract(detector, check):
    check(detector)


@pytest.mark.parametrize(("detector", "check"), SKLEARN_CHECKS)
@pytest.mark.filterwarnings("ignore::lineage_stats.exceptions.FewRunsWarning")
def test_contract_of_scikit_learn(detector, check):
    check(detector)


def test_the_suite_has_its_size():
    public = {
        value
        for name in detectors.__all__
        if inspect.isclass(value := getattr(detectors, name))
        and issubclass(value, BaseDetector)
        and not inspect.isabstract(value)
    }
    assert {type(detector) for detector in DETECTORS} == public
    assert len(CHECKS) == 18
    assert len(SKLEARN_CHECKS) >= n_checks * len(DETECTORS)


def test_a_check_fails_where_a_promise_is_broken():
    """A detector that never alarms does not get through."""

    class Deaf(BaseDetector):
        def _fit_baseline(self, x, groups):
            return {"center": x.mean(axis=0), "scale": x.std(axis=0)}

        def _score_baseline(self, x, baseline):
            return 0.0 * x

    failed = set()
    for check in CHECKS:
        try:
            check(Deaf())
        except AssertionError:
            failed.add(check.__name__)
    assert {"check_sign_convention", "check_verdicts_agree", "check_quiet_in_health"} <= failed
