"""Runs summed up as they are read."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage_stats import TraceStore, as_run_matrix
from lineage_stats.datasets import make_runs
from lineage_stats.detectors import ZScoreDetector, _summing
from lineage_stats.detectors._summing import Summed, latest_runs, sum_up, usual_run
from lineage_stats.features import CellSummary
from lineage_stats.storage._baseline_log import log_of
from lineage_stats.storage._layout import part_path, run_stem
from lineage_stats.storage._outlines import Outlines
from lineage_stats.storage._selection import Selection
from lineage_stats.storage._stored import Problem, iter_outlined, iter_stored
from lineage_stats.trace import Operation, Trace
from tests.stored_runs import write
from tests.strategies import runs_alike


@pytest.fixture(scope="module")
def runs() -> list[Trace]:
    usual, _ = make_runs(20, random_state=0, return_traces=True)
    more, _ = make_runs(5, first=20, n_extra_operations=1, random_state=0, return_traces=True)
    return [*usual, *more]


@pytest.mark.parametrize("at_once", [1, 4, 256])
def test_batches_come_to_the_same(
    at_once: int, runs: list[Trace], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = CellSummary(reference=runs[0]).update(as_run_matrix(runs, reference=runs[0]))
    monkeypatch.setattr(_summing, "_RUNS_AT_ONCE", at_once)
    bad = Problem("x.parquet", "damaged")
    found = sum_up(partial(CellSummary, reference=runs[0]), [bad, *runs, bad])
    assert found.summary.to_table().equals(whole.to_table())
    assert (found.pipelines, list(found.problems)) == ({runs[0].pipeline}, [bad])


def test_what_readers_have_found_is_brought_together(runs: list[Trace]) -> None:
    make = partial(CellSummary, reference=runs[0])
    bad = Problem("x.parquet", "damaged")
    other = [replace(run, pipeline="other") for run in runs[4:]]
    found = sum_up(make, [*runs[:4], bad]).merge(sum_up(make, [bad, *other]))
    assert found.summary.to_table().equals(sum_up(make, runs).summary.to_table())
    assert found.pipelines == {runs[0].pipeline, "other"}
    assert list(found.problems) == [bad]
    assert isinstance(found, Summed)


@pytest.mark.filterwarnings("ignore::lineage_stats.exceptions.FewRunsWarning")
@pytest.mark.parametrize("chosen", [slice(0, 25), slice(16, 25), slice(18, 23)])
def test_the_run_that_gives_keys_is_that_of_fit(chosen: slice, runs: list[Trace]) -> None:
    parts = [latest_runs(runs[chosen][i::3]) for i in range(3)]
    assert usual_run(parts) == ZScoreDetector().fit(runs[chosen]).reference_


def test_only_the_latest_runs_give_keys(runs: list[Trace], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_summing, "RECENT", 5)
    latest = latest_runs([Problem("x", "bad"), *reversed(runs)])
    assert [run.run_id for run in latest] == [run.run_id for run in runs[20:]]
    assert usual_run([latest, latest_runs(runs[:20])]) == latest[-1]
    assert usual_run([[], []]) is None


@settings(max_examples=30, deadline=None)
@given(
    runs=runs_alike(max_runs=12),
    n_packed=st.integers(0, 12),
    at_once=st.sampled_from([1, 3, 256]),
    tags=st.none() | st.just({"baseline": "accepted"}),
)
def test_runs_that_stay_columns_come_to_the_same(
    runs: list[Trace], n_packed: int, at_once: int, tags: dict[str, str] | None
) -> None:
    with TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        store = TraceStore(write(Path(name), *runs[:n_packed]))
        if runs[:n_packed]:
            store.compact(runs_per_file=5)
        write(store.path, *runs[n_packed:])
        for run in runs[::2]:
            log_of(store.path, run.pipeline).append(run.run_id, "accepted", "", "")
        chosen = Selection(tags=tags or {})
        loaded = [run for run in iter_stored(store.path, chosen) if isinstance(run, Trace)]
        assert len(loaded) == (len(runs[::2]) if tags else len(runs))
        patch.setattr(_summing, "_RUNS_AT_ONCE", at_once)
        for reference in [*loaded[:1], None]:
            make = partial(CellSummary, quantiles="exact", reference=reference)
            if reference is None and at_once < 256:
                continue  # where none is given, those that are read at once are aligned
            found = sum_up(make, iter_outlined(store.path, chosen, outlines=Outlines()))
            expected = sum_up(make, loaded)
            assert found.summary.to_table().equals(expected.summary.to_table())
            assert (found.pipelines, found.problems) == (expected.pipelines, {})


def test_a_packed_run_gets_the_part_of_a_process_that_outlived_it(tmp_path: Path) -> None:
    runs, _ = make_runs(5, random_state=0, return_traces=True)
    store = TraceStore(write(tmp_path, *runs))
    store.compact(runs_per_file=5)
    late = Operation("f/late#1", "late", scope="f", start_ns=runs[3].end_ns, duration_ns=5)
    pack = next(tmp_path.rglob("*.pack"))
    stem = run_stem(runs[3].start_ns, runs[3].run_id)
    lines = [
        {"t": "run", "process": {}, "repeats": 30, "forked_ns": 0},
        {"t": "op", **late.to_dict()},
        {"t": "end"},
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    part_path(pack.with_name(f"{stem}.parquet"), "x").write_text(text)
    loaded = [run for run in iter_stored(tmp_path) if isinstance(run, Trace)]
    assert [len(run) - len(runs[0]) for run in loaded] == [0, 0, 0, 1, 0]
    make = partial(CellSummary, quantiles="exact", reference=runs[0])
    found = sum_up(make, iter_outlined(tmp_path, outlines=Outlines())).summary
    assert found.to_table().equals(sum_up(make, loaded).summary.to_table())


def test_of_a_file_that_is_damaged_the_same_runs_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs, _ = make_runs(6, random_state=0, return_traces=True)
    TraceStore(write(tmp_path, *runs)).compact(runs_per_file=6)
    pack = next(tmp_path.rglob("*.pack"))
    table = pq.read_table(pack)
    texts = table.column("run").to_pylist()
    texts[4 * len(runs[0])] = "{"
    at = table.schema.get_field_index("run")
    pq.write_table(table.set_column(at, "run", pa.array(texts)), pack)
    make = partial(CellSummary, reference=runs[0])
    found = sum_up(make, iter_outlined(tmp_path, outlines=Outlines()))
    expected = sum_up(make, iter_stored(tmp_path))
    assert found.summary.n_runs == expected.summary.n_runs == 4
    assert found.problems == expected.problems
    assert len(found.problems) == 1
    assert found.summary.to_table().equals(expected.summary.to_table())
