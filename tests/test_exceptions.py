"""One tree of errors, each also a built-in one."""

from __future__ import annotations

import pickle

import pytest

from lineage_stats import exceptions
from lineage_stats.exceptions import (
    BaselineError,
    HookError,
    LineageStatsError,
    LineageStatsWarning,
    MetricNotWorseError,
    MissingDependencyError,
    NoTracesError,
    SchemaVersionError,
    TooFewRunsError,
    TraceError,
    TraceFileError,
    UnknownMetricError,
    UnknownOperationError,
)

ERRORS = [getattr(exceptions, name) for name in exceptions.__all__ if name.endswith("Error")]
WARNINGS = [getattr(exceptions, name) for name in exceptions.__all__ if name.endswith("Warning")]


@pytest.mark.parametrize(
    ("error", "builtin"),
    [
        (NoTracesError, FileNotFoundError),
        (TraceFileError, ValueError),
        (SchemaVersionError, TraceFileError),
        (TraceError, ValueError),
        (UnknownMetricError, KeyError),
        (UnknownOperationError, KeyError),
        (MetricNotWorseError, ValueError),
        (BaselineError, ValueError),
        (TooFewRunsError, BaselineError),
        (MissingDependencyError, ImportError),
        (HookError, RuntimeError),
    ],
)
def test_parents(error: type[Exception], builtin: type[Exception]) -> None:
    assert issubclass(error, builtin)


@pytest.mark.parametrize("error", ERRORS)
def test_every_error_is_ours_and_shows_its_message_as_it_is(error: type[Exception]) -> None:
    assert issubclass(error, LineageStatsError)
    raised = error("The trace has no 'x'.")
    assert str(raised) == "The trace has no 'x'."
    assert str(pickle.loads(pickle.dumps(raised))) == str(raised)


@pytest.mark.parametrize("warning", WARNINGS)
def test_every_warning_is_ours(warning: type[Warning]) -> None:
    assert issubclass(warning, LineageStatsWarning)
    assert issubclass(warning, UserWarning)


def test_all_is_sorted_and_whole() -> None:
    defined = {
        name
        for name, value in vars(exceptions).items()
        if isinstance(value, type) and issubclass(value, LineageStatsError | LineageStatsWarning)
    }
    assert exceptions.__all__ == sorted(defined)
    assert all(name in (exceptions.__doc__ or "") for name in defined)
