"""Events are those that the library takes, and that the specification asks for.

Where ``OPENLINEAGE_SPEC`` names a copy of the specification's folder, every event and every facet
is held to its JSON schema as well.
"""

from __future__ import annotations

import json
import os
import uuid
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator
from openlineage.client import OpenLineageClient
from openlineage.client.transport.file import FileConfig, FileTransport
from referencing import Registry, Resource

from lineage_stats.exceptions import MissingDependencyError
from lineage_stats.export import RUN_FACET_SCHEMA, OpenLineageExporter
from lineage_stats.export._openlineage import event_time, run_uuid
from tests.export.facets import facets_of, official_class
from tests.strategies import make_trace, traces

EXPORTER = OpenLineageExporter(repository="https://example.com/team/churn")


def events_of(run):
    return EXPORTER.to_payload(run)["events"]


def require_valid(event):
    """Hold an event to the library's classes, and to the specification where it is at hand."""
    uuid.UUID(event["run"]["runId"])
    for facet in facets_of(event):
        kind = facet["_schemaURL"].rpartition("/")[2].rpartition(":LineageStats")[0]
        if kind:
            Draft202012Validator(RUN_FACET_SCHEMA).validate(facet)
        else:
            official_class(facet)
    if folder := os.environ.get("OPENLINEAGE_SPEC"):
        require_specification(event, Path(folder))


def require_specification(event, folder):
    schemas = [json.loads(path.read_text()) for path in folder.rglob("*.json")
               if "$id" in path.read_text()]  # fmt: skip
    registry = Registry().with_resources(
        [(schema["$id"], Resource.from_contents(schema)) for schema in schemas]
    )
    (core,) = (s for s in schemas if s["$id"].endswith("/OpenLineage.json"))
    Draft202012Validator({"$ref": f"{core['$id']}#/$defs/RunEvent"}, registry=registry).validate(
        event
    )
    known = {schema["$id"]: schema for schema in schemas}
    for facet in facets_of(event):
        base, _, place = facet["_schemaURL"].partition("#")
        if base in known:
            Draft202012Validator({"$ref": f"{base}#{place}"}, registry=registry).validate(facet)
        else:
            assert "lineage-stats" in base, f"no such facet in the specification: {base}"


def test_a_recorded_run_gives_valid_events(recorded):
    first, last = events_of(recorded)
    require_valid(first)
    require_valid(last)
    assert (first["eventType"], last["eventType"]) == ("START", "COMPLETE")
    assert first["run"]["runId"] == last["run"]["runId"]
    assert first["eventTime"] < last["eventTime"]
    assert (first["inputs"], first["outputs"]) == ([], [])


def test_a_scored_run_gives_valid_events(result):
    for event in events_of(result):
        require_valid(event)


@settings(max_examples=20)
@given(traces())
def test_any_run_gives_valid_events(run):
    for event in events_of(replace(run, pipeline=run.pipeline or "p")):
        require_valid(event)
        json.dumps(event, allow_nan=False)


def test_what_was_read_and_written_is_described(recorded):
    _, last = events_of(recorded)
    (read,), (written,) = last["inputs"], last["outputs"]
    assert read["name"].endswith("in.csv")
    assert [f["name"] for f in read["facets"]["schema"]["fields"]] == ["a", "b"]
    quality = read["inputFacets"]["dataQualityMetrics"]
    assert (quality["rowCount"], quality["columnMetrics"]["a"]["nullCount"]) == (4, 1)
    assert quality["columnMetrics"]["a"]["max"] == 4.0
    assert written["outputFacets"]["outputStatistics"]["rowCount"] == 3


