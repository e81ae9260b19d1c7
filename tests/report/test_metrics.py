import math

from lineage_stats.report._metrics import metric_records
from lineage_stats.trace import Operation, Trace


def run(i, value):
    op = Operation("f/auc#1", "auc", "metric", features={"metric_value": value}, metric="auc")
    return Trace(f"r{i}", "p", (op,), start_ns=i)


def test_the_band_is_three_robust_standard_deviations_wide():
    values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 100.0]  # median 4, MAD 2
    (record,) = metric_records(run(9, 13.0), [run(i, v) for i, v in enumerate(values)])
    assert record["band"] == {"low": 4 - 3 * 1.4826 * 2, "centre": 4.0, "high": 4 + 3 * 1.4826 * 2}
    assert record["outside"]
    assert [h["value"] for h in record["history"]] == values


def test_a_given_band_is_taken():
    (record,) = metric_records(run(9, 1.0), [], {"auc": (0.0, 1.0, 2.0)})
    assert record["band"] == {"low": 0.0, "centre": 1.0, "high": 2.0}
    assert not record["outside"]


def test_fewer_than_three_runs_have_no_band():
    (record,) = metric_records(run(9, 1.0), [run(0, 1.0), run(1, 1.0)])
    assert record["band"] is None
    assert not record["outside"]


def test_what_is_no_number_is_null_and_no_history():
    (record,) = metric_records(run(9, math.nan), [run(0, math.inf), run(1, 2.0)])
    assert record["value"] is None
    (earlier,) = record["history"]
    assert (earlier["run_id"], earlier["value"]) == ("r1", 2.0)
    assert earlier["start"].startswith("1970-01-01T00:00:00")
