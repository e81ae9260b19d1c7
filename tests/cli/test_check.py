import json
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from lineage_stats import DataRef, Operation, Trace, TraceStore
from tests.strategies import MERGE, InjectedFault, make_trace, make_traces


@pytest.fixture
def folder(tmp_path):
    """A store with twenty-five healthy runs, the last of which is to be checked."""
    store = TraceStore(tmp_path / "runs")
    for trace in make_traces(25):
        store.write(trace)
    return store.path


def add_faulty(folder, i=25):
    fault = InjectedFault("rows_lost", MERGE, severity=0.4)
    TraceStore(folder).write(make_trace(i, fault=fault))


def test_a_healthy_run_passes(cli, folder):
    done = cli("check", folder, "--no-audit")
    assert (done.code, done.out) == (
        0, "Check passed: 1 run, 1 compared with healthy runs, no finding.\n"
    )  # fmt: skip


def test_a_faulty_run_fails_at_its_line(cli, folder):
    add_faulty(folder)
    done = cli("check", folder, "--no-audit")
    assert done.code == 1
    assert "churn.py:16: error:" in done.out
    assert "[metric-drop]" in done.out


def test_tags_choose_the_runs_that_are_checked(cli, folder):
    fault = InjectedFault("rows_lost", MERGE, severity=0.4)
    TraceStore(folder).write(make_trace(25, fault=fault, tags={"day": "bad"}))
    TraceStore(folder).write(make_trace(26))
    assert cli("check", folder, "--no-audit", "--no-remember").code == 0
    found = cli("check", folder, "--no-audit", "--no-remember", "--tag", "day=bad")
    assert found.code == 1
    assert found.out.startswith("Check FAILED: 1 run, 1 compared with healthy runs")
    none = cli("check", folder, "--tag", "day=worse", "--pipeline", "churn")
    assert none.code == 2
    assert "with the tags day=bad (1), status=healthy (26)" in none.err


def test_tags_of_healthy_runs_are_another_option(cli, folder):
    done = cli("check", folder, "--no-audit", "--baseline-tag", "status=none")
    assert done.code == 0
    assert "not compared with healthy runs" in done.out


def test_the_folder_that_runs_are_recorded_to_is_read(cli, folder, monkeypatch):
    monkeypatch.setenv("LINEAGE_STATS_DIR", str(folder))
    for command in (("check", "--no-audit"), ("score", "latest"), ("runs",)):
        assert cli(*command).code == 0


def without_commit(i):
    return replace(make_trace(i), environment={})


def test_rules_are_held_without_any_baseline(cli, tmp_path):
    TraceStore(tmp_path).write(without_commit(0))
    done = cli("check", tmp_path)
    assert done.code == 1
    assert "The commit of run run-0-00000 is not known. [commit-known]" in done.out
    assert "Not compared with healthy runs" in done.err


def test_a_saved_baseline_serves_where_its_runs_are_not(cli, folder, tmp_path):
    cli("fit", folder, "-o", tmp_path / "b")
    add_faulty(tmp_path / "new")
    done = cli("check", tmp_path / "new", "--baseline", tmp_path / "b", "--no-audit")
    assert done.code == 1
    assert "clean/DataFrame.merge#1 is abnormal" in done.out
    assert "a drop is not divided" in done.err


def test_a_baseline_of_another_pipeline_cannot_tell(cli, folder, tmp_path):
    cli("fit", folder, "-o", tmp_path / "b")
    TraceStore(tmp_path / "new").write(make_trace(0, pipeline="fraud"))
    done = cli("check", tmp_path / "new", "--baseline", tmp_path / "b")
    assert done.code == 2
    assert "--pipeline churn" in done.err


def test_a_flagged_run_enters_no_baseline_until_it_is_accepted(cli, folder, tmp_path):
    add_faulty(folder)
    cli("check", folder)
    (event,) = TraceStore(folder).baseline_events()
    assert (event.run_id, event.verdict, event.by) == ("run-0-00025", "flagged", "check")
    assert "run-0-00025" not in cli("fit", folder, "-o", tmp_path / "b", "--json").json["run_ids"]
    cli("check", folder)  # is not noted twice
    assert len(TraceStore(folder).baseline_events()) == 1
    assert cli("accept", "latest", "--reason", "meant", "--dir", folder).code == 0
    fitted = cli("fit", folder, "-o", tmp_path / "b", "--json").json
    assert "run-0-00025" in [*fitted["run_ids"], *fitted["screened_run_ids"]]


def test_a_run_that_breaks_only_rules_is_not_flagged(cli, folder):
    TraceStore(folder).write(without_commit(25))
    assert cli("check", folder).code == 1
    assert TraceStore(folder).baseline_events() == ()


def test_nothing_is_remembered_where_that_is_asked(cli, folder):
    add_faulty(folder)
    cli("check", folder, "--no-remember")
    assert TraceStore(folder).baseline_events() == ()


def test_a_baseline_with_a_run_that_was_quarantined_since_is_told(cli, folder, tmp_path):
    cli("fit", folder, "-o", tmp_path / "b")
    cli("quarantine", "run-0-00003", "--dir", folder)
    done = cli("check", folder, "--baseline", tmp_path / "b", "--no-audit")
    assert "learned from run-0-00003, quarantined since" in done.err


def test_every_run_or_the_latest_of_each_pipeline(cli, tmp_path):
    store = TraceStore(tmp_path)
    for trace in (*make_traces(3), make_trace(0, seed=1, pipeline="fraud")):
        store.write(trace)
    assert len(cli("check", tmp_path, "--json").json["runs"]) == 2
    assert len(cli("check", tmp_path, "--all", "--json").json["runs"]) == 4
    assert len(cli("check", tmp_path, "--pipeline", "churn", "--json").json["runs"]) == 1


