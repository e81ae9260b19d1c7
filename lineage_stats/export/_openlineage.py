"""Runs as OpenLineage events: one job for each pipeline, with what it read and wrote."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import uuid
from typing import Any, ClassVar, Final

from lineage_stats._optional import import_optional
from lineage_stats.export._datasets import data_read, data_written
from lineage_stats.export._exporter import Exporter, Payload, RunResult, as_result
from lineage_stats.export._openlineage_data import (
    input_facets,
    input_quality,
    output_facets,
    output_statistics,
)
from lineage_stats.export._openlineage_facets import job_facets, producer, run_facets
from lineage_stats.trace import Trace

SPEC: Final = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
_LAST_EVENT: Final = {"ok": "COMPLETE", "failed": "FAIL", "killed": "ABORT", "running": "RUNNING"}


class OpenLineageExporter(Exporter):
    """Sends a run as OpenLineage's events of its begin and of its end.

    Parameters
    ----------
    namespace : str, default="lineage_stats"
        Namespace of the jobs, and of data that has no place of its own.
    repository : str, default=None
        URL of the repository of the pipeline.

    Notes
    -----
    A pipeline is one job; its operations are none. Files are named by their paths in the
    namespace ``file``, or by host and path. Numbers of columns are those of a bounded sample of
    rows, counts of missing values are projected from it. Scores and attribution are one facet of
    our own, `lineage_stats.export.RUN_FACET_SCHEMA`.

    The identifier of the run at OpenLineage is made of begin and id of the run, so that a run
    that is sent twice is one run.

    Examples
    --------
    >>> from lineage_stats.export import OpenLineageExporter
    >>> from lineage_stats.trace import Trace
    >>> events = OpenLineageExporter().to_payload(Trace("r1", "churn"))["events"]
    >>> [event["eventType"] for event in events]
    ['START', 'COMPLETE']
    """

    name: ClassVar[str] = "openlineage"
    library: ClassVar[str] = "openlineage.client"

    def __init__(self, *, namespace: str = "lineage_stats", repository: str | None = None) -> None:
        self.namespace = namespace
        self.repository = repository

    def to_payload(self, run: RunResult | Trace) -> Payload:
        """Return the events of begin and end; parameters and result are those of `Exporter`."""
        result = as_result(run)
        trace = result.trace
        first = self._event("START", trace.start_ns, result, at_end=False)
        last = self._event(_LAST_EVENT[trace.status], trace.end_ns, result, at_end=True)
        last["inputs"] = self._inputs(trace)
        last["outputs"] = self._outputs(trace)
        return {"events": [first, last]}

    def send(self, payload: Payload, destination: Any = None) -> None:
        """Send events, in their order.

        Parameters
        ----------
        payload : mapping of str to object
            What `to_payload` returned.
        destination : path-like, OpenLineageClient or transport, default=None
            A file that events are appended to, a line each; a client or transport of the
            library; None takes a client that is set up by the library's own variables.

        Raises
        ------
        MissingDependencyError
            If the package ``openlineage-python`` is not installed.
        """
        client = import_optional(
            "openlineage.client", extra="openlineage", purpose="Sending to OpenLineage"
        )
        if isinstance(destination, str | os.PathLike):
            file = import_optional(
                "openlineage.client.transport.file", extra="openlineage", purpose="Writing events"
            )
            config = file.FileConfig(log_file_path=os.fspath(destination), append=True)
            destination = file.FileTransport(config)
        target = client.OpenLineageClient() if destination is None else destination
        for event in payload["events"]:
            target.emit(_as_event(event))

    def _event(self, kind: str, when_ns: int, result: RunResult, *, at_end: bool) -> dict[str, Any]:
        trace = result.trace
        return {
            "eventType": kind,
            "eventTime": event_time(when_ns),
            "producer": producer(),
            "schemaURL": SPEC,
            "run": {"runId": run_uuid(trace), "facets": run_facets(result, at_end=at_end)},
            "job": {
                "namespace": self.namespace,
                "name": trace.pipeline,
                "facets": job_facets(trace, self.repository),
            },
            "inputs": [],
            "outputs": [],
        }

    def _inputs(self, trace: Trace) -> list[dict[str, Any]]:
        found = {}
        for data in data_read(trace):
            place = (data.namespace or self.namespace, data.name)
            found[place] = {
                "namespace": place[0],
                "name": place[1],
                "facets": input_facets(trace, data),
                "inputFacets": input_quality(trace, data),
            }
        return list(found.values())

    def _outputs(self, trace: Trace) -> list[dict[str, Any]]:
        found = {}
        for data in data_written(trace):
            place = (data.namespace or self.namespace, data.name)
            found[place] = {
                "namespace": place[0],
                "name": place[1],
                "facets": output_facets(trace, data, self.namespace),
                "outputFacets": output_statistics(data),
            }
        return list(found.values())


def event_time(when_ns: int) -> str:
    """Return a moment in UTC as ISO 8601 with milliseconds."""
    seconds, rest = divmod(when_ns, 1_000_000_000)
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest // 1_000_000:03d}Z"


def run_uuid(trace: Trace) -> str:
    """Return the run's identifier of version 7: time first, then what tells runs apart.

    References
    ----------
    Davis, K., Peabody, B., & Leach, P. (2024). Universally Unique IDentifiers. RFC 9562.
    """
    digest = hashlib.blake2b(f"{trace.pipeline}\0{trace.run_id}".encode(), digest_size=10).digest()
    number = (max(trace.start_ns, 0) // 1_000_000 & (1 << 48) - 1) << 80
    number |= int.from_bytes(digest, "big")
    number = number & ~(0xF << 76) | 7 << 76
    number = number & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=number))


def _as_event(event: Payload) -> Any:
    """Return an event as an object of the library, which checks its form."""
    from openlineage.client import event_v2 as v2

    return v2.RunEvent(
        eventType=v2.RunState[event["eventType"]],
        eventTime=event["eventTime"],
        producer=event["producer"],
        run=v2.Run(**event["run"]),
        job=v2.Job(**event["job"]),
        inputs=[v2.InputDataset(**data) for data in event["inputs"]],
        outputs=[v2.OutputDataset(**data) for data in event["outputs"]],
    )
