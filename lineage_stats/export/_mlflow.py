"""Runs as part of a run of MLflow: what was read, metrics, tags and the report."""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
from typing import Any, ClassVar, Final

from lineage_stats._optional import import_optional
from lineage_stats.export._datasets import ExternalData, column_names, data_read
from lineage_stats.export._exporter import Exporter, Payload, RunResult, as_result
from lineage_stats.trace import Trace

PREFIX: Final = "lineage_stats"
_MOST_CHARACTERS: Final = 5000  # of a tag
_DIGEST_CHARACTERS: Final = 36
_NOT_IN_NAMES: Final = re.compile(r"[^\w\-./ :]")
_PAGE: Final = f"{PREFIX}/report.html"
_GRAPH: Final = f"{PREFIX}/lineage.json"


class MLflowExporter(Exporter):
    """Adds what is known of a run to a run of MLflow.

    Notes
    -----
    All names begin with ``lineage_stats``, so that nothing that the program or ``mlflow.autolog``
    logs is overwritten. Data is described by its path, size and digest; none is read or sent.

    Examples
    --------
    >>> from lineage_stats.export import MLflowExporter
    >>> from lineage_stats.trace import Trace
    >>> MLflowExporter().to_payload(Trace("r1", "churn"))["tags"]["lineage_stats.run_id"]
    'r1'
    """

    name: ClassVar[str] = "mlflow"
    library: ClassVar[str] = "mlflow"

    def to_payload(self, run: RunResult | Trace) -> Payload:
        """Return what would be logged; parameters are those of `Exporter`.

        Parameters
        ----------
        run : RunResult or Trace
            The run, with or without what was found out about it.

        Returns
        -------
        mapping of str to object
            ``metrics``, ``tags``, ``inputs`` and ``artifacts`` (texts by path).
        """
        result = as_result(run)
        trace = result.trace
        artifacts = {_GRAPH: json.dumps({"edges": trace.edges, "operations": trace.keys})}
        if result.page is not None:
            artifacts[_PAGE] = result.page
        return {
            "timestamp_ms": trace.end_ns // 1_000_000,
            "metrics": _metrics(result),
            "tags": _tags(result),
            "inputs": [_input(trace, data) for data in data_read(trace)],
            "artifacts": artifacts,
        }

    def has_receiver(self, destination: Any = None) -> bool:
        """Return whether there is a run of MLflow to add to; parameters are those of `send`.

        Raises
        ------
        MissingDependencyError
            If the package ``mlflow`` (or ``mlflow-skinny``) is not installed.
        """
        return _run_id(_mlflow(), destination) is not None

    def send(self, payload: Payload, destination: Any = None) -> None:
        """Log a payload.

        Parameters
        ----------
        payload : mapping of str to object
            What `to_payload` returned.
        destination : str, default=None
            Id of a run of MLflow; None takes the active one, else that of the variable
            ``MLFLOW_RUN_ID``, and does nothing where there is none.

        Raises
        ------
        MissingDependencyError
            If the package ``mlflow`` (or ``mlflow-skinny``) is not installed.
        """
        mlflow = _mlflow()
        run_id = _run_id(mlflow, destination)
        if run_id is None:
            return
        from mlflow import entities

        client = mlflow.MlflowClient()
        when = payload["timestamp_ms"]
        client.log_batch(
            run_id,
            metrics=[entities.Metric(k, v, when, 0) for k, v in payload["metrics"].items()],
            tags=[entities.RunTag(k, v) for k, v in payload["tags"].items()],
        )
        if payload["inputs"]:
            client.log_inputs(run_id, [_dataset(entities, data) for data in payload["inputs"]])
        for path, text in payload["artifacts"].items():
            client.log_text(run_id, text, path)


def _mlflow() -> Any:
    return import_optional("mlflow", extra="mlflow", purpose="Sending to MLflow")


def _run_id(mlflow: Any, given: str | None) -> str | None:
    """Return which run of MLflow is meant; a program started inside of one has its id."""
    if given is not None:
        return given
    active = mlflow.active_run()
    return active.info.run_id if active is not None else os.environ.get("MLFLOW_RUN_ID") or None


def _dataset(entities: Any, data: Payload) -> Any:
    tags = [entities.InputTag("mlflow.data.context", PREFIX)]
    return entities.DatasetInput(entities.Dataset(**data), tags)


def _metrics(result: RunResult) -> dict[str, float]:
    found = {f"{PREFIX}/{_plain(name)}": value for name, value in result.trace.metrics.items()}
    if result.score is not None:
        found[f"{PREFIX}/p_value"] = float(result.score.p_value)
        found[f"{PREFIX}/anomaly_score"] = float(result.score.score)
    if result.attribution is not None:
        metric = _plain(result.attribution.metric)
        found[f"{PREFIX}/drop/{metric}"] = result.attribution.drop
        found[f"{PREFIX}/unexplained/{metric}"] = result.attribution.unexplained
    return {name: value for name, value in found.items() if math.isfinite(value)}


def _tags(result: RunResult) -> dict[str, str]:
    trace = result.trace
    found = {
        "run_id": trace.run_id,
        "pipeline": trace.pipeline,
        "status": trace.status,
        "git_commit": trace.environment.get("git_commit", ""),
    }
    if result.score is not None:
        found["anomalous"] = str(result.score.flagged).lower()
        found["abnormal_operations"] = ", ".join(result.score.flagged_operations[:5])
    if result.attribution is not None:
        top = result.attribution.top
        found["root_cause"] = "" if top is None else top.place
        found["verdict"] = result.attribution.verdict
    return {f"{PREFIX}.{k}": v[:_MOST_CHARACTERS] for k, v in found.items() if v}


def _input(trace: Trace, data: ExternalData) -> dict[str, str]:
    columns = [{"name": name, "type": kind} for name, kind in column_names(trace, data)]
    rows = None if data.ref is None else data.ref.rows
    known = data.digest or hashlib.blake2b(
        json.dumps([data.name, rows, data.size, columns]).encode(), digest_size=8
    ).hexdigest()  # fmt: skip
    return {
        "name": data.name[-500:],
        "digest": known[:_DIGEST_CHARACTERS],
        "source_type": "local" if data.namespace == "file" else "code",
        "source": json.dumps({"uri": data.name if data.namespace in ("", "file")
                              else f"{data.namespace}/{data.name}"}),
        "schema": json.dumps({"lineage_stats_columns": columns})[:65_000],
        "profile": json.dumps({"num_rows": rows, "bytes": data.size}),
    }  # fmt: skip


def _plain(name: str) -> str:
    """Return a name with only the characters that MLflow allows."""
    return _NOT_IN_NAMES.sub("_", name)[:200] or "_"
