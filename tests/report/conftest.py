import pytest

from lineage_stats.attribution import attribute_root_cause
from lineage_stats.detectors import RobustMADDetector
from lineage_stats.report import build_report
from tests.strategies import MERGE, InjectedFault, make_trace, make_traces


@pytest.fixture(scope="session")
def healthy():
    return make_traces(30)


@pytest.fixture(scope="session")
def detector(healthy):
    return RobustMADDetector().fit(healthy)


@pytest.fixture(scope="session")
def bad():
    """A run that lost rows in a join."""
    return make_trace(30, fault=InjectedFault("rows_lost", MERGE, severity=0.4))


@pytest.fixture(scope="session")
def bad_report(healthy, detector, bad):
    attribution = attribute_root_cause(bad, "f1_score", baseline=healthy)
    return build_report(bad, score=detector.score(bad), attribution=attribution, history=healthy)
