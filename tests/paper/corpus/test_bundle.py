"""What is bundled is chosen the same way every time, and is small."""

import argparse
import json
from collections import Counter

import bundle_corpus
import pytest

from lineage_stats.datasets import load_faulty_pipelines
from lineage_stats.storage._pack import read_pack


def labels(n_cases: int = 30):
    healthy = [
        {"run_id": f"h{day}", "pipeline": "p", "day": day, "class": "healthy",
         "role": "history" if day < 50 else "present"}
        for day in range(60)
    ]  # fmt: skip
    cases = [
        {"run_id": f"{cls}-{i}-{seed}", "pipeline": "p", "day": 50 + seed, "class": cls,
         "role": "case", "case": f"{cls}-{i}", "seed": seed}
        for cls in ("C1", "C5") for i in range(n_cases) for seed in range(3)
    ]  # fmt: skip
    return [*healthy, *cases]


def options():
    return argparse.Namespace(history=10, present=4, cases=5)


def test_days_next_to_each_other_and_one_run_of_each_case():
    chosen = list(bundle_corpus.choose(labels(), options()))
    days = {
        role: [row["day"] for row in chosen if row["role"] == role]
        for role in ("history", "present")
    }
    assert days == {"history": list(range(40, 50)), "present": list(range(50, 54))}
    cases = [row for row in chosen if row["role"] == "case"]
    assert Counter(row["class"] for row in cases) == {"C1": 10, "C5": 5}
    assert len({row["case"] for row in cases}) == 15
    assert chosen == list(bundle_corpus.choose(labels(), options()))


def test_one_pipeline_is_read_at_a_time(tmp_path):
    assert not bundle_corpus.pipelines_of(tmp_path, None)
    (tmp_path / "manifest.json").write_text(json.dumps({"pipelines": {"p": {}, "q": {}}}))
    assert bundle_corpus.pipelines_of(tmp_path, None) == ["p", "q"]
    assert bundle_corpus.pipelines_of(tmp_path, ["q", "r"]) == ["q"]


def test_a_bundle_that_is_too_large_is_refused(tmp_path, monkeypatch, capsys):
    runs = load_faulty_pipelines()
    rows, traces = runs.labels[:3], runs.traces[:3]
    bundle_corpus.write(tmp_path, rows, traces, dict(runs.manifest))
    assert read_pack(tmp_path / "runs.parquet") == list(traces)
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["pipelines"] == runs.manifest["pipelines"]
    assert "3 runs" in capsys.readouterr().out
    monkeypatch.setattr(bundle_corpus, "MOST_BYTES", 10)
    with pytest.raises(SystemExit, match="select less"):
        bundle_corpus.write(tmp_path, rows, traces, dict(runs.manifest))


def test_only_parts_to_develop_on_are_read():
    assert bundle_corpus.PARTS == ("development", "validation")


def test_the_bundle_is_below_six_megabytes():
    size = sum(path.stat().st_size for path in bundle_corpus.TARGET.iterdir())
    assert 50_000 < size < 6_000_000
