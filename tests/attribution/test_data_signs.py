"""What is unusual where, and whom it leads to."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from lineage_stats.attribution import MechanismBaseline, attribute_root_cause
from tests.recording import recording


def run_groups(day, *, noisy=0.0, spread=1.0):
    """Return a run that finds three groups of points, and holds them against another table."""
    rng = np.random.default_rng(day)
    kind = rng.integers(3, size=300)
    place = 5.0 * kind + spread * rng.normal(size=300)
    told = np.where(rng.random(300) < noisy, rng.permutation(kind), kind)
    with recording(features="profile") as run:
        points = pd.DataFrame({"id": np.arange(300), "a": place, "b": rng.normal(size=300)})
        table = points.merge(pd.DataFrame({"id": np.arange(300), "kind": told}), on="id")
        model = KMeans(3, n_init=3, random_state=0).fit(table[["a", "b"]])
        adjusted_rand_score(table["kind"], model.predict(table[["a", "b"]]))
    return dataclasses.replace(run.trace, run_id=f"day{day}{noisy}{spread}")


@pytest.fixture(scope="module")
def groups():
    return MechanismBaseline.from_traces([run_groups(day) for day in range(15)])


def test_where_nothing_is_unusual_labels_that_only_the_metric_sees_are_left(groups):
    trace = run_groups(40, noisy=0.5)
    points, labels = (op.key for op in trace if op.kind == "source")
    found = attribute_root_cause(trace, "adjusted_rand_score", baseline=groups)
    assert found.contributions[0].operation == labels
    assert found.contributions[0].probability < 0.6  # nothing was seen there
    assert points not in {c.operation for c in found.contributions if c.share > 0}


def test_labels_are_not_charged_with_what_the_points_show(groups):
    trace = run_groups(41, spread=3.0)
    points, _ = (op.key for op in trace if op.kind == "source")
    found = attribute_root_cause(trace, "adjusted_rand_score", baseline=groups)
    assert found.contributions[0].operation == points
