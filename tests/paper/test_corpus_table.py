"""The tables of the corpus: labels, judgements of every method, figures."""

import csv
import json
import os
import subprocess
import sys
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import pytest

from lineage_stats import TraceStore
from lineage_stats.datasets import Fault, make_runs
from lineage_stats.datasets._keys import FILTER, MERGE

# What they share takes a while to make.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("corpus table")]

PAPER = Path(__file__).parents[2] / "paper"
METHODS = ("RobustMAD", "attribution", "n-sigma", "first", "control", "Auto")


@pytest.fixture(scope="module", autouse=True)
def scripts():
    """Let the scripts find each other, as when they are run."""
    before = set(sys.modules)
    sys.path.insert(0, str(PAPER))
    yield
    sys.path.remove(str(PAPER))
    for name in set(sys.modules) - before:
        if name.partition(".")[0] in ("peers", "scoreboard"):
            del sys.modules[name]


def run(folder, *options):
    path = folder / "out.csv"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("LINEAGE_STATS_")}
    done = subprocess.run(
        [sys.executable, str(PAPER / "corpus_table.py"), "--quick", "--out", str(path),
         "--methods", *METHODS, *options],
        capture_output=True, text=True, check=False, cwd=folder, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file)), done


@pytest.fixture(scope="module")
def bundled(tmp_path_factory):
    return run(tmp_path_factory.mktemp("bundled"))[0]


def pick(rows, method, measure, group="all"):
    (row,) = [
        r for r in rows if (r["method"], r["measure"], r["group"]) == (method, measure, group)
    ]
    return float(row["value"])


def test_every_table_has_figures_with_intervals(bundled):
    tables = {"detection", "ranking", "calibration", "attribution", "cost"}
    assert {row["table"] for row in bundled} == tables
    for row in bundled:
        assert "commit" in row  # empty outside of a repository
        assert row["scikit-learn"] == metadata.version("scikit-learn")
        low, value, high = (float(row[name]) for name in ("low", "value", "high"))
        assert not low > value + 1e-9
        assert not high < value - 1e-9
    by = {row["by"] for row in bundled}
    assert by == {"all", "pipeline", "class", "severity", "family", "kind", "level"}


def test_methods_are_better_than_chance_where_faults_are_glaring(bundled):
    chance = pick(bundled, "control: random", "hit@1, harmful")
    for method in ("RobustMADDetector", "attribution"):
        assert pick(bundled, method, "hit@1, harmful") > chance + 0.1
    assert pick(bundled, "RobustMADDetector", "AUC, harmful") > 0.9
    assert pick(bundled, "control: no shares", "relative share error") == pytest.approx(1)
    assert pick(bundled, "attribution", "relative share error") < 0.8


def write_corpus(folder):
    """Write a corpus of one pipeline in the form of record_corpus.py, with all three parts."""
    healthy = make_runs(34).traces
    fault = Fault("rows_lost", MERGE, severity=0.4)
    faulty = make_runs(4, first=30, fault=fault).traces
    rows = {"development": [], "test": []}
    for day, trace in enumerate(healthy):
        role = "history" if day < 30 else "present"
        TraceStore(folder / "development").write(trace)
        rows["development"].append({"run_id": trace.run_id, "role": role, "class": "healthy",
                                    "harmful": False, "day": day})  # fmt: skip
    for day, trace in enumerate(faulty):
        part = "test" if day else "development"
        case = type(trace)(**{**vars_of(trace), "run_id": f"{trace.run_id}-case"})
        TraceStore(folder / part).write(case)
        change = {"truth": [MERGE, FILTER], "share": 0.15, "to_blame": True}
        rows[part].append({"run_id": case.run_id, "role": "case", "class": "C1", "harmful": True,
                           "kind": "rows_lost", "family": "join", "severity": "clear",
                           "truth": [MERGE, FILTER], "changes": [change], "day": day})  # fmt: skip
    shared = {"pipeline": "churn", "metric": "f1_score", "greater_is_better": True}
    for part, own in rows.items():
        lines = [json.dumps({**row, **shared}) for row in own]
        (folder / part / "labels.jsonl").write_text("\n".join(lines))


def vars_of(trace):
    names = ("run_id", "pipeline", "operations", "start_ns", "end_ns", "tags", "schemas")
    return {name: getattr(trace, name) for name in names}


def test_the_test_part_is_judged_only_if_asked_for(tmp_path):
    write_corpus(tmp_path)
    seen, _ = run(tmp_path, "--corpus", str(tmp_path), "--methods", "n-sigma")
    (recall,) = [r for r in seen if r["measure"] == "recall" and r["by"] == "all"]
    assert recall["n"] == "1"
    asked, _ = run(tmp_path, "--corpus", str(tmp_path), "--methods", "n-sigma", "--part", "test")
    (recall,) = [r for r in asked if r["measure"] == "recall" and r["by"] == "all"]
    assert recall["n"] == "3"
    assert {r["data"] for r in asked} == {"test"}


def test_healthy_days_of_another_part_are_learnt_from_and_not_judged(tmp_path):
    from scoreboard.labelled import from_corpus, recent

    write_corpus(tmp_path)
    (bench,) = from_corpus(tmp_path, ["test"], ["churn"])
    assert [run.role for run in bench.runs] == ["case"] * 3
    assert len(bench.besides) == 4

    def dated(traces, first):
        return [replace(t, tags={"day": str(first + i)}) for i, t in enumerate(traces)]

    bench = replace(
        bench, history=dated(bench.history, 0), besides=dated(bench.besides, 30),
        runs=[replace(r, trace=dated([r.trace], 45)[0]) for r in bench.runs],
    )  # fmt: skip
    (block,) = recent(bench, n_healthy=6)
    assert [int(t.tags["day"]) for t in block.history] == [28, 29, 30, 31, 32, 33]


def test_tables_are_made_again_from_kept_judgements(tmp_path):
    keep = ("--judgements", str(tmp_path / "said.jsonl"), "--methods", "n-sigma", "control: random")
    first, _ = run(tmp_path, *keep)
    second, done = run(tmp_path, *keep)
    assert "taking the judgements" in done.stderr
    assert first == second


def test_an_operation_becomes_a_record_of_autolineage():
    pytest.importorskip("autolineage")
    from peers.autolineage_peer import record

    trace = make_runs(1).traces[0]
    merge = record(trace, trace.operation("enrich/DataFrame.merge#1"))
    assert (merge.operation, merge.category) == ("merge", "transform")
    assert merge.columns_added == ["spent"]
    assert merge.rows_before == trace.operation("enrich/DataFrame.assign#1").outputs[0].rows
    metric = record(trace, trace.operation("train/f1_score#1"))
    assert metric.metadata == {
        "metric_name": "f1_score", "metric_value": trace.metrics["f1_score"]
    }  # fmt: skip
    assert record(trace, trace.operation(FILTER)).operation == "filter"
    assert record(trace, trace.operation("load/read_csv#1")).rows_before is None


def test_categories_are_changes_in_the_table():
    from peers.study import Study

    healthy = make_runs(10).traces
    study = Study("churn", list(healthy), "f1_score", greater_is_better=True)
    faulty = Fault("param_changed", MERGE, metric_drop=0.1).apply(make_runs(1, first=20).traces[0])
    assert not study.table[:, study.is_category].any()
    changed = study.row(faulty)[study.is_category]
    assert changed.sum() == 3
    assert study.harm(faulty) == pytest.approx(0.1, abs=0.05)
    assert study.upstream[-1] == "train/f1_score#1"
