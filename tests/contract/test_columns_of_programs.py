"""Random programs: whatever changes a column was declared, and little else was."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.columns import judge, watching

pytestmark = pytest.mark.slow

# Each step takes the table so far, the right table and a source of choices.


def numbers(table):
    return [c for c in table.columns if pd.api.types.is_numeric_dtype(table[c])]


def select(t, r, pick):
    kept = [c for c in t.columns if pick(4) or c == "k"]
    return t[kept]


def drop(t, r, pick):
    others = [c for c in t.columns if c != "k"]
    return t.drop(columns=others[pick(len(others))]) if len(others) > 1 else t


def rename(t, r, pick):
    others = [c for c in t.columns if c != "k"]
    if not others:
        return t
    old = others[pick(len(others))]
    return t.rename(columns={old: f"{old}_n"})


def assign(t, r, pick):
    known = numbers(t)
    one, two = known[pick(len(known))], known[pick(len(known))]
    if pick(2):
        return t.assign(**{f"{one}_{two}": t[one] + t[two] * 2})
    t = t.copy()
    t[f"{one}_{two}"] = t[one] - t[two].mean()
    return t


def cells(t, r, pick):
    known = numbers(t)
    one, two = known[pick(len(known))], known[pick(len(known))]
    t = t.astype({one: "float64"})
    t.loc[t[two] > 3, one] = 0.5
    return t


def keep(t, r, pick):
    known = numbers(t)
    one = known[pick(len(known))]
    return [t[t[one] > 2], t.query(f"`{one}` < 8"), t.loc[t[one].notna()]][pick(3)]


def sort(t, r, pick):
    columns = list(t.columns)
    return t.sort_values(columns[pick(len(columns))], kind="stable", ignore_index=bool(pick(2)))


def unique(t, r, pick):
    columns = list(t.columns)
    return t.drop_duplicates(subset=[columns[pick(len(columns))], "k"])


def fill(t, r, pick):
    known = numbers(t)
    return t.fillna({known[pick(len(known))]: -1.0})


def merge(t, r, pick):
    how = ["inner", "left", "right", "outer"][pick(4)]
    r = r.rename(columns={c: f"{c}{len(t.columns)}" for c in ("b", "d")})
    return t.merge(r.drop_duplicates("k") if pick(2) else r, on="k", how=how)


def group(t, r, pick):
    known = [c for c in numbers(t) if c != "k"]
    if not known:
        return t
    one = known[pick(len(known))]
    totals = t.groupby("k").agg(**{f"{one}_sum": (one, "sum"), f"{one}_n": (one, "count")})
    return [totals.reset_index(), t.merge(totals.reset_index(), on="k")][pick(2)]


def transform(t, r, pick):
    known = numbers(t)
    one = known[pick(len(known))]
    return t.assign(**{f"{one}_t": t.groupby("k")[one].transform("max")})


def stack(t, r, pick):
    return pd.concat([t, r], ignore_index=True)


def back_and_forth(t, r, pick):
    return t.set_index("k").reset_index()


def head(t, r, pick):
    return t.head(15)


def join_beside(t, r, pick):
    known = numbers(t)
    other = t[[known[pick(len(known))]]].add_suffix("_b")
    return pd.concat([t, other.round(1)], axis=1)


STEPS = [
    select, drop, rename, assign, cells, keep, sort, unique, fill, merge, group, transform, stack,
    back_and_forth, head, join_beside,
]  # fmt: skip


def program_of(steps, seed):
    """Return a program of some steps; what each of them picks does not depend on the data."""

    def program(left, right):
        rng = np.random.default_rng(seed)
        table = left
        for step in steps:
            table = step(table, right, lambda n: int(rng.integers(0, n)))
            if len(table.columns) > 14 or table.columns.duplicated().any():
                break
        return table.round(6)

    return program


# Keys of an outer join are floats, some of them missing.
@pytest.mark.filterwarnings("ignore:You are merging on int and float:UserWarning")
@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(st.sampled_from(STEPS), min_size=1, max_size=6), seed=st.integers(0, 10**6))
def test_whatever_changes_a_column_was_declared(steps, seed, hooks):
    found = judge(program_of(steps, seed), hooks, seed=seed % 97, n_changes=4)
    assert found.missed == {}


@pytest.mark.filterwarnings("ignore:You are merging on int and float:UserWarning")
def test_little_is_declared_that_changes_nothing(hooks):
    rng = np.random.default_rng(0)
    counts = Counter()
    for seed in range(20):
        steps = [STEPS[i] for i in rng.integers(0, len(STEPS), 4)]
        found = judge(program_of(steps, seed), hooks, seed=seed, n_changes=8)
        assert found.missed == {}
        assert not any(found.opaque.values())
        counts["declared"] += sum(map(len, found.declared.values()))
        counts["idle"] += sum(map(len, found.idle.values()))
    assert counts["declared"] > 200
    assert counts["idle"] / counts["declared"] < 0.2


@pytest.fixture
def hooks():
    with watching() as found:
        yield found
