import pytest

from lineage_stats.report._history import MAX_SERIES, runs_record, since_record
from lineage_stats.trace import DataRef, Operation, Trace
from tests.strategies import MERGE


def run(i, rows, *, how="inner"):
    step = Operation(
        "f/merge#1", "merge", "join", "f", outputs=(DataRef("d", "table", rows=rows),),
        facts={"param[how]": how}, file="a.py", line=3,
    )  # fmt: skip
    last = Operation("f/copy#1", "copy", "opaque", "f", inputs=step.outputs,
                     outputs=(DataRef("e", "table", rows=rows),))  # fmt: skip
    return Trace(f"r{i}", "p", (step, last), start_ns=i * 10**9)


def cell(operation="f/merge#1", feature="rows_out", *, location="a.py:3", **values):
    usual = {"kind": "count", "lower": 90.0, "centre": 100.0, "upper": 110.0, "since": ""}
    return {"operation": operation, "feature": feature, "location": location, **usual, **values}


def test_runs_say_whether_they_are_healthy():
    records = runs_record([run(0, 1), run(1, 1)], ["r0"])
    assert [(r["run_id"], r["healthy"]) for r in records] == [("r0", True), ("r1", False)]


@pytest.mark.parametrize(
    ("rows", "n_runs"), [([100, 99, 50], 1), ([100, 50, 51, 49], 3), ([50, 100, 150], 1)]
)
def test_abnormal_since_the_first_run_in_succession_outside_the_range(rows, n_runs):
    runs = [run(i, n) for i, n in enumerate(rows)]
    (since,), _, _ = since_record(runs, [cell()])
    assert since["n_runs"] == n_runs
    assert since["run_id"] == runs[-n_runs].run_id


def test_what_is_no_number_is_so_since_it_is_what_it_is_now():
    hows = ("inner", "left", "inner", "left", "left")
    runs = [run(i, 100, how=how) for i, how in enumerate(hows)]
    category = cell(feature="param[how]", kind="category", lower=None, upper=None)
    (since,), series, _ = since_record(runs, [category])
    assert since["run_id"] == "r3"
    assert series == []


def test_the_begin_of_the_healthy_regime_is_not_the_begin_of_the_fault():
    runs = [run(i, n) for i, n in enumerate([100, 100, 100, 50])]
    (since,), _, _ = since_record(runs, [cell(since="r1")])
    assert (since["run_id"], since["n_runs"]) == ("r3", 1)


def test_a_value_that_is_passed_on_is_one_series():
    runs = [run(i, 100) for i in range(3)] + [run(3, 50)]
    _, (series,), _ = since_record(runs, [cell(), cell("f/copy#1", location="")])
    assert series["values"] == [100.0, 100.0, 100.0, 50.0]
    assert series["also"] == ["f/copy#1"]


def test_an_operation_that_did_not_run_has_no_series():
    (since,), series, _ = since_record([run(0, 1)], [cell("f/gone#1", location="")])
    assert since["n_runs"] == 1
    assert series == []


def test_series_are_few():
    cells = [cell(feature=f"mean[c{i}]") for i in range(MAX_SERIES + 9)]
    features = {c["feature"]: float(i) for i, c in enumerate(cells)}
    step = Operation("f/merge#1", "merge", features=features, file="a.py", line=3)
    since, series, n_series = since_record([Trace("r", "p", (step,))], cells)
    assert (len(since), len(series), n_series) == (len(cells), MAX_SERIES, len(cells))


def test_what_lies_outside_its_range_is_shown_first():
    features = {"mean[a]": 100.0, "mean[b]": 50.0}
    step = Operation("f/merge#1", "merge", features=features, file="a.py", line=3)
    cells = [cell(feature=name) for name in features]
    _, series, _ = since_record([Trace("r", "p", (step,))], cells)
    assert [entry["feature"] for entry in series] == ["mean[b]", "mean[a]"]


def test_a_change_among_earlier_runs_is_found(full_report):
    history = full_report["history"]
    series = next(s for s in history["series"] if s["operation"] == MERGE and s["changes"])
    assert [change["position"] for change in series["changes"]] == [15]
    assert series["changes"][0]["run_id"] == history["runs"][15]["run_id"]
    assert series["changes"][0]["probability"] > 0.5
    assert len(series["values"]) == len(history["runs"]) == 46
