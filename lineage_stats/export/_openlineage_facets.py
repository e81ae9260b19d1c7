"""Facets of OpenLineage's events, as their specifications say."""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

import lineage_stats
from lineage_stats.exceptions import UnknownColumnError
from lineage_stats.export._datasets import ExternalData, column_names, data_read
from lineage_stats.export._exporter import RunResult
from lineage_stats.features import parse_feature
from lineage_stats.trace import ColumnDependency, Trace

Facets = dict[str, Any]

_FACETS: Final = "https://openlineage.io/spec/facets"
_VERSIONS: Final = {
    "ColumnLineageDatasetFacet": "1-2-0",
    "DataQualityMetricsInputDatasetFacet": "1-0-3",
    "DatasetVersionDatasetFacet": "1-0-1",
    "ErrorMessageRunFacet": "1-0-1",
    "JobTypeJobFacet": "2-0-4",
    "OutputStatisticsOutputDatasetFacet": "1-0-2",
    "ParentRunFacet": "1-2-0",
    "ProcessingEngineRunFacet": "1-1-1",
    "SchemaDatasetFacet": "1-2-0",
    "SourceCodeLocationJobFacet": "1-1-0",
}
RUN_FACET: Final = "lineageStats_run"
_RUN_FACET_URL: Final = "urn:lineage-stats:facet:LineageStatsRunFacet:1-0-0"
_MOST_ABNORMAL: Final = 20
_QUANTILES: Final = {"q25": "0.25", "q50": "0.5", "q75": "0.75"}
_RELATIONS: Final = {
    "identity": ("DIRECT", "IDENTITY"),
    "derived": ("DIRECT", "TRANSFORMATION"),
    "aggregated": ("DIRECT", "AGGREGATION"),
    "filtered-by": ("INDIRECT", "FILTER"),
    "joined-on": ("INDIRECT", "JOIN"),
    "grouped-by": ("INDIRECT", "GROUP_BY"),
    "ordered-by": ("INDIRECT", "SORT"),
}

RUN_FACET_SCHEMA: Final[Mapping[str, Any]] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": _RUN_FACET_URL,
    "title": "What lineage_stats found out about a run",
    "type": "object",
    "required": ["_producer", "_schemaURL", "run_id", "metrics"],
    "properties": {
        "_producer": {"type": "string", "format": "uri"},
        "_schemaURL": {"type": "string", "format": "uri"},
        "run_id": {"type": "string"},
        "n_operations": {"type": "integer", "minimum": 0},
        "metrics": {"type": "object", "additionalProperties": {"type": "number"}},
        "score": {
            "type": "object",
            "required": ["p_value", "flagged", "false_alarm_rate", "n_runs", "operations"],
            "properties": {
                "p_value": {"type": "number", "minimum": 0, "maximum": 1},
                "flagged": {"type": "boolean"},
                "false_alarm_rate": {"type": "number"},
                "n_runs": {"type": "integer"},
                "operations": {"type": "array", "items": {"type": "object"}},
            },
        },
        "attribution": {
            "type": "object",
            "required": ["metric", "drop", "verdict", "shares", "unexplained"],
            "properties": {
                "metric": {"type": "string"},
                "drop": {"type": "number"},
                "verdict": {"type": "string"},
                "unexplained": {"type": "number"},
                "shares": {"type": "array", "items": {"type": "object"}},
            },
        },
    },
}


def _facet(kind: str, **fields: Any) -> Facets:
    base = f"{_FACETS}/{_VERSIONS[kind]}/{kind}.json#/$defs/{kind}"
    return {"_producer": _producer(), "_schemaURL": base, **_known(fields)}


def _producer() -> str:
    return f"urn:lineage-stats:{lineage_stats.__version__}"


def _known(fields: Mapping[str, Any]) -> Facets:
    return {name: value for name, value in fields.items() if value is not None}


# --- run and job -----------------------------------------------------------------------------


def run_facets(result: RunResult, *, at_end: bool) -> Facets:
    """Return the facets of a run: those of its begin, or also those that its end tells."""
    trace = result.trace
    facets = {
        "processing_engine": _facet(
            "ProcessingEngineRunFacet",
            version=trace.environment.get("python") or "unknown",
            name="Python",
            openlineageAdapterVersion=lineage_stats.__version__,
        ),
    }
    if (parent := _parent(trace)) is not None:
        facets["parent"] = parent
    if at_end:
        if trace.status in ("failed", "killed"):
            facets["errorMessage"] = _error(trace)
        facets[RUN_FACET] = _own(result)
    return facets


def job_facets(trace: Trace, repository: str | None) -> Facets:
    """Return the facets of the job that a pipeline is."""
    facets = {
        "jobType": _facet(
            "JobTypeJobFacet",
            processingType="BATCH",
            integration="LINEAGE_STATS",
            jobType="PIPELINE",
        )
    }
    commit = trace.environment.get("git_commit")
    if commit:
        facets["sourceCodeLocation"] = _facet(
            "SourceCodeLocationJobFacet",
            type="git",
            url=repository or f"urn:git:{commit}",
            repoUrl=repository,
            version=commit,
            branch=trace.environment.get("git_branch"),
        )
    return facets


def _parent(trace: Trace) -> Facets | None:
    run = trace.environment.get("parent_run")
    if not run:
        return None
    who = trace.environment.get("orchestrator", "")
    namespace = trace.environment.get("parent_namespace") or who or "default"
    job = trace.environment.get("parent_job") or who or "run"
    return _facet(
        "ParentRunFacet",
        run={"runId": _as_uuid(run, f"{namespace}/{job}")},
        job={"namespace": namespace, "name": job},
    )


