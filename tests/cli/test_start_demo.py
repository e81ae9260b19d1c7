from pathlib import Path

from lineage_stats.cli import _demo


def test_options_are_passed_on(cli, monkeypatch, tmp_path):
    calls = []
    monkeypatch.setattr(_demo, "run_demo", lambda *args, **options: calls.append((args, options)))
    assert cli("demo").code == 0
    assert cli("demo", "--out", tmp_path, "--days", "7", "--seed", "3", "--json").code == 0
    assert calls == [
        ((Path("lineage_demo"),), {"days": None, "seed": 0, "as_json": False}),
        ((tmp_path,), {"days": 7, "seed": 3, "as_json": True}),
    ]
