"""Who reads and measures runs that are stored: this process, or the workers of Spark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lineage_stats.detectors._inputs import Runs, runs_of_traces
from lineage_stats.storage._stream import is_stream, stream_of
from lineage_stats.trace import Trace

if TYPE_CHECKING:
    from lineage_stats.detectors._base import BaseDetector
    from lineage_stats.detectors._score import TraceScore

ENGINES: Final = ("local", "spark")


def is_stored(detector: BaseDetector, method: str, X: Any, engine: str) -> bool:
    """Return whether runs are stored and not in memory; refuse what the engine does not take."""
    function = f"{type(detector).__name__}.{method}"
    require_engine(function, engine)
    if engine == "local" and _is_of_spark(X):
        raise ValueError(
            f"{function} got a data frame of Spark, which the local engine does not take. Pass "
            f"engine='spark': {method}(frame, engine='spark')."
        )
    return engine == "spark" or is_stream(X)


def _is_of_spark(X: Any) -> bool:
    return any(
        kind.__name__ == "DataFrame" and kind.__module__.startswith("pyspark.sql.")
        for kind in type(X).__mro__
    )


def require_engine(function: str, engine: str) -> None:
    """Raise `ValueError` for what is no engine."""
    if engine not in ENGINES:
        raise ValueError(
            f"The 'engine' parameter of {function} must be 'local' or 'spark'. Got {engine!r} "
            "instead."
        )


def runs_to_learn(X: Any, engine: str, newest: int) -> Runs:
    """Return the runs that are given, of stored ones the latest; `X` is no array."""
    if engine == "spark":
        from lineage_stats.detectors._spark import runs_on_spark

        return runs_on_spark(X, newest)
    if is_stream(X):
        from lineage_stats.detectors._folder import runs_in_folder

        return runs_in_folder(stream_of(X), newest)
    return runs_of_traces([X] if isinstance(X, Trace) else X)


def stored_scores(detector: BaseDetector, X: Any, engine: str) -> list[TraceScore]:
    """Return the scores of stored runs, oldest first."""
    if engine == "spark":
        from lineage_stats.detectors._spark import scores_on_spark

        return scores_on_spark(detector, X)
    from lineage_stats.detectors._folder import scores_in_folder

    return scores_in_folder(detector, stream_of(X))
