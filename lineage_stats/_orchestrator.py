"""Which run of an orchestrator this process belongs to, as its environment says."""

from __future__ import annotations

import re
from collections.abc import Mapping

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_MOST_CHARACTERS = 500
_MOST_BYTES = 1 << 20


def parent_of(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the run of which this one is a part.

    Parameters
    ----------
    environ : mapping of str to str
        Variables of the environment.

    Returns
    -------
    dict of str to str
        ``orchestrator``, ``parent_job``, ``parent_run`` and ``parent_namespace``, as far as they
        are known, and ``traceparent`` as in W3C's recommendation; empty for a run of its own.

    References
    ----------
    W3C (2021). Trace Context. Recommendation.

    Examples
    --------
    >>> parent_of({"AIRFLOW_CTX_DAG_ID": "churn", "AIRFLOW_CTX_TASK_ID": "train",
    ...            "AIRFLOW_CTX_DAG_RUN_ID": "manual__2026-01-31"})
    {'orchestrator': 'airflow', 'parent_job': 'churn.train', 'parent_run': 'manual__2026-01-31'}
    """
    found: dict[str, str] = {}
    for read in (_openlineage, _airflow, _dagster, _prefect, _kubeflow):
        found = read(environ)
        if found.get("parent_run"):
            break
    found = {k: v[:_MOST_CHARACTERS] for k, v in found.items() if v}
    if "parent_run" not in found:
        found = {}
    traceparent = environ.get("TRACEPARENT", "").strip().lower()
    if _TRACEPARENT.fullmatch(traceparent):
        found["traceparent"] = traceparent
    return found


def _openlineage(environ: Mapping[str, str]) -> dict[str, str]:
    """Read what orchestrators hand on for OpenLineage: ``namespace/job/run``."""
    namespace, _, rest = environ.get("OPENLINEAGE_PARENT_ID", "").partition("/")
    job, _, run = rest.rpartition("/")
    if not (namespace and job and run):
        return {}
    who = "airflow" if environ.get("AIRFLOW_CTX_DAG_ID") else ""
    return {
        "orchestrator": who,
        "parent_namespace": namespace,
        "parent_job": job,
        "parent_run": run,
    }


def _airflow(environ: Mapping[str, str]) -> dict[str, str]:
    names = (environ.get(f"AIRFLOW_CTX_{part}_ID", "") for part in ("DAG", "TASK"))
    job = ".".join(name for name in names if name)
    run = environ.get("AIRFLOW_CTX_DAG_RUN_ID", "")
    return {"orchestrator": "airflow", "parent_job": job, "parent_run": run}


def _dagster(environ: Mapping[str, str]) -> dict[str, str]:
    job, run = environ.get("DAGSTER_RUN_JOB_NAME", ""), environ.get("DAGSTER_RUN_ID", "")
    if not run and (text := environ.get("DAGSTER_PIPES_CONTEXT")):
        context = _pipes_context(text)
        run, job = str(context.get("run_id") or ""), str(context.get("job_name") or job)
    return {"orchestrator": "dagster", "parent_job": job, "parent_run": run}


def _pipes_context(text: str) -> Mapping[str, object]:
    """Read what Dagster gives to processes outside of it: compressed JSON, or where a file is."""
    import base64
    import json
    import zlib

    try:
        record = json.loads(zlib.decompressobj().decompress(base64.b64decode(text), _MOST_BYTES))
        if isinstance(record, dict) and isinstance(path := record.get("path"), str):
            with open(path, "rb") as file:  # noqa: PTH123  # pathlib is not loaded yet
                record = {"data": json.loads(file.read(_MOST_BYTES))}
        data = record["data"]
    except (ValueError, KeyError, TypeError, OSError, zlib.error):
        return {}  # it lies elsewhere, and is fetched by nobody here
    return data if isinstance(data, dict) else {}


def _prefect(environ: Mapping[str, str]) -> dict[str, str]:
    names = ("PREFECT__FLOW_RUN_ID", "PREFECT__CONTEXT__FLOW_RUN_ID")
    run = next((environ[name] for name in names if environ.get(name)), "")
    return {
        "orchestrator": "prefect",
        "parent_job": environ.get("PREFECT__FLOW_NAME", ""),
        "parent_run": run,
    }


def _kubeflow(environ: Mapping[str, str]) -> dict[str, str]:
    return {
        "orchestrator": "kubeflow",
        "parent_job": environ.get("KFP_PIPELINE_NAME", ""),
        "parent_run": environ.get("KFP_RUN_ID", ""),
    }