def test_columns_are_followed_from_file_to_file(recorded):
    _, last = events_of(recorded)
    lineage = last["outputs"][0]["facets"]["columnLineage"]["fields"]
    made = {f["field"]: f["transformations"] for f in lineage["c"]["inputFields"]}
    assert {"type": "DIRECT", "subtype": "TRANSFORMATION", "masking": False} in made["a"]
    kept = {f["field"]: f["transformations"] for f in lineage["b"]["inputFields"]}
    assert kept["b"] == [{"type": "DIRECT", "subtype": "IDENTITY", "masking": False}]
    assert [t["subtype"] for t in kept["a"]] == ["FILTER"]


@pytest.mark.parametrize(
    ("status", "kind"), [("failed", "FAIL"), ("killed", "ABORT"), ("running", "RUNNING")]
)
def test_the_last_event_says_how_the_run_ended(status, kind):
    _, last = events_of(replace(make_trace(0), status=status))
    assert last["eventType"] == kind
    assert ("errorMessage" in last["run"]["facets"]) == (status != "running")
    require_valid(last)


def test_the_parent_is_the_orchestrators_run():
    run = str(uuid.uuid4())
    environment = {"orchestrator": "dagster", "parent_job": "daily", "parent_run": run}
    for event in events_of(replace(make_trace(0), environment=environment)):
        parent = event["run"]["facets"]["parent"]
        assert parent["run"]["runId"] == run
        assert parent["job"] == {"namespace": "dagster", "name": "daily"}
        require_valid(event)
    named = {**environment, "parent_run": "manual__1"}
    ids = [e["run"]["facets"]["parent"]["run"]["runId"]
           for e in events_of(replace(make_trace(0), environment=named))]  # fmt: skip
    assert ids[0] == ids[1] == str(uuid.UUID(ids[0]))


def test_scores_and_shares_are_one_facet_of_our_own(result):
    first, last = events_of(result)
    assert "lineageStats_run" not in first["run"]["facets"]
    facet = last["run"]["facets"]["lineageStats_run"]
    assert facet["score"]["flagged"] is True
    assert facet["attribution"]["shares"][0]["operation"] == "clean/DataFrame.merge#1"
    assert "sourceCodeLocation" in last["job"]["facets"]


def test_a_pipeline_is_one_job_and_a_run_has_one_identifier(result):
    trace = result.trace
    assert run_uuid(trace) == run_uuid(replace(trace, tags={"a": "b"}))
    assert run_uuid(trace) != run_uuid(replace(trace, run_id="other"))
    parsed = uuid.UUID(run_uuid(trace))
    assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)
    assert parsed.int >> 80 == trace.start_ns // 1_000_000
    jobs = {(e["job"]["namespace"], e["job"]["name"]) for e in events_of(result)}
    assert jobs == {("lineage_stats", "churn")}


def test_times_are_exact_to_the_millisecond():
    assert event_time(1_700_000_000_123_999_999) == "2023-11-14T22:13:20.123Z"


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_file_gets_the_events_by_the_librarys_transport(recorded, tmp_path):
    path = tmp_path / "events.jsonl"
    EXPORTER.export(recorded, path)
    EXPORTER.export(recorded, path)
    written = lines(path)
    assert [event["eventType"] for event in written] == ["START", "COMPLETE"] * 2
    for event, ours in zip(written, events_of(recorded) * 2, strict=True):
        assert event["run"] == ours["run"]
        assert event["job"]["name"] == ours["job"]["name"]
        assert [d["name"] for d in event["inputs"]] == [d["name"] for d in ours["inputs"]]
        require_valid(event)


def test_a_client_takes_the_events(recorded, tmp_path):
    config = FileConfig(log_file_path=str(tmp_path / "events.jsonl"), append=True)
    EXPORTER.export(recorded, OpenLineageClient(transport=FileTransport(config)))
    assert len(lines(tmp_path / "events.jsonl")) == 2


def test_without_the_library_the_extra_is_named(recorded, monkeypatch):
    payload = EXPORTER.to_payload(recorded)
    monkeypatch.setitem(__import__("sys").modules, "openlineage.client", None)
    with pytest.raises(MissingDependencyError, match=r"lineage-stats\[openlineage\]"):
        EXPORTER.send(payload)
