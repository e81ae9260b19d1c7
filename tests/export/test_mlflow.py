"""What is known of a run becomes part of a run of MLflow, beside what the program logs."""

from __future__ import annotations

import ast
import json
import os
import shutil
import sys
from dataclasses import replace

import pytest

from lineage_stats.exceptions import MissingDependencyError
from lineage_stats.export import MLflowExporter
from tests.strategies import make_trace

EXPORTER = MLflowExporter()

pytestmark = pytest.mark.filterwarnings("ignore")  # of the library and what it is built on


@pytest.fixture(scope="session")
def database(tmp_path_factory, request):
    """An empty store; making one takes long, so it is kept for the next run of the suite."""
    import mlflow

    kept = request.config.cache.mkdir("mlflow") / f"empty-{mlflow.__version__}.db"
    if not kept.exists():
        path = tmp_path_factory.mktemp("mlflow") / "empty.db"
        mlflow.MlflowClient(tracking_uri=f"sqlite:///{path}").search_experiments()
        draft = kept.with_name(f"{kept.name}.{os.getpid()}")
        shutil.copy(path, draft)
        draft.replace(kept)
    return kept


@pytest.fixture
def mlflow(database, tmp_path, monkeypatch):
    """The library, with a store of its own in SQLite."""
    import mlflow

    monkeypatch.chdir(tmp_path)
    shutil.copy(database, tmp_path / "mlflow.db")
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/mlflow.db")
    client = mlflow.MlflowClient()
    experiment = client.create_experiment("e", artifact_location=(tmp_path / "files").as_uri())
    mlflow.set_experiment(experiment_id=experiment)
    yield mlflow
    while mlflow.active_run():
        mlflow.end_run()
    mlflow.set_tracking_uri(None)


def test_the_active_run_gets_everything(mlflow, recorded, result):
    with mlflow.start_run() as active:
        mlflow.log_metric("f1_score", 0.5)  # of the program
        EXPORTER.export(result)
        EXPORTER.export(recorded)
    run = mlflow.get_run(active.info.run_id)
    assert run.data.metrics["f1_score"] == 0.5
    assert run.data.metrics["lineage_stats/f1_score"] == result.trace.metrics["f1_score"]
    assert run.data.metrics["lineage_stats/p_value"] < 0.01
    assert run.data.metrics["lineage_stats/drop/f1_score"] > 0
    assert run.data.tags["lineage_stats.anomalous"] == "true"
    assert "DataFrame.merge#1 (churn.py:16)" in run.data.tags["lineage_stats.root_cause"]
    (data,) = [d.dataset for d in run.inputs.dataset_inputs if d.dataset.name.endswith("in.csv")]
    assert json.loads(data.profile)["num_rows"] == 4
    assert data.source_type == "local"
    client = mlflow.MlflowClient()
    paths = {file.path for file in client.list_artifacts(run.info.run_id, "lineage_stats")}
    assert paths == {"lineage_stats/report.html", "lineage_stats/lineage.json"}
    page = client.download_artifacts(run.info.run_id, "lineage_stats/report.html")
    with open(page) as file:  # noqa: PTH123  # a path of the library
        assert file.read() == "<h1>page</h1>"


def test_no_active_run_is_no_error(mlflow, monkeypatch):
    monkeypatch.delenv("MLFLOW_RUN_ID", raising=False)
    EXPORTER.export(make_trace(0))
    assert mlflow.search_runs(output_format="list") == []
    assert not EXPORTER.has_receiver()


def test_a_program_inside_of_a_run_adds_to_it(mlflow, monkeypatch):
    with mlflow.start_run() as done:
        pass
    monkeypatch.setenv("MLFLOW_RUN_ID", done.info.run_id)
    assert EXPORTER.has_receiver()
    EXPORTER.export(make_trace(0))
    assert mlflow.get_run(done.info.run_id).data.tags["lineage_stats.run_id"] == "run-0-00000"


def test_a_run_can_be_named(mlflow):
    with mlflow.start_run() as done:
        pass
    assert EXPORTER.has_receiver(done.info.run_id)
    EXPORTER.export(make_trace(0), done.info.run_id)
    tags = mlflow.get_run(done.info.run_id).data.tags
    assert tags["lineage_stats.run_id"] == "run-0-00000"


def test_sending_twice_changes_nothing(mlflow, recorded):
    with mlflow.start_run() as active:
        EXPORTER.export(recorded)
        EXPORTER.export(recorded)
    assert len(mlflow.get_run(active.info.run_id).inputs.dataset_inputs) == 1


def test_names_are_those_that_are_allowed():
    op = replace(make_trace(0).operations[-1], metric="f1@k=5 (ü)")
    trace = replace(make_trace(0), operations=(op,))
    (name,) = EXPORTER.to_payload(trace)["metrics"]
    assert name == "lineage_stats/f1_k_5 _ü_"


def test_without_the_library_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(MissingDependencyError, match=r"lineage-stats\[mlflow\]"):
        EXPORTER.send(EXPORTER.to_payload(make_trace(0)))


BESIDE = """
import sys, warnings
warnings.simplefilter("ignore")
import lineage_stats, mlflow, pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score  # before anybody replaces it

mlflow.set_tracking_uri("sqlite:///mlflow.db")
mlflow.set_experiment("of this program")
table = pd.DataFrame({"a": range(20), "y": [0, 1] * 10})

def work():
    with mlflow.start_run() as active:
        model = LogisticRegression().fit(table[["a"]], table["y"])
        f1_score(table["y"], model.predict(table[["a"]]))
    return active.info.run_id

def recorded(switch=None):
    with lineage_stats.record("p", directory="runs") as run:
        if switch is not None:
            switch()
        name = work()
    trace = run.trace()
    return name, [[op.key, *trace.parents(op.key)] for op in trace]

def logged(name):
    data = mlflow.get_run(name).data
    return sorted(data.metrics.items()), len(data.params)

autolog = lambda: mlflow.autolog(silent=True, log_models=False)
"""
AUTOLOG_FIRST = """
autolog()
alone = logged(work())
name, operations = recorded()
print([alone == logged(name), len(alone[0]) > 3, operations])
"""
RECORDING_FIRST = """
_, alone = recorded()
name, operations = recorded(autolog)
print([alone == operations, len(logged(name)[0]) > 3, operations])
"""


@pytest.mark.slow
@pytest.mark.parametrize("order", [AUTOLOG_FIRST, RECORDING_FIRST], ids=["after", "before"])
def test_neither_autolog_nor_recording_disturbs_the_other(database, tmp_path, run_python, order):
    shutil.copy(database, tmp_path / "mlflow.db")
    done = ast.literal_eval(run_python(BESIDE + order).stdout)
    fit, predict = "work/LogisticRegression.fit#1", "work/LogisticRegression.predict#1"
    first, second = "work/DataFrame[columns]#1", "work/DataFrame[columns]#2"
    steps = [[first], [fit, first], [second], [predict, fit, second]]
    assert done == [True, True, [*steps, ["work/f1_score#1", predict]]]
