"""Points in time, told from the start of the run."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import r2_score

from lineage_stats.attribution import MechanismBaseline, attribute_root_cause
from lineage_stats.attribution._clock import date_columns, moving_columns, shown_age, shown_date
from lineage_stats.features import parse_feature
from tests.recording import recording

DAY = 86_400
FIRST = pd.Timestamp("2024-03-01 05:00")


def run_day(day, *, hours=0, delay=0, noise=0.1):
    """A run over the readings of 20 days, as a program in another time zone reads them."""
    rng = np.random.default_rng(day)
    start = FIRST + pd.Timedelta(days=day)
    newest = (start - pd.Timedelta(days=delay)).floor("h")
    utc = pd.date_range(end=newest, periods=480, freq="h")
    with recording(features="profile") as run:
        table = pd.DataFrame({"utc": utc, "born": pd.Timestamp("1990-05-01")})
        table["time"] = table["utc"] + pd.Timedelta(hours=hours)
        table["load"] = np.cos(table["utc"].dt.hour / 4) + noise * rng.normal(size=480)
        table["usual"] = np.cos(table["time"].dt.hour / 4)
        r2_score(table["load"], table["usual"])
    return dataclasses.replace(run.trace, run_id=f"day{day}", start_ns=start.value)


@pytest.fixture(scope="module")
def baseline():
    return MechanismBaseline.from_traces([run_day(day) for day in range(20)])


def test_dates_that_go_with_the_start_are_told_from_it(baseline):
    assert baseline.moving == {"utc", "time"}
    told = [
        baseline.values[:, j]
        for j, name in enumerate(baseline.layout.names)
        if str(name) == "max[time]"
    ]
    assert all((np.abs(values) < DAY).all() for values in told)
    raw = [j for j, name in enumerate(baseline.layout.names) if str(name) == "max[born]"]
    assert all((baseline.values[:, j] == pd.Timestamp("1990-05-01").timestamp()).all() for j in raw)


def test_the_matrix_keeps_what_was_measured(baseline):
    j = next(j for j, name in enumerate(baseline.layout.names) if str(name) == "max[time]")
    assert baseline.matrix.values[0, j] == pytest.approx(FIRST.timestamp(), abs=DAY)


def test_a_wrong_time_zone_is_seen_where_it_is_made(baseline):
    found = attribute_root_cause(run_day(30, hours=5), "r2_score", baseline=baseline)
    assert found.is_worse
    first = found.contributions[0]
    assert first.operation == "test_clock.run_day/DataFrame[]=#1"
    assert "before the run" in first.reason


def test_old_data_is_seen_at_its_source(baseline):
    trace = run_day(31, delay=3, noise=1.0)
    found = attribute_root_cause(trace, "r2_score", baseline=baseline)
    reasons = {c.operation: c.reason for c in found.contributions}
    assert "13 days before the run, expected 9.98 days" in reasons["test_clock.run_day/DataFrame#1"]


def test_a_column_moves_if_it_is_closer_to_the_start():
    start = np.arange(10.0) * DAY
    names = [parse_feature(text) for text in ("q50[a]", "max[a]", "q50[b]", "max[b]", "mean[c]")]
    values = np.stack([start - 7, start - 5, start * 0, start * 0 + 3, start], axis=1)
    dated = np.ones(5, dtype=bool)
    assert moving_columns(names, dated, values, start) == {"a"}
    assert moving_columns(names, dated, values, start * 0) == set()
    assert moving_columns(names, ~dated, values, start) == set()


def test_columns_of_dates_are_known_by_their_type():
    trace = run_day(1)
    found = {place[2] for place in date_columns(trace, {key: key for key in trace.keys})}
    assert found == {"utc", "born", "time"}


def test_points_in_time_read_well():
    assert shown_age(-3.0 * DAY) == "3 days"
    assert shown_age(-90.0 * 60) == "90 min"
    assert shown_age(0.0) == "0 s"
    assert shown_date(1e30) == "1e+30"
