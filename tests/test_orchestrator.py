"""Whose run this one is part of, as each orchestrator says it."""

import base64
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lineage_stats
from lineage_stats._orchestrator import parent_of

RUN = "8c1b8f6e-8f0a-4c53-9b7e-1f2f3a4b5c6d"
PIPES = base64.b64encode(
    zlib.compress(json.dumps({"data": {"run_id": RUN, "job_name": "daily"}}).encode())
).decode()

CASES = {
    "airflow": (
        {"AIRFLOW_CTX_DAG_ID": "churn", "AIRFLOW_CTX_TASK_ID": "train",
         "AIRFLOW_CTX_DAG_RUN_ID": "manual__1"},
        {"orchestrator": "airflow", "parent_job": "churn.train", "parent_run": "manual__1"},
    ),
    "openlineage": (
        {"OPENLINEAGE_PARENT_ID": f"prod/churn.train/{RUN}", "AIRFLOW_CTX_DAG_ID": "churn"},
        {"orchestrator": "airflow", "parent_namespace": "prod", "parent_job": "churn.train",
         "parent_run": RUN},
    ),
    "dagster": (
        {"DAGSTER_RUN_ID": RUN, "DAGSTER_RUN_JOB_NAME": "daily"},
        {"orchestrator": "dagster", "parent_job": "daily", "parent_run": RUN},
    ),
    "dagster pipes": (
        {"DAGSTER_PIPES_CONTEXT": PIPES},
        {"orchestrator": "dagster", "parent_job": "daily", "parent_run": RUN},
    ),
    "prefect": (
        {"PREFECT__FLOW_RUN_ID": RUN},
        {"orchestrator": "prefect", "parent_run": RUN},
    ),
    "kubeflow": (
        {"KFP_RUN_ID": RUN, "KFP_PIPELINE_NAME": "churn"},
        {"orchestrator": "kubeflow", "parent_job": "churn", "parent_run": RUN},
    ),
    "nobody": ({"PATH": "/bin", "OPENLINEAGE_PARENT_ID": "half"}, {}),
    "a job without a run": ({"DAGSTER_RUN_JOB_NAME": "daily"}, {}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_each_orchestrator_is_understood(case):
    environ, expected = CASES[case]
    assert parent_of(environ) == expected


def test_a_span_that_the_run_belongs_to_is_kept_where_it_is_one():
    good = f"00-{'ab' * 16}-{'cd' * 8}-01"
    assert parent_of({"TRACEPARENT": good}) == {"traceparent": good}
    for bad in ("", "x", f"00-{'00' * 16}-{'cd' * 8}-01", good + "-more"):
        assert parent_of({"TRACEPARENT": bad}) == {}


@given(st.text())
def test_what_is_no_context_of_dagster_is_passed_over(text):
    assert parent_of({"DAGSTER_PIPES_CONTEXT": text}) == {}


@pytest.mark.parametrize("record", ["[]", "3", '{"data": [1]}', '{"data": {}}'])
def test_neither_is_a_context_of_another_kind(record):
    text = base64.b64encode(zlib.compress(record.encode())).decode()
    assert parent_of({"DAGSTER_PIPES_CONTEXT": text}) == {}


def packed(record):
    return base64.b64encode(zlib.compress(json.dumps(record).encode())).decode()


def test_a_context_of_dagster_may_lie_in_a_file(tmp_path):
    file = tmp_path / "context"
    file.write_text(json.dumps({"run_id": RUN, "job_name": "daily"}))
    found = parent_of({"DAGSTER_PIPES_CONTEXT": packed({"path": str(file)})})
    assert found == {"orchestrator": "dagster", "parent_job": "daily", "parent_run": RUN}


@pytest.mark.parametrize("path", ["missing", ".", "\0", 3, None])
def test_where_that_file_cannot_be_read_there_is_no_parent(tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    assert parent_of({"DAGSTER_PIPES_CONTEXT": packed({"path": path})}) == {}


def test_what_is_very_long_is_cut():
    found = parent_of({"PREFECT__FLOW_RUN_ID": "x" * 10_000})
    assert len(found["parent_run"]) == 500


def test_a_recorded_run_knows_its_parent(tmp_path, monkeypatch):
    for name, value in CASES["airflow"][0].items():
        monkeypatch.setenv(name, value)
    with lineage_stats.record("p", directory=tmp_path) as run:
        lineage_stats.log_metric("m", 1.0)
    assert run.trace().environment["parent_run"] == "manual__1"
