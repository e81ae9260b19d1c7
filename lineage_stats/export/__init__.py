"""Exports: runs for OpenLineage, OpenTelemetry and MLflow, each by its official library.

Importing this package imports none of them; each is imported when something is sent.
"""

from lineage_stats.export._checks import check_exporter, exporter_checks
from lineage_stats.export._exporter import Exporter, RunResult
from lineage_stats.export._mlflow import MLflowExporter
from lineage_stats.export._openlineage import OpenLineageExporter
from lineage_stats.export._openlineage_facets import RUN_FACET_SCHEMA
from lineage_stats.export._opentelemetry import OpenTelemetryExporter
from lineage_stats.export._registry import available_exporters

__all__ = [
    "RUN_FACET_SCHEMA",
    "Exporter",
    "MLflowExporter",
    "OpenLineageExporter",
    "OpenTelemetryExporter",
    "RunResult",
    "available_exporters",
    "check_exporter",
    "exporter_checks",
]
