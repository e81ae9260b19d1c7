"""Facets of runs and jobs in OpenLineage's events, as their specifications say."""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

import lineage_stats
from lineage_stats.export._exporter import RunResult
from lineage_stats.trace import Trace

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


def facet(kind: str, **fields: Any) -> Facets:
    """Return a facet of the specification; fields that are None are left out."""
    base = f"{_FACETS}/{_VERSIONS[kind]}/{kind}.json#/$defs/{kind}"
    return {"_producer": producer(), "_schemaURL": base, **known(fields)}


def producer() -> str:
    """Return who makes the events."""
    return f"urn:lineage-stats:{lineage_stats.__version__}"


def known(fields: Mapping[str, Any]) -> Facets:
    """Return the fields that are not None."""
    return {name: value for name, value in fields.items() if value is not None}


def run_facets(result: RunResult, *, at_end: bool) -> Facets:
    """Return the facets of a run: those of its begin, or also those that its end tells."""
    trace = result.trace
    facets = {
        "processing_engine": facet(
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
        "jobType": facet(
            "JobTypeJobFacet",
            processingType="BATCH",
            integration="LINEAGE_STATS",
            jobType="PIPELINE",
        )
    }
    commit = trace.environment.get("git_commit")
    if commit:
        facets["sourceCodeLocation"] = facet(
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
    return facet(
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
    return facet("ErrorMessageRunFacet", message=text, programmingLanguage="PYTHON")


def _own(result: RunResult) -> Facets:
    trace = result.trace
    return {
        "_producer": producer(),
        "_schemaURL": _RUN_FACET_URL,
        "run_id": trace.run_id,
        "n_operations": len(trace),
        "metrics": {k: v for k, v in trace.metrics.items() if math.isfinite(v)},
        **known({"score": _score(result), "attribution": _attribution(result)}),
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
        "operations": [known({name: op[name] for name in shown}) for op in flagged],
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
