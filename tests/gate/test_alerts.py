"""One message for each root cause, not again before it has cooled down."""

from dataclasses import replace

import pytest

from lineage_stats.gate import Alerts, CheckedRun, CheckResult, Finding, alerts_of
from tests.strategies import DROPNA, MERGE, make_trace


def finding(operation, run="r1", **fields):
    return Finding("anomalous-operation", f"{operation} is odd.", "churn", run,
                   operation=operation, file="churn.py", line=1, **fields)  # fmt: skip


def verdict(*findings, run="r1"):
    trace = replace(make_trace(0), run_id=run)
    return CheckResult((CheckedRun(trace, findings),))


@pytest.fixture
def sent():
    return []


@pytest.fixture
def alerts(sent, tmp_path):
    return Alerts(sent.append, tmp_path / "state" / "alerts.json", cooldown=100.0)


def test_what_is_downstream_of_a_cause_is_no_message_of_its_own():
    (alert,) = alerts_of(verdict(finding(DROPNA), finding(MERGE)))
    assert alert.cause == MERGE
    assert [f.operation for f in alert.findings] == [DROPNA, MERGE]
    assert alert.title == f"churn: {MERGE} is odd. (churn.py:1)"


def test_causes_apart_are_two_messages():
    readers = ("load/read_csv#1", "load/read_csv#2")
    found = alerts_of(verdict(*(finding(key) for key in readers)))
    assert [alert.cause for alert in found] == list(readers)


def test_one_cause_in_many_runs_is_one_message():
    runs = [verdict(finding(MERGE, run), run=run).runs[0] for run in ("r1", "r2")]
    (alert,) = alerts_of(CheckResult(tuple(runs)))
    assert alert.run_ids == ("r1", "r2")


def test_only_errors_are_told():
    assert alerts_of(verdict(finding(MERGE, level="warning"))) == ()


def test_an_operation_that_is_missing_is_a_cause():
    (alert,) = alerts_of(verdict(finding("gone/a#1")))
    assert alert.cause == "gone/a#1"


def test_a_cause_is_told_once_until_it_has_cooled_down(alerts, sent, monkeypatch):
    import lineage_stats.gate._alerts as module

    now = [1000.0]
    monkeypatch.setattr(module.time, "time", lambda: now[0])
    alerts.notify(verdict(finding(MERGE)))
    alerts.notify(verdict(finding(MERGE, "r2"), run="r2"))
    assert len(sent) == 1
    alerts.notify(verdict(finding("load/read_csv#1")))
    assert len(sent) == 2
    now[0] += 101.0
    alerts.notify(verdict(finding(MERGE)))
    assert len(sent) == 3


def test_another_process_remembers(alerts, sent, tmp_path):
    alerts.notify(verdict(finding(MERGE)))
    again = Alerts(sent.append, tmp_path / "state" / "alerts.json", cooldown=100.0)
    assert again.notify(verdict(finding(MERGE))) == ()
    assert [p.name for p in (tmp_path / "state").iterdir()] == ["alerts.json"]


def test_what_could_not_be_sent_is_tried_again(tmp_path):
    tries = []

    def send(alert):
        tries.append(alert.cause)
        if len(tries) == 1:
            raise ConnectionError("no route")

    alerts = Alerts(send, tmp_path / "alerts.json")
    both = verdict(finding("load/read_csv#1"), finding("load/read_csv#2"))
    with pytest.raises(ConnectionError):
        alerts.notify(both)
    assert len(tries) == 2  # the other one was sent
    alerts.notify(both)
    assert tries[2:] == ["load/read_csv#1"]


def test_one_who_wants_no_cooling_down_does_not_undo_that_of_others(alerts, sent, tmp_path):
    hasty = Alerts(sent.append, tmp_path / "state" / "alerts.json", cooldown=0.0)
    hasty.notify(verdict(finding(MERGE)))
    hasty.notify(verdict(finding(MERGE)))
    assert len(sent) == 2
    assert alerts.notify(verdict(finding(MERGE))) == ()


@pytest.mark.parametrize("content", ["", "[]", '{"a": null}', "\x00"])
def test_a_damaged_memory_is_as_none(alerts, sent, tmp_path, content):
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "alerts.json").write_text(content)
    alerts.notify(verdict(finding(MERGE)))
    assert len(sent) == 1
