"""Steps: listed one by one at first, folded into one line later."""

from __future__ import annotations

import sys

from lineage_stats.hooks._callsite import CallSite
from lineage_stats.hooks._steps import MAX_EDGES, MAX_REPEATS, Step
from lineage_stats.trace import DataRef, Operation


def step() -> Step:
    return Step(CallSite(sys._getframe()), "dropna", 2)


def call(i: int, **more: object) -> Operation:
    features = {"cpu": 1.0, "rows_out": float(i), **more.pop("features", {})}
    return Operation(
        f"k{i}", "dropna", inputs=(DataRef(f"d{i}"),), features=features, duration_ns=10, **more
    )


def test_keys_count_the_repeats_and_then_stop():
    one = step()
    assert one.key(1) == "test_steps.step/dropna#2"
    assert one.key(2) == "test_steps.step/dropna#2:2"
    assert one.key(MAX_REPEATS).endswith(f":{MAX_REPEATS}")
    assert one.key(MAX_REPEATS + 1) == one.key(10**6) == f"{one.key(1)}:{MAX_REPEATS + 1}+"


def test_folding_counts_and_adds_up():
    one = step()
    for i in range(100):
        folded = one.fold(call(i))
    assert folded.features["calls"] == 100.0
    assert folded.features["cpu"] == 100.0
    assert folded.duration_ns == 1000
    assert len(folded.inputs) == MAX_EDGES


def test_a_failure_stays_visible():
    one = step()
    one.fold(call(1))
    one.fold(call(2, status="failed", error="KeyError"))
    folded = one.fold(call(3))
    assert (folded.status, folded.error) == ("failed", "KeyError")


def test_the_last_metric_value_is_kept():
    one = step()
    for value in (0.1, 0.2):
        folded = one.fold(call(1, features={"metric_value": value}, metric="f1"))
    assert folded.features["metric_value"] == 0.2


def test_results_of_folded_calls_share_their_references():
    one = step()
    assert one.outputs(MAX_REPEATS + 1, 1) is None
    made = (DataRef("d9"),)
    one.fold(call(1, outputs=made))
    assert one.outputs(MAX_REPEATS + 2, 1) == made
    assert one.outputs(MAX_REPEATS + 2, 2) is None
    assert one.outputs(1, 1) is None
