import pytest

from lineage_stats.export import RunResult
from lineage_stats.export._exporter import as_result
from tests.strategies import make_trace


def test_results_of_another_run_are_refused(result):
    with pytest.raises(
        ValueError, match="'score' parameter of RunResult must be of run run-0-00001"
    ):
        RunResult(make_trace(1), result.score)
    with pytest.raises(ValueError, match="'attribution' parameter"):
        RunResult(make_trace(1), attribution=result.attribution)


def test_a_bare_run_is_a_result_without_findings(result):
    assert as_result(result) is result
    assert as_result(result.trace) == RunResult(result.trace)