def test_files_for_ci_are_written(cli, folder, tmp_path):
    add_faulty(folder)
    out = tmp_path / "out"
    cli("check", folder, "--junit", out / "l.xml", "--sarif", out / "l.sarif")
    assert ET.parse(out / "l.xml").getroot().get("failures") == "1"
    results = json.loads((out / "l.sarif").read_text())["runs"][0]["results"]
    assert {one["ruleId"] for one in results} == {"metric-drop"}


def test_github_gets_annotations_and_a_summary(cli, folder, tmp_path, monkeypatch):
    add_faulty(folder)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    (tmp_path / "summary.md").write_text("before\n")
    done = cli("check", folder)
    assert "::error file=churn.py,line=16," in done.out
    assert (tmp_path / "summary.md").read_text().startswith("before\n### Lineage check: failed")
    quiet = cli("check", folder, "--json")
    assert quiet.json["passed"] is False
    assert "::error file=churn.py" in quiet.err
    assert "::error" not in cli("check", folder, "--no-github").out


def test_a_leak_is_named_at_its_line(cli, tmp_path):
    raw, scaled = DataRef("d1", "table", 8), DataRef("d2", "array", 8)
    parts = DataRef("d3", "array", 6), DataRef("d4", "array", 2)
    model, predicted = DataRef("d5", "model"), DataRef("d6", "array", 2)
    steps = (
        Operation("read", "read_csv", "source", outputs=(raw,)),
        Operation("scale", "StandardScaler.fit_transform", "fit", inputs=(raw,), outputs=(scaled,),
                  file="a.py", line=3),
        Operation("split", "train_test_split", "split", inputs=(scaled,), outputs=parts),
        Operation("fit", "Ridge.fit", "fit", inputs=parts[:1], outputs=(model,)),
        Operation("predict", "Ridge.predict", "predict", inputs=(model, parts[1]),
                  outputs=(predicted,)),
        Operation("r2", "r2_score", "metric", inputs=(predicted,), metric="r2_score",
                  features={"metric_value": 0.9}),
    )  # fmt: skip
    TraceStore(tmp_path).write(Trace("r1", "p", steps, start_ns=1))
    done = cli("check", tmp_path)
    assert "a.py:3: error: scale learned from all rows before split held" in done.out


def test_alerts_go_to_a_webhook_once(cli, folder, monkeypatch):
    import lineage_stats.gate as gate

    sent = []
    monkeypatch.setattr(gate, "webhook", lambda url: sent.append)
    add_faulty(folder)
    first = cli("check", folder, "--no-audit", "--webhook", "https://chat.example/secret")
    cli("check", folder, "--no-audit", "--webhook", "https://chat.example/secret")
    assert [alert.cause for alert in sent] == [MERGE]
    assert "secret" not in first.out + first.err


def test_a_webhook_that_fails_does_not_change_the_verdict(cli, folder, monkeypatch):
    import lineage_stats.gate as gate

    def refuse(alert):
        raise ConnectionError("no route")

    monkeypatch.setattr(gate, "webhook", lambda url: refuse)
    add_faulty(folder)
    done = cli("check", folder, "--webhook", "https://chat.example")
    assert done.code == 1
    assert "A message could not be sent, and is tried again by the next check: no route" in done.err


def test_a_folder_that_is_not_there(cli, tmp_path):
    done = cli("check", tmp_path / "nowhere")
    assert done.code == 2
    assert done.err.startswith("lineage-stats: There is no ")


def test_nothing_but_open_runs_is_no_pass(cli, tmp_path):
    TraceStore(tmp_path).write(replace(make_trace(0), status="running", complete=False))
    done = cli("check", tmp_path)
    assert (done.code, done.out) == (2, "")
    assert "nothing to check yet" in done.err
    assert cli("check", tmp_path, "--all").code == 1


def test_a_url_of_another_kind_is_told_before_anything_is_done(cli, folder):
    add_faulty(folder)
    done = cli("check", folder, "--webhook", "chat.example")
    assert (done.code, done.out) == (2, "")
    assert "must begin with http" in done.err
    assert TraceStore(folder).baseline_events() == ()


@pytest.mark.parametrize("first", ["churn", "fraud"])
def test_a_baseline_serves_its_pipeline_among_others(cli, folder, tmp_path, first):
    cli("fit", folder, "-o", tmp_path / "b")
    other = {"churn": "fraud", "fraud": "churn"}[first]
    store = TraceStore(tmp_path / "new")
    store.write(replace(make_trace(40), pipeline=first))
    store.write(replace(make_trace(41), pipeline=other))
    done = cli("check", store.path, "--baseline", tmp_path / "b", "--no-audit", "--no-remember")
    assert "2 runs, 1 compared with healthy runs" in done.out
    assert "'fraud' is not compared: the baseline is of 'churn'." in done.err


def test_a_run_that_was_accepted_after_its_quarantine_is_no_concern(cli, folder, tmp_path):
    cli("fit", folder, "-o", tmp_path / "b")
    cli("quarantine", "run-0-00003", "--dir", folder)
    cli("accept", "run-0-00003", "--reason", "a mistake", "--dir", folder)
    done = cli("check", folder, "--baseline", tmp_path / "b", "--no-audit")
    assert "quarantined" not in done.err


def test_the_runs_behind_a_baseline_are_missed_once(cli, folder, tmp_path):
    cli("fit", folder, "-o", tmp_path / "b")
    store = TraceStore(tmp_path / "new")
    for i in (40, 41):
        store.write(make_trace(i))
    done = cli("check", store.path, "--all", "--baseline", tmp_path / "b", "--no-audit")
    assert done.err.count("a drop is not divided") == 1
