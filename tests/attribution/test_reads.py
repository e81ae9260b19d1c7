"""What a metric reads of what operations made."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

from lineage_stats.attribution import MechanismBaseline, _reads, attribute_root_cause
from lineage_stats.attribution._feeds import TARGET
from lineage_stats.attribution._observation import Observation
from lineage_stats.attribution._reads import Reads
from lineage_stats.exceptions import LineageStatsError
from lineage_stats.trace import Trace
from tests.recording import recording

COLUMNS = ["a", "b"]


def run_day(day, *edits):
    """A run of a program in which somebody inserted lines."""
    rng = np.random.default_rng(day)
    with recording(features="profile") as run:
        table = pd.DataFrame(rng.normal(size=(400, 2)), columns=COLUMNS)
        table["late"] = (table["a"] + 0.3 * rng.normal(size=400) > 0).astype(int)
        if "unread" in edits:
            table["rounded"] = table["b"].round(1)
        if "read" in edits:
            table["b"] = table["b"].clip(lower=-1)
        if "shifted" in edits:
            table["late"] = table["late"].shift(1).fillna(0).astype(int)
        train, test = table.iloc[:300], table.iloc[300:]
        model = LogisticRegression().fit(train[COLUMNS], train["late"])
        f1_score(test["late"], model.predict(test[COLUMNS]))
    return dataclasses.replace(run.trace, run_id=f"day{day}")


@pytest.fixture(scope="module")
def baseline():
    return MechanismBaseline.from_traces([run_day(day) for day in range(20)])


def reads(baseline, trace):
    observation = Observation(baseline, trace)
    metric = observation.keys[trace.metric_operation("f1_score").key]
    return Reads(observation, metric)


def key(trace, name):
    return next(op.key for op in trace if op.name == name)


def test_what_is_made_of_a_column_that_nobody_reads_is_unread(baseline):
    trace = run_day(30, "unread", "read")
    found = reads(baseline, trace)
    assert not found.observation.is_as_usual
    unread = {op.name for op in trace if found.is_unread(found.observation.keys[op.key])}
    assert "Series.round" in unread
    assert "Series.clip" not in unread
    assert "LogisticRegression.fit" not in unread
    written = [op for op in trace if op.name == "DataFrame[]="]
    assert [found.is_unread(found.observation.keys[op.key]) for op in written] == [
        False, True, False
    ]  # fmt: skip


def fit_of(found):
    return next(k for k, op in found.observation.operations.items() if op.kind == "fit")


def test_a_run_as_usual_has_the_feeds_of_healthy_runs(baseline):
    found = reads(baseline, run_day(31))
    assert found.observation.is_as_usual
    assert found.feeds(fit_of(found), ["a"]) is baseline.feeds[fit_of(found)]


def test_feeds_of_a_run_know_what_was_inserted(baseline):
    trace = run_day(32, "shifted")
    found = reads(baseline, trace)
    feeds = found.feeds(fit_of(found), ["a"])
    shift = found.observation.keys[key(trace, "Series.shift")]
    assert shift in feeds[TARGET]
    assert shift not in feeds["a"]
    assert baseline.feeds[fit_of(found)][TARGET] < feeds[TARGET]


def test_a_column_that_nobody_reads_is_no_cause(baseline):
    trace = run_day(33, "unread", "shifted")
    found = attribute_root_cause(trace, "f1_score", baseline=baseline)
    assert found.is_worse
    assert key(trace, "Series.shift") in found.ranking()
    assert key(trace, "Series.round") not in found.ranking()


def test_lineage_that_cannot_be_followed_excuses_nobody(baseline, monkeypatch):
    def lost(self, name):
        raise LineageStatsError(f"{name} is not there")

    trace = run_day(30, "unread")
    found = reads(baseline, trace)
    monkeypatch.setattr(Trace, "downstream", lost)
    assert not any(found.is_unread(found.observation.keys[op.key]) for op in trace)


def run_by_a_number(day, factor=0.0):
    """A run whose labels depend on a column by way of a number, which lineage does not follow."""
    rng = np.random.default_rng(day)
    with recording() as run:
        table = pd.DataFrame(rng.normal(size=(400, 2)), columns=COLUMNS)
        train, test = table.iloc[:200].copy(), table.iloc[200:]
        train["shifted"] = train["b"] + factor
        limit = [float(train["shifted"].mean())] * len(train)
        late = (train["a"] + train["b"]).gt(pd.Series(limit, index=train.index)).astype(int)
        model = LogisticRegression().fit(train[COLUMNS], late)
        f1_score((test["a"] + test["b"] > 0).astype(int), model.predict(test[COLUMNS]))
    return dataclasses.replace(run.trace, run_id=f"day{day}")


def test_what_nobody_reads_by_lineage_is_still_the_first_to_look_at_where_all_else_is_as_usual():
    baseline = MechanismBaseline.from_traces([run_by_a_number(day) for day in range(20)])
    trace = run_by_a_number(40, factor=1.5)
    found = attribute_root_cause(trace, "f1_score", baseline=baseline)
    assert found.is_worse
    assert found.contributions[0].operation == key(trace, "DataFrame[]=")


def test_columns_are_followed_once(baseline, monkeypatch):
    trace = run_day(32, "shifted")
    found = reads(baseline, trace)
    first = found.feeds(fit_of(found), ["a"])
    asked = []
    monkeypatch.setattr(_reads, "feeds_of_fit", lambda *of: asked.append(of[2]) or {})
    assert found.feeds(fit_of(found), ["a"]) == first
    assert not asked
    found.feeds(fit_of(found), ["a", "b"])
    assert asked == [("b",)]


def run_by_key(day, offset=1):
    """A run of a program that joins by an hour, which it computes."""
    rng = np.random.default_rng(day)
    heat = rng.normal(size=601)
    with recording(features="profile") as run:
        use = pd.DataFrame({"hour": np.arange(600), "high": heat[1:] > 0})
        weather = pd.DataFrame({"hour": np.arange(601), "heat": heat, "wind": rng.normal(size=601)})
        use["hour"] = use["hour"] + offset
        table = use.merge(weather, on="hour").sort_values("hour")
        train, test = table.iloc[:400], table.iloc[400:]
        model = LogisticRegression().fit(train[["heat", "wind"]], train["high"])
        f1_score(test["high"], model.predict(test[["heat", "wind"]]))
    return dataclasses.replace(run.trace, run_id=f"day{day}")


def test_who_made_the_key_of_a_join_answers_for_what_was_joined():
    healthy = MechanismBaseline.from_traces([run_by_key(day) for day in range(20)])
    late = run_by_key(31, offset=9)
    made = key(late, "DataFrame[]=")
    found = reads(healthy, late)
    fit = found.observation.keys[key(late, "LogisticRegression.fit")]
    assert made not in found.feeds(fit, ["heat"])["heat"]
    assert made in found.steered(fit, ["heat"])["heat"]
    assert found.steered("nothing", ["heat"]) == {}
    cause = attribute_root_cause(late, "f1_score", baseline=healthy)
    assert cause.contributions[0].operation == made