def _as_uuid(run: str, job: str) -> str:
    """Return the id of a run; one that is no UUID becomes one, always the same."""
    try:
        return str(uuid.UUID(run))
    except ValueError:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, quote(f"{job}/{run}")))


def _error(trace: Trace) -> Facets:
    failed = next((op for op in reversed(trace.operations) if op.status == "failed"), None)
    text = f"The run has the status {trace.status}."
    if failed is not None:
        place = f" at {failed.location}" if failed.location else ""
        text = f"{failed.key} raised {failed.error or 'an exception'}{place}."
    return _facet("ErrorMessageRunFacet", message=text, programmingLanguage="PYTHON")


def _own(result: RunResult) -> Facets:
    trace = result.trace
    return {
        "_producer": _producer(),
        "_schemaURL": _RUN_FACET_URL,
        "run_id": trace.run_id,
        "n_operations": len(trace),
        "metrics": {k: v for k, v in trace.metrics.items() if math.isfinite(v)},
        **_known({"score": _score(result), "attribution": _attribution(result)}),
    }


def _score(result: RunResult) -> Facets | None:
    if result.score is None:
        return None
    record = result.score.to_dict()
    names = ("p_value", "flagged", "false_alarm_rate", "n_runs", "detector")
    shown = ("operation", "p_value", "origin", "feature", "observed", "expected", "location")
    flagged = [op for op in record["operations"] if op["flagged"]][:_MOST_ABNORMAL]
    return {
        **{name: record[name] for name in names},
        "operations": [_known({name: op[name] for name in shown}) for op in flagged],
    }


def _attribution(result: RunResult) -> Facets | None:
    if result.attribution is None:
        return None
    found = result.attribution
    return {
        "metric": found.metric,
        "value": found.value,
        "expected": found.center,
        "drop": found.drop,
        "verdict": found.verdict,
        "unexplained": found.unexplained,
        "shares": [
            {
                "operation": share.operation,
                "location": share.location,
                "share": share.share,
                "standard_error": share.standard_error,
                "reason": share.reason,
            }
            for share in found
            if share.share
        ][:_MOST_ABNORMAL],
    }


# --- data ------------------------------------------------------------------------------------


def input_facets(trace: Trace, data: ExternalData) -> Facets:
    """Return the facets of data that was read."""
    facets = _schema(trace, data)
    if data.digest:
        facets["version"] = _facet("DatasetVersionDatasetFacet", datasetVersion=data.digest)
    return facets


def output_facets(trace: Trace, data: ExternalData, namespace: str) -> Facets:
    """Return the facets of data that was written; what it came from is among them."""
    return {**_schema(trace, data), **_column_lineage(trace, data, namespace)}


def input_quality(trace: Trace, data: ExternalData) -> Facets:
    """Return what was measured of data that was read."""
    rows = None if data.ref is None else data.ref.rows
    columns = {name: _column(data, name, rows) for name, _ in column_names(trace, data)}
    measured = {name: metrics for name, metrics in columns.items() if metrics}
    if rows is None and not measured:
        return {}
    facet = _facet(
        "DataQualityMetricsInputDatasetFacet",
        rowCount=rows,
        bytes=data.size,
        columnMetrics=measured,
    )
    return {"dataQualityMetrics": facet}


def output_statistics(data: ExternalData) -> Facets:
    """Return how much was written."""
    rows = None if data.ref is None else data.ref.rows
    if rows is None and data.size is None:
        return {}
    facet = _facet("OutputStatisticsOutputDatasetFacet", rowCount=rows, size=data.size)
    return {"outputStatistics": facet}


def _schema(trace: Trace, data: ExternalData) -> Facets:
    fields = [
        _known({"name": name, "type": kind or None, "ordinal_position": i})
        for i, (name, kind) in enumerate(column_names(trace, data), start=1)
    ]
    return {"schema": _facet("SchemaDatasetFacet", fields=fields)} if fields else {}


def _column(data: ExternalData, name: str, rows: int | None) -> Facets:
    of = {
        parsed.statistic: value
        for feature, value in data.operation.features.items()
        if (parsed := parse_feature(feature)).column == name
        and parsed.port == 0
        and math.isfinite(value)
    }
    quantiles = {label: of[name] for name, label in _QUANTILES.items() if name in of}
    nulls = of.get("nulls")
    return _known(
        {
            "nullCount": None if nulls is None or rows is None else round(nulls * rows),
            "distinctCount": int(of["distinct"]) if "distinct" in of else None,
            "min": of.get("min"),
            "max": of.get("max"),
            "quantiles": quantiles or None,
        }
    )


def _column_lineage(trace: Trace, data: ExternalData, namespace: str) -> Facets:
    if data.ref is None:
        return {}
    places = {read.operation.key: read for read in data_read(trace)}
    fields = {}
    for name, _ in column_names(trace, data):
        try:
            found = trace.upstream(f"{data.ref.id}.{name}").sources
        except UnknownColumnError:
            continue  # what was written has no history here
        inputs = [_input_field(d, places, namespace) for d in found if d.operation in places]
        fields[name] = {"inputFields": [one for one in inputs if one is not None]}
    fields = {name: record for name, record in fields.items() if record["inputFields"]}
    if not fields:
        return {}
    return {"columnLineage": _facet("ColumnLineageDatasetFacet", fields=fields)}


def _input_field(
    found: ColumnDependency, places: Mapping[str, ExternalData], namespace: str
) -> Facets | None:
    if found.operation is None or found.column is None:
        return None
    data = places[found.operation]
    kinds = (_RELATIONS.get(relation) for relation in found.relations)
    return {
        "namespace": data.namespace or namespace,
        "name": data.name,
        "field": found.column,
        "transformations": [
            {"type": kind[0], "subtype": kind[1], "masking": False} for kind in kinds if kind
        ],
    }
