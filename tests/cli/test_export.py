import json

import pytest

from lineage_stats import TraceStore
from lineage_stats.export import OpenLineageExporter
from tests.strategies import make_trace


def test_a_faulty_run_goes_to_a_file_with_what_was_found(cli, runs_folder, tmp_path):
    path = tmp_path / "events.jsonl"
    done = cli("export", "latest", "--to", "openlineage", "-o", path, "--dir", runs_folder)
    assert (done.code, done.out) == (0, "")
    assert f"was handed to openlineage in {path}" in done.err
    first, last = (json.loads(line) for line in path.read_text().splitlines())
    assert (first["eventType"], last["eventType"]) == ("START", "COMPLETE")
    facet = last["run"]["facets"]["lineageStats_run"]
    assert facet["score"]["flagged"]
    assert facet["attribution"]["shares"][0]["operation"] == "clean/DataFrame.merge#1"


@pytest.mark.parametrize("name", ["openlineage", "opentelemetry", "mlflow"])
def test_a_dry_run_shows_what_would_be_sent(cli, tmp_path, name):
    TraceStore(tmp_path).write(make_trace(0))
    done = cli("export", "latest", "--to", name, "--dry-run", "--dir", tmp_path)
    assert done.code == 0
    assert done.json
    assert "Not scored: " in done.err


def test_an_unknown_exporter_is_told_which_there_are(cli, tmp_path):
    TraceStore(tmp_path).write(make_trace(0))
    done = cli("export", "latest", "--to", "paper", "--dir", tmp_path)
    assert done.code == 2
    assert "There are: openlineage, opentelemetry, mlflow." in done.err


@pytest.mark.parametrize("name", ["opentelemetry", "mlflow"])
@pytest.mark.filterwarnings("ignore")  # of the library
def test_nothing_is_said_to_be_handed_over_where_nobody_takes_it(cli, tmp_path, monkeypatch, name):
    monkeypatch.delenv("MLFLOW_RUN_ID", raising=False)
    done = cli("export", "latest", "--to", name, "--dir", tmp_path)
    assert (done.code, done.out) == (2, "")
    assert f"Nobody would get what is sent to {name}" in " ".join(done.err.split())


def test_an_error_of_another_package_is_one_sentence(cli, tmp_path, monkeypatch):
    class RefusalError(Exception):
        pass

    def refuse(*_):
        raise RefusalError("no such run")

    monkeypatch.setattr(OpenLineageExporter, "send", refuse)
    TraceStore(tmp_path).write(make_trace(0))
    done = cli("export", "latest", "--to", "openlineage", "--no-scored", "--dir", tmp_path)
    assert done.code == 2
    assert done.err == "lineage-stats: openlineage did not take the run: no such run\n"
