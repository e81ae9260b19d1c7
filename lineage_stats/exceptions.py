"""Every error and warning that lineage_stats raises, in one tree.

::

    LineageStatsError
      NoTracesError            (also FileNotFoundError)  nothing to load
      TraceFileError           (also ValueError)         a file is not a readable trace
        SchemaVersionError                               written by a newer version
      UnknownColumnError       (also KeyError)           no such column, or more than one
      UnknownMetricError       (also KeyError)           the trace has no such metric
      UnknownOperationError    (also KeyError)           the trace has no such operation
      MetricNotWorseError      (also ValueError)         there is no drop to explain
      BaselineError            (also ValueError)         baseline and trace do not belong together
        TooFewRunsError                                  not enough healthy runs
      TraceError               (also ValueError)         a trace contradicts itself
      MissingDependencyError   (also ImportError)        an optional package is absent
      ReplayError              (also ValueError)         the pipeline cannot be run again
      HookError                (also RuntimeError)       raised in strict mode only
    LineageStatsWarning        (UserWarning)
      UnreadableTraceWarning                             a file was passed over
      FewRunsWarning                                     the baseline is small

The state error of an unfitted detector is scikit-learn's own ``NotFittedError``.
"""

from __future__ import annotations

__all__ = [
    "BaselineError",
    "FewRunsWarning",
    "HookError",
    "LineageStatsError",
    "LineageStatsWarning",
    "MetricNotWorseError",
    "MissingDependencyError",
    "NoTracesError",
    "ReplayError",
    "SchemaVersionError",
    "TooFewRunsError",
    "TraceError",
    "TraceFileError",
    "UnknownColumnError",
    "UnknownMetricError",
    "UnknownOperationError",
    "UnreadableTraceWarning",
]


class LineageStatsError(Exception):
    """Base class of all errors of this package."""

    def __str__(self) -> str:
        # KeyError would print the message in quotes.
        return str(self.args[0]) if len(self.args) == 1 else super().__str__()


class NoTracesError(LineageStatsError, FileNotFoundError):
    """No trace was found where traces were looked for."""


class TraceFileError(LineageStatsError, ValueError):
    """A file is not a readable trace."""


class SchemaVersionError(TraceFileError):
    """A trace was written by a newer version of the schema."""


class TraceError(LineageStatsError, ValueError):
    """A trace contradicts itself."""


class UnknownColumnError(LineageStatsError, KeyError):
    """The trace holds no column of that name, or more than one."""


class UnknownMetricError(LineageStatsError, KeyError):
    """The trace holds no metric of that name."""


class UnknownOperationError(LineageStatsError, KeyError):
    """The trace holds no operation of that key."""


class MetricNotWorseError(LineageStatsError, ValueError):
    """The metric is not worse than in the baseline: there is no drop to explain."""


class BaselineError(LineageStatsError, ValueError):
    """Baseline and trace do not belong together."""


class TooFewRunsError(BaselineError):
    """There are too few healthy runs for what was asked."""


class MissingDependencyError(LineageStatsError, ImportError):
    """An optional package is absent."""


class ReplayError(LineageStatsError, ValueError):
    """The pipeline cannot be run again, or nothing in it can be reverted."""


class HookError(LineageStatsError, RuntimeError):
    """A hook failed; raised in strict mode only, logged otherwise."""


class LineageStatsWarning(UserWarning):
    """Base class of all warnings of this package."""


class UnreadableTraceWarning(LineageStatsWarning):
    """A file in the trace folder was passed over."""


class FewRunsWarning(LineageStatsWarning):
    """The baseline holds few runs; figures are less certain."""
