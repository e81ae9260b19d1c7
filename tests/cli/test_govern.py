from lineage_stats import TraceStore
from tests.strategies import make_traces


def filled(tmp_path):
    store = TraceStore(tmp_path)
    for trace in make_traces(3):
        store.write(trace)
    return store


def test_accepting_and_quarantining_are_noted_and_shown(cli, tmp_path):
    store = filled(tmp_path)
    accepted = cli("accept", "run-0-00001", "--reason", "new supplier", "--dir", tmp_path, "--json")
    assert (accepted.code, accepted.json["verdict"]) == (0, "accepted")
    done = cli("quarantine", "latest", "-r", "broken input", "--dir", tmp_path)
    assert (done.code, done.out) == (0, "")
    assert "run-0-00002 is quarantined: broken input" in done.err
    assert [e.reason for e in store.baseline_events()] == ["new supplier", "broken input"]
    assert "baseline=quarantined" in cli("runs", tmp_path).out
    fitted = cli("fit", tmp_path, "-o", tmp_path / "b", "--json")
    assert fitted.json["run_ids"] == ["run-0-00000", "run-0-00001"]


def test_accepting_needs_a_reason(cli, tmp_path):
    filled(tmp_path)
    assert cli("accept", "latest", "--dir", tmp_path).code == 2
    empty = cli("accept", "latest", "--dir", tmp_path, "--reason", " ")
    assert empty.code == 2
    assert "must say something" in empty.err


def test_an_unknown_run_is_one_sentence(cli, tmp_path):
    filled(tmp_path)
    done = cli("quarantine", "nonsense", "--dir", tmp_path)
    assert (done.code, done.err.count("\n")) == (2, 1)
