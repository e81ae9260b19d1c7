"""Summaries of many runs, against the numbers of these runs."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lineage_stats import RunMatrix, as_run_matrix
from lineage_stats.datasets import make_runs
from lineage_stats.features import Cell, CellSummary
from lineage_stats.trace import Trace

NUMBER, KIND, THERE = Cell("a", "rows_out"), Cell("a", "status"), Cell("a", "present")


@pytest.fixture(scope="module")
def runs() -> list[Trace]:
    usual, _ = make_runs(30, random_state=0, return_traces=True)
    more, _ = make_runs(5, first=30, n_extra_operations=1, random_state=0, return_traces=True)
    return [*usual, *more]


def matrix_of(values: list[list[float]], *cells: Cell) -> RunMatrix:
    return RunMatrix(np.array(values), cells, tuple(f"r{i}" for i in range(len(values))))


def test_moments_and_quantiles_are_those_of_the_runs(runs: list[Trace]) -> None:
    summary = CellSummary(quantiles="exact", reference=runs[0])
    summary.update(as_run_matrix(runs, reference=runs[0]))
    frame = as_run_matrix(runs, reference=runs[0]).to_frame()[list(summary.cells)]
    told = [cell.kind != "category" for cell in summary.cells]
    assert 0 < sum(told) < len(told) == frame.shape[1]
    assert summary.n_runs == 35
    np.testing.assert_array_equal(summary.n, frame.notna().sum())
    real = frame.loc[:, told]
    np.testing.assert_allclose(summary.mean[told], real.mean(), rtol=1e-12)
    np.testing.assert_allclose(summary.variance[told], real.var(), rtol=1e-9, atol=1e-300)
    np.testing.assert_array_equal(summary.minimum[told], real.min())
    np.testing.assert_array_equal(summary.maximum[told], real.max())
    ranks = [0.0, 0.1, 0.5, 0.99, 1.0]
    for column, found in zip(real, summary.quantile(ranks)[:, told].T, strict=True):
        values = real[column].dropna()
        np.testing.assert_array_equal(found, np.quantile(values, ranks, method="inverted_cdf"))
    np.testing.assert_array_equal(summary.quantile(0.5), summary.quantile([0.5])[0])
    others = np.array([not one for one in told])
    for array in (summary.mean, summary.variance, summary.minimum, summary.quantile(0.5)):
        assert np.isnan(array[others]).all()


@pytest.mark.parametrize("n_parts", [2, 5, 35])
def test_however_runs_are_divided_the_summary_is_the_same(n_parts: int, runs: list[Trace]) -> None:
    whole = CellSummary(quantiles="exact", reference=runs[0])
    whole.update(as_run_matrix(runs, reference=runs[0]))
    parts = []
    for chosen in np.array_split(np.random.default_rng(n_parts).permutation(35), n_parts):
        matrix = as_run_matrix([runs[i] for i in chosen], reference=runs[0])
        parts.append(CellSummary(quantiles="exact", reference=runs[0]).update(matrix))
    merged = parts[-1]
    for part in parts[:-1]:
        assert merged.merge(part) is merged
    assert merged.to_table().equals(whole.to_table(), check_metadata=True)


def test_a_run_that_lacks_an_operation_counts_for_its_presence() -> None:
    summary = CellSummary(quantiles="exact").update(matrix_of([[1.0], [2.0], [3.0]], NUMBER))
    assert summary.n_runs == 3
    summary.merge(CellSummary(quantiles="exact").update(matrix_of([[1.0], [0.0]], THERE)))
    at = summary.cells.index(THERE)
    assert (summary.n[at], summary.mean[at]) == (5, 0.2)
    assert (summary.minimum[at], summary.maximum[at]) == (0, 1)
    assert summary.quantile([0.5, 0.8, 0.81])[:, at].tolist() == [0, 0, 1]
    always = CellSummary().update(matrix_of([[1.0], [1.0]], THERE))
    assert (always.minimum[0], always.variance[0]) == (1, 0)


def test_what_is_missing_and_what_is_no_number_is_left_out() -> None:
    summary = CellSummary(quantiles="exact")
    summary.update(matrix_of([[np.nan, 7.0], [np.inf, 7.0], [np.nan, np.nan]], NUMBER, KIND))
    assert summary.n.tolist() == [0, 2]
    assert np.isnan([summary.mean, summary.minimum, summary.quantile(0.5)]).all()
    assert summary.rank_error == 0
    summary.update(matrix_of([[4.0, 7.0], [1e300, 7.0]], NUMBER, KIND))
    assert (summary.mean[0], summary.maximum[0]) == (5e99, 1e100)


def test_a_table_holds_all(runs: list[Trace], tmp_path: Path) -> None:
    summary = CellSummary(quantiles="exact", sketch_size=99, reference=runs[0])
    summary.update(as_run_matrix(runs[:9]))
    pq.write_table(summary.to_table(), tmp_path / "summary.parquet")
    read = CellSummary.from_table(pq.read_table(tmp_path / "summary.parquet"))
    assert read.to_table().equals(summary.to_table(), check_metadata=True)
    assert read.reference == runs[0]
    for copy in (read, pickle.loads(pickle.dumps(summary))):
        pd.testing.assert_frame_equal(copy.to_frame(), summary.to_frame())
        assert (copy.n_runs, copy.sketch_size, copy.quantiles) == (9, 99, "exact")
    with pytest.raises(ValueError, match="none of a CellSummary"):
        CellSummary.from_table(pa.table({"n": [1]}))


def test_a_frame_has_a_row_for_each_cell() -> None:
    matrix = matrix_of([[1.0, 5.0], [2.0, 5.0], [6.0, 5.0]], NUMBER, KIND)
    frame = CellSummary(quantiles="exact").update(matrix).to_frame()
    assert list(frame) == ["n", "mean", "std", "min", "25%", "50%", "75%", "max"]
    assert frame.loc[NUMBER].tolist() == [3, 3, np.sqrt(7), 1, 1, 2, 6, 6]
    assert list(CellSummary().update(matrix).to_frame()) == ["n", "mean", "std", "min", "max"]


def test_it_says_what_it_is() -> None:
    assert repr(CellSummary()) == "<CellSummary of 0 runs, 0 cells>"
    told = "<CellSummary of 1 runs, 1 cells, quantiles='exact'>"
    assert repr(CellSummary(quantiles="exact").update(matrix_of([[1.0]], NUMBER))) == told


def test_what_does_not_merge_is_refused(runs: list[Trace]) -> None:
    with pytest.raises(ValueError, match="quantiles=None and 'exact' do not merge"):
        CellSummary().merge(CellSummary(quantiles="exact"))
    other = replace(runs[0], operations=runs[0].operations[:-1], run_id="other")
    with pytest.raises(ValueError, match=rf"{runs[0].run_id} and other: .*first.reference"):
        CellSummary(reference=runs[0]).merge(CellSummary(reference=other))
    with pytest.raises(ValueError, match="'quantiles' parameter"):
        CellSummary(quantiles="median")  # type: ignore[arg-type]  # wrong on purpose


def test_what_is_not_kept_is_not_told() -> None:
    summary = CellSummary().update(matrix_of([[1.0]], NUMBER))
    with pytest.raises(ValueError, match="keeps no quantiles: make one with quantiles='kll'"):
        summary.quantile(0.5)
    with pytest.raises(ValueError, match=r"no sketch of .'a', 'rows_out'.: .*quantiles='kll'"):
        summary.sketch(NUMBER)
    with pytest.raises(ValueError, match=r"must lie between 0 and 1. Got 1.5"):
        CellSummary(quantiles="exact").quantile(1.5)


def test_sketches_stay_small_and_merge(tmp_path: Path) -> None:
    datasketches = pytest.importorskip("datasketches", reason="the extra 'sketches' is missing")
    rng, parts = np.random.default_rng(0), []
    for _ in range(3):
        matrix = matrix_of(rng.normal(size=(20_000, 1)).tolist(), NUMBER)
        parts.append(CellSummary(quantiles="kll").update(matrix))
    merged = parts[0].merge(parts[1]).merge(pickle.loads(pickle.dumps(parts[2])))
    assert 0 < merged.rank_error < 0.014
    assert merged.quantile([0.5, 0.975]).ravel() == pytest.approx([0, 1.96], abs=0.3)
    assert merged.to_table().nbytes < 10_000
    sketch = datasketches.kll_doubles_sketch.deserialize(merged.sketch(NUMBER))
    assert (sketch.n, sketch.get_quantile(0.5, True)) == (60_000, merged.quantile(0.5)[0])
    with pytest.raises(ValueError, match="no sketch"):
        merged.sketch(THERE)


def test_an_operation_that_no_run_has_is_counted_as_0() -> None:
    summary = CellSummary(sketch_size=np.int64(64)).update(matrix_of([[0.0], [0.0]], THERE))
    assert (summary.n[0], summary.mean[0], summary.variance[0]) == (2, 0.0, 0.0)
    assert (summary.minimum[0], summary.maximum[0]) == (0.0, 0.0)
    assert CellSummary.from_table(summary.to_table()).sketch_size == 64


def test_an_empty_summary_takes_the_keys_of_what_it_is_given() -> None:
    run = make_runs(1, random_state=0, return_traces=True)[0][0]
    assert CellSummary().merge(CellSummary(reference=run)).reference is run
