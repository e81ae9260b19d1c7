import json

import numpy as np
import pytest

from lineage_stats.detectors import DRILL_FAULTS, Drill, ZScoreDetector, drill
from lineage_stats.detectors._drill_faults import Place
from lineage_stats.exceptions import TooFewRunsError
from lineage_stats.features import as_run_matrix
from tests.strategies import METRIC, READ_ORDERS, make_traces

pytestmark = pytest.mark.xdist_group("drill")  # what they share takes a while to make


@pytest.fixture(scope="module")
def runs():
    return make_traces(40)


@pytest.fixture(scope="module")
def found(runs):
    return drill(runs, ZScoreDetector(), runs_per_fault=5)


def test_every_operation_is_drilled(found, runs):
    table = found.table.set_index(["operation", "fault"])
    assert set(found.table["operation"]) == set(runs[0].keys)
    assert (METRIC, "metric worse") in table.index
    assert (METRIC, "rows lost") not in table.index
    assert table.loc[(READ_ORDERS, "operation missing"), "caught"]
    assert table.loc[(READ_ORDERS, "dtype changed"), "power"] == 1
    rows = table.loc[(READ_ORDERS, "rows lost")]
    assert rows["unit"] == "share"
    assert 0 < rows["smallest"] <= 0.9


def test_larger_faults_are_noticed_as_often_at_least(found):
    rows = found.powers[found.powers["fault"] == "rows lost"]
    for _, part in rows.groupby("operation"):
        assert part["power"].iloc[-1] >= part["power"].iloc[0]
        assert (part["runs"] == 5).all()


def test_blind_spots_say_what_would_close_them(found):
    spots = found.blind_spots
    assert not spots["caught"].any()
    assert (spots["more_runs"] > 0).all()
    assert spots["more_runs"].is_monotonic_increasing
    assert len(spots) + found.table["caught"].sum() == len(found.table)
    assert found.min_power == found.table["power"].min()
    assert (found.table.loc[found.table["caught"], "more_runs"] == 0).all()


def test_the_healthy_runs_stay_as_they_are(runs):
    before = as_run_matrix(runs).values.copy()
    drill(runs, faults=["nulls", "mean shifted"], runs_per_fault=5)
    assert np.array_equal(as_run_matrix(runs).values, before, equal_nan=True)


def test_it_prints_and_is_plain_data(found):
    assert "\n" not in repr(found)
    text = found.summary(n=1)
    assert "faults would be caught" in text
    assert ("Blind spots:" in text) == bool(len(found.blind_spots))
    record = json.loads(json.dumps(found.to_dict()))
    assert record["schema_version"] == 1
    assert len(record["faults"]) == len(found.table)
    assert found.to_frame().equals(found.table)


@pytest.mark.parametrize(
    ("needed", "said"),
    [
        (25.0, "about 15 more healthy runs would catch it"),
        (5_000.0, "it would take more than 1,000 more healthy runs"),
        (np.inf, "more healthy runs would not help"),
    ],
)
def test_how_many_runs_would_help_is_said(needed, said):
    (fault,) = (f for f in DRILL_FAULTS if f.name == "operation missing")
    row = {"operation": "f/g#1", "fault": fault.name, "severity": fault.reference}
    drilled = Drill.of_rows(
        [{**row, "flagged": False, "needed": needed}], [fault],
        pipeline="p", detector="D", n_runs=10, power=0.8, false_alarm_rate=0.01,
    )  # fmt: skip
    assert drilled.summary().endswith(said)


def test_the_heat_map_has_a_row_per_operation(found):
    ax = found.plot()
    image = ax.get_images()[0].get_array()
    assert image.shape == (found.table["operation"].nunique(), found.table["fault"].nunique())
    assert np.nanmax(image) <= 1
    assert found.plot(ax) is ax


def test_every_kind_changes_only_its_own_operation(runs):
    matrix = as_run_matrix(runs)
    for fault in DRILL_FAULTS:
        assert fault.reference in fault.severities
        for operation in dict.fromkeys(cell.operation for cell in matrix.cells):
            place = Place(operation, matrix.cells, matrix.values)
            if not fault.applies(place):
                continue
            x = matrix.values[0].copy()
            fault.change(x, place, fault.severities[-1], 0)
            changed = ~((x == matrix.values[0]) | (np.isnan(x) & np.isnan(matrix.values[0])))
            assert changed.any()
            assert {matrix.cells[j].operation for j in np.flatnonzero(changed)} == {operation}


def test_what_cannot_be_done_is_said(runs):
    with pytest.raises(TooFewRunsError, match="at least 10"):
        drill(runs[:9])
    with pytest.raises(ValueError, match="'faults' parameter of drill"):
        drill(runs, faults=["earthquake"])
    with pytest.raises(ValueError, match="'power' parameter of drill"):
        drill(runs, power=0)


def test_nothing_drilled_is_an_empty_result():
    empty = Drill.of_rows(
        [], DRILL_FAULTS, pipeline="p", detector="D", n_runs=10, power=0.8, false_alarm_rate=0.01
    )
    assert empty.min_power == 1
    assert len(empty.table) == 0
