"""Which operation made the metric drop? Statistics over recorded traces of ML pipelines.

A *trace* is the recorded graph of one run: nodes are operations with features, edges are the
data that passed between them. A *detector* learns from many healthy traces what each operation
looks like. An *attribution* divides a metric's drop among the operations upstream of it.

Importing this package imports none of the libraries that it watches or computes with; names
are loaded on first use.

A program that is recorded may be pytest, which wants to rewrite packages with plug-ins and warns
where they are loaded already; PYTEST_DONT_REWRITE tells it that there is nothing to rewrite.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lineage_stats._lazy import lazy_names

if TYPE_CHECKING:
    from lineage_stats._session import log_metric, record
    from lineage_stats.attribution import Attribution, attribute_root_cause, shapley_values
    from lineage_stats.detectors import TraceScore
    from lineage_stats.features import RunMatrix, as_run_matrix
    from lineage_stats.storage import TraceStore, load_traces
    from lineage_stats.trace import DataRef, Operation, Trace, TraceSet, align

__version__ = "0.1.0"

_HOME = {
    "Attribution": "attribution",
    "DataRef": "trace",
    "Operation": "trace",
    "RunMatrix": "features",
    "Trace": "trace",
    "TraceScore": "detectors",
    "TraceSet": "trace",
    "TraceStore": "storage",
    "align": "trace",
    "as_run_matrix": "features",
    "attribute_root_cause": "attribution",
    "load_traces": "storage",
    "log_metric": "_session",
    "record": "_session",
    "shapley_values": "attribution",
}

__all__ = [
    "Attribution",
    "DataRef",
    "Operation",
    "RunMatrix",
    "Trace",
    "TraceScore",
    "TraceSet",
    "TraceStore",
    "align",
    "as_run_matrix",
    "attribute_root_cause",
    "load_traces",
    "log_metric",
    "record",
    "shapley_values",
]


def load_ipython_extension(shell: Any) -> None:
    """Record the notebook from now on; IPython calls this for ``%load_ext lineage_stats``."""
    from lineage_stats._notebook import load

    load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """End the run of the notebook; IPython calls this for ``%unload_ext lineage_stats``."""
    from lineage_stats._notebook import unload

    unload(shell)


__getattr__, __dir__ = lazy_names(__name__, _HOME)
