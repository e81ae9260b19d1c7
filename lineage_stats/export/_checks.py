"""The promises of an exporter as checks that anybody can run; pytest is not needed."""

from __future__ import annotations

import copy
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import chdir
from dataclasses import replace
from pathlib import Path

from lineage_stats.export._exporter import Exporter, RunResult
from lineage_stats.trace import RUN_STATUSES, DataRef, Operation, Trace

Check = Callable[[Exporter], None]


def exporter_checks() -> Iterator[tuple[str, Check]]:
    """Yield every check that an exporter must pass, with its name.

    Yields
    ------
    name : str
        Name of the check.
    check : callable
        Takes the exporter and raises AssertionError where the promise is broken.
    """
    yield from (
        ("is described", check_is_described),
        ("payloads are plain data", check_plain),
        ("payloads are the same for the same run", check_deterministic),
        ("payloads differ for different runs", check_distinct),
        ("making a payload changes nothing", check_pure),
        ("any run can be exported", check_any_run),
        ("numbers that are not finite are left out", check_finite),
    )


def check_exporter(exporter: Exporter) -> None:
    """Run all of `exporter_checks`; nothing is sent.

    Parameters
    ----------
    exporter : Exporter
        What to check.

    Raises
    ------
    AssertionError
        If a promise is broken; the message says which.

    Examples
    --------
    >>> from lineage_stats.export import OpenTelemetryExporter, check_exporter
    >>> check_exporter(OpenTelemetryExporter())
    """
    for name, check in exporter_checks():
        try:
            check(exporter)
        except AssertionError as error:
            raise AssertionError(f"{exporter!r}: {name}: {error}") from error


def check_is_described(exporter: Exporter) -> None:
    """Check that the exporter says its name and its library."""
    for field in ("name", "library"):
        value = getattr(exporter, field, None)
        assert isinstance(value, str), f"'{field}' must be text, got {value!r}"
        assert value, f"'{field}' is empty"


def check_plain(exporter: Exporter) -> None:
    """Check that a payload survives JSON."""
    payload = exporter.to_payload(_run())
    text = json.dumps(payload, allow_nan=False)
    assert json.loads(text) == json.loads(json.dumps(payload)), "it is another one after JSON"


def check_deterministic(exporter: Exporter) -> None:
    """Check that the same run gives the same payload, bare or as a result."""
    first, again = exporter.to_payload(_run()), exporter.to_payload(_run())
    assert json.dumps(first) == json.dumps(again), "two payloads of one run differ"
    assert first == exporter.to_payload(RunResult(_run())), "a bare run gives another payload"


def check_distinct(exporter: Exporter) -> None:
    """Check that the payload tells runs apart."""
    other = replace(_run(), run_id="r2")
    assert exporter.to_payload(_run()) != exporter.to_payload(other), "two runs give one payload"


def check_pure(exporter: Exporter) -> None:
    """Check that the run stays as it was, and that no file appears."""
    run = _run()
    before = copy.deepcopy(run)
    with tempfile.TemporaryDirectory() as folder:
        with chdir(folder):
            exporter.to_payload(run)
        left = sorted(path.name for path in Path(folder).iterdir())
    assert run == before, "the run was changed"
    assert not left, f"files were written: {left}"


def check_any_run(exporter: Exporter) -> None:
    """Check that runs of every status can be exported, and one that did nothing."""
    for status in RUN_STATUSES:
        json.dumps(exporter.to_payload(replace(_run(), status=status)))
    json.dumps(exporter.to_payload(Trace("r", "p")))


def check_finite(exporter: Exporter) -> None:
    """Check that a metric that is NaN does no harm."""
    run = _run()
    last = replace(run.operations[-1], features={"metric_value": float("nan")})
    text = exporter.to_payload(replace(run, operations=(*run.operations[:-1], last)))
    json.dumps(text, allow_nan=False)


def _run() -> Trace:
    """Return a run with a file, a failed step, two columns, and a metric."""
    raw = DataRef("d1", "table", 10, 2, "s")
    kept = DataRef("d2", "table", 8, 2, "s")
    start = 1_700_000_000_000_000_000
    facts = {"file[path]": "/data/ä b.csv", "file[size]": "120", "file[digest]": "blake2b:ab12"}
    steps = (
        Operation("load/read_csv#1", "read_csv", "source", "load", outputs=(raw,), facts=facts,
                  features={"nulls[a]": 0.2, "mean[a]": 1.5, "min[a]": 0.0, "max[a]": 3.0},
                  start_ns=start + 1, duration_ns=5, file="load.py", line=3),
        Operation("load/DataFrame.dropna#1", "DataFrame.dropna", "selection", "load", inputs=(raw,),
                  outputs=(kept,), start_ns=start + 10, duration_ns=5,
                  lineage='{"as": "one", "x": "d1", "cols": "names", "rows": 1, "by": ["a"]}'),
        Operation("load/DataFrame.to_csv#1", "DataFrame.to_csv", "sink", "load", inputs=(kept,),
                  facts={"file[path]": "s3://bucket/out.csv"}, start_ns=start + 20, duration_ns=5),
        Operation("load/Series.astype#1", "Series.astype", "assignment", "load", inputs=(kept,),
                  status="failed", error="ValueError", start_ns=start + 30, duration_ns=5),
        Operation("main/f1_score#1", "f1_score", "metric", "main", inputs=(kept,),
                  features={"metric_value": 0.9}, metric="f1_score", start_ns=start + 40,
                  duration_ns=5),
    )  # fmt: skip
    return Trace(
        "r1", "churn", steps, start_ns=start, end_ns=start + 10**9,
        tags={"team": "red"}, schemas={"s": (("a", "float64"), ("b", "object"))},
        environment={"python": "3.12.1", "git_commit": "ab" * 20, "git_branch": "main",
                     "orchestrator": "airflow", "parent_job": "churn.train",
                     "parent_run": "manual__2026-01-31",
                     "traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01"},
    )  # fmt: skip
