"""Recorded runs with known faults load whole, in order, and with their truth."""

import subprocess
import sys
from collections import Counter

import pandas as pd
import pytest

from lineage_stats.attribution import MechanismBaseline, attribute_root_cause
from lineage_stats.datasets import load_corpus, load_faulty_pipelines
from lineage_stats.exceptions import NoTracesError
from tests.datasets.corpora import write_corpus


@pytest.fixture(scope="module")
def bundle():
    return load_faulty_pipelines()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_corpus(tmp_path_factory.mktemp("corpus"), test_case=True)


def test_everything_is_in_one_order(bundle):
    n_runs = len(bundle.traces)
    assert n_runs == len(bundle.labels) == len(bundle.target) == len(bundle.faults) > 80
    for trace, label, target, fault in zip(
        bundle.traces, bundle.labels, bundle.target, bundle.faults, strict=True
    ):
        assert trace.run_id == label["run_id"]
        assert trace.pipeline == label["pipeline"] == trace.tags["pipeline"]
        assert trace.tags["role"] == label["role"]
        assert (fault is None) == (target is None) == (label["class"] == "healthy")
        if fault is not None:
            assert fault.kind == label["kind"] == trace.tags["kind"]
            assert fault.target == target


def test_the_metric_after_is_that_of_the_trace(bundle):
    for trace, label in zip(bundle.traces, bundle.labels, strict=True):
        values = [op.metric_value for op in trace if op.metric == label["metric"]]
        if label["status"] == "ok":
            assert values[-1] == label["metric_after"]


def test_shares_add_up_to_the_drop(bundle):
    found = [f for f in bundle.faults if f is not None and f.changes and f.drop is not None]
    for fault in found:
        shares = [change.share for change in fault.changes]
        if None not in shares:
            assert sum(shares) == pytest.approx(fault.drop, abs=1e-12)
    assert any(len(fault.changes) > 1 for fault in found)


def test_the_truth_is_of_the_healthy_runs_or_new(bundle):
    keys = {}
    for trace, fault in zip(bundle.traces, bundle.faults, strict=True):
        keys.setdefault(trace.pipeline, set()).update(trace.keys)
        assert fault is None or fault.case_class == "none" or fault.target
    for trace, fault in zip(bundle.traces, bundle.faults, strict=True):
        assert fault is None or set(fault.target) <= keys[trace.pipeline]


def test_there_are_healthy_runs_and_cases_of_every_class(bundle):
    classes = Counter(label["class"] for label in bundle.labels)
    assert set(classes) == {"healthy", "none", "C1", "C2", "C3", "C4", "C5"}
    harmful = [label for label in bundle.labels if label["harmful"]]
    assert harmful
    assert all(label["drop_in_sd"] >= 3 for label in harmful)
    assert set(bundle.manifest["pipelines"]) == set(bundle.traces.pipelines)
    kinds = {change.kind for fault in bundle.faults if fault for change in fault.changes}
    assert kinds <= set(bundle.manifest["kinds"])


def test_harmless_cases_have_nothing_to_blame(bundle):
    harmless = [fault for fault in bundle.faults if fault and fault.case_class == "none"]
    assert harmless
    for fault in harmless:
        assert fault.target == ()
        assert not fault.harmful


def test_only_parts_to_develop_on_are_bundled(bundle):
    assert {trace.tags["part"] for trace in bundle.traces} <= {"development", "validation"}


def test_one_pipeline_can_be_loaded(bundle):
    runs = load_faulty_pipelines(pipeline="parcels")
    assert runs.traces.pipelines == ("parcels",)
    assert runs.traces == bundle.traces.filter(tags={"pipeline": "parcels"})


def test_labels_can_be_a_frame():
    runs = load_faulty_pipelines(pipeline="parcels", as_frame=True)
    assert isinstance(runs.labels, pd.DataFrame)
    assert list(runs.labels.index) == [trace.run_id for trace in runs.traces]
    assert runs.labels["drop"].loc[runs.labels["harmful"]].min() > 0


def test_an_unknown_pipeline_is_told():
    with pytest.raises(ValueError, match=r"of load_faulty_pipelines must be None or one of"):
        load_faulty_pipelines(pipeline="nothing")


def test_harmful_faults_are_attributed_far_better_than_by_chance():
    runs = load_faulty_pipelines(pipeline="parcels")
    baseline = MechanismBaseline.from_traces(runs.traces.filter(tags={"role": "history"}))
    hits = []
    for trace, fault in zip(runs.traces, runs.faults, strict=True):
        if fault and fault.harmful and fault.case_class in ("C1", "C2"):
            top = attribute_root_cause(trace, "f1_score", baseline=baseline).top
            hits.append(top is not None and top.canonical in fault.target)
    n_operations = len(runs.traces[0])
    assert len(hits) >= 5
    assert sum(hits) / len(hits) > 4 / n_operations


def test_it_loads_no_analysis():
    code = (
        "import sys; from lineage_stats.datasets import load_faulty_pipelines as load; load();"
        "print([m for m in ('pandas', 'sklearn', 'scipy', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_corpus_loads_as_the_bundle(folder):
    runs = load_corpus(folder)
    assert len(runs.traces) == 7
    whole = load_faulty_pipelines(pipeline="parcels")
    for trace, fault in zip(runs.traces, runs.faults, strict=True):
        assert trace == whole.traces.get(trace.run_id)
        assert (
            fault
            == dict(zip((t.run_id for t in whole.traces), whole.faults, strict=True))[trace.run_id]
        )
    assert load_corpus(folder, return_traces=True) == (runs.traces, runs.target)


def test_cases_of_another_part_come_with_their_healthy_runs(folder):
    runs = load_corpus(folder, part="te" + "st")
    assert sum(fault is None for fault in runs.faults) == 5
    assert sum(fault is not None for fault in runs.faults) == 1


def test_wrong_parameters_are_told(folder):
    with pytest.raises(ValueError, match=r"'part' parameter of load_corpus must be one of"):
        load_corpus(folder, part="train")
    with pytest.raises(ValueError, match=r"'pipeline' parameter of load_corpus must be"):
        load_corpus(folder, pipeline="nothing")
    with pytest.raises(NoTracesError, match=r"validation' does not exist.*record_corpus\.py"):
        load_corpus(folder, part="validation")
