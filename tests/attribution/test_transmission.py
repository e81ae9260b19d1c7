"""Widest paths along columns."""

from __future__ import annotations

import math

import pytest

from lineage_stats.attribution._scoring import ROW_TRANSMISSION
from lineage_stats.attribution._transmission import (
    DERIVED,
    HIDDEN,
    ROWS,
    WHOLE,
    WIDTH,
    Reach,
    group_label,
)
from lineage_stats.features import parse_feature


def chain(anomaly, *, middle=("a", "b"), last=("a", "b"), kind="selection", **options):
    """Make the paths of load -> step -> last step -> fit, all of columns a and b."""
    order = ("load", "step", "last", "fit")
    columns = {
        "load": {0: {"a", "b"}},
        "step": {0: set(middle)},
        "last": {0: set(last)},
        "fit": {0: set()},
    }
    children = {("load", 0): [("step", 0)], ("step", 0): [("last", 0)], ("last", 0): [("fit", 0)]}
    inherited = {"step": {"a", "b"}, "last": set(middle), "fit": set(last)}
    kinds = {"step": kind, "fit": "fit"}
    return Reach(order, kinds, children, columns, inherited, anomaly, **options)


def uniform(size, **others):
    nodes = {(op, 0, c): size for op in ("load", "step", "last") for c in ("a", "b", ROWS)}
    return nodes | {(op, 0, c): x for (op, c), x in others.items()}


def test_an_anomaly_that_stays_arrives():
    reach = chain(uniform(9.0))
    assert reach.column("load", 0, "a") == 9.0
    assert reach.rows("load", 0) == pytest.approx(9.0 * ROW_TRANSMISSION)


def test_a_step_that_removes_it_narrows_the_path():
    anomaly = uniform(9.0) | {("step", 0, "a"): 1.0, ("last", 0, ROWS): 0.0, ("step", 0, ROWS): 0.0}
    reach = chain(anomaly)
    assert reach.column("load", 0, "a") == 1.0
    assert reach.column("load", 0, "b") == 9.0


def test_rows_arrive_in_the_columns_of_an_aggregation_that_has_as_many_groups_as_ever():
    anomaly = uniform(9.0) | {("step", 0, ROWS): 0.0, ("last", 0, ROWS): 0.0}
    assert chain(anomaly).rows("load", 0) == 0.0
    grouped = chain(anomaly, kind="aggregation")
    assert grouped.rows("load", 0) == pytest.approx(9.0 * ROW_TRANSMISSION)


def test_a_dropped_column_arrives_only_as_rows():
    anomaly = uniform(9.0) | {("step", 0, ROWS): 2.0, ("last", 0, ROWS): 2.0}
    options = {"middle": ("a",), "last": ("a",)}
    assert chain(anomaly, **options).column("load", 0, "b") == 2.0 * ROW_TRANSMISSION
    assert chain({}, **options, columns_to_rows=0.0).column("load", 0, "b") == 0


def test_a_column_explains_a_loss_of_rows_by_its_missing_values_only():
    anomaly = uniform(90.0)
    options = {"middle": ("a",), "last": ("a",)}
    assert chain(anomaly, **options).column("load", 0, "b") == HIDDEN
    nulls = [("load", 0, "b")]
    assert chain(anomaly, **options, with_nulls=nulls).column("load", 0, "b") == 27.0


def test_a_column_leads_to_new_ones_those_of_its_name_first():
    anomaly = uniform(0.0) | {
        ("load", 0, "a"): 9.0, ("load", 0, "b"): 9.0, ("step", 0, "log_a"): 8.0,
        ("last", 0, "log_a"): 8.0,
    }  # fmt: skip
    anew = chain(anomaly, middle=("log_a",), last=("log_a",))
    assert anew.column("load", 0, "a") == 8.0
    assert anew.column("load", 0, "b") == 8.0 * DERIVED
    beside = chain(anomaly, middle=("log_a", "a"), last=("log_a", "a"))
    assert beside.column("load", 0, "b") == HIDDEN


def test_an_output_without_profile_does_not_narrow():
    reach = chain(uniform(9.0), middle=(), last=())
    assert reach.column("load", 0, "a") == 9.0
    assert reach.column("step", 0, WHOLE) == math.inf
    assert reach.operation("step") == math.inf


def test_nothing_arrives_where_nobody_reads():
    columns = {"load": {0: {"a"}}}
    assert Reach(("load",), {}, {}, columns, {}, {}).column("load", 0, "a") == 0.0
    ended = Reach(("load",), {}, {}, columns, {}, {("load", 0, "a"): 4.0}, ends=("load",))
    assert ended.column("load", 0, "a") == 4.0


def test_the_best_of_all_columns_is_that_of_the_operation():
    anomaly = uniform(1.0) | {(op, 0, "b"): 6.0 for op in ("load", "step", "last")}
    assert chain(anomaly).operation("load") == 6.0


@pytest.mark.parametrize(
    ("feature", "label"),
    [("mean[x]", "x"), ("rows_out@1", ROWS), ("columns_out", WIDTH), ("mean", WHOLE)],
)
def test_every_feature_belongs_to_a_column_or_a_label(feature, label):
    assert group_label(parse_feature(feature)) == label


def test_a_column_that_is_known_to_be_made_of_another_hands_its_anomaly_on():
    anomaly = uniform(9.0) | {("last", 0, "a"): 0.0, ("last", 0, ROWS): 0.0}
    assert chain(anomaly).column("step", 0, "a") < 1.0
    known = {("step", 0, "a"): [("last", 0, "b")]}
    assert chain(anomaly, made_of=known).column("step", 0, "a") == 9.0
    assert chain(anomaly, made_of={("step", 0, "a"): [("gone", 0, "b")]}).column(
        "step", 0, "a"
    ) == chain(anomaly).column("step", 0, "a")
