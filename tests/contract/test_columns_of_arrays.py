"""Programs in which NumPy makes arrays between two calls: followed exactly, or not at all."""

from __future__ import annotations

import linecache
import os
from types import CodeType

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.sparse import csr_matrix
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import KFold
from sklearn.preprocessing import MaxAbsScaler, OneHotEncoder, StandardScaler
from sklearn.utils.sparsefuncs import inplace_csr_row_scale

from tests.columns import judge, watching

# One letter each: the left and the right table of `tests.columns`.
# ruff: noqa: E741  (l and r are the left and the right table)


def where_handed_over(l, r):
    l["x"] = np.where(l["a"] > 4, l["b"], 0)
    return l


def where_of_a_variable(l, r):
    large = np.where(l["a"] > 4, l["b"], 0)
    l["x"] = large
    return l


def made_before_a_change(l, r):
    large = np.where(l["a"] > 4, l["b"], 0)
    l["a"] = l["k"] * 2
    l["x"] = large
    return l


def arithmetic(l, r):
    l["x"] = l["a"].to_numpy() * 2 - l["b"].to_numpy()
    return l


def mean_of_a_list(l, r):
    a, b = l["a"].to_numpy(), l["b"].to_numpy()
    l["x"] = np.mean([a * 2, b], axis=0)
    return l


def weighted_mean_of_a_list(l, r):
    parts = [l["a"].to_numpy(), l["k"].to_numpy() + 1]
    l["x"] = np.average(parts, axis=0, weights=[0.3, 0.7])
    return l


def largest_of_tables_in_a_list(l, r):
    X = np.max([l[["a", "b"]].to_numpy(), l[["b", "k"]].to_numpy() * 2], axis=0)
    return pd.DataFrame(X, columns=["u", "v"])


def sum_of_a_list(l, r):
    l["x"] = sum([l["a"].to_numpy() * 2, l["b"].to_numpy()]) / 2
    return l


def side_by_side(l, r):
    table = np.column_stack([l["a"], l["b"].to_numpy() * l["k"]])
    return pd.DataFrame(table, columns=["u", "v"])


def short_form(l, r):
    return pd.DataFrame(np.c_[l["a"], l[["k", "b"]].to_numpy()], columns=["u", "v", "w"])


def scaled_by_hand(l, r):
    X = l[["a", "b"]].to_numpy()
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    X = np.log1p(np.abs(X))
    return pd.DataFrame(X, columns=["u", "v"])


def stacked_and_filtered(l, r):
    first, second = StandardScaler().fit_transform(l[["a", "b"]]), l[["k"]].to_numpy()
    X = np.hstack([first, second])
    X = X[X[:, 2] > 2]
    return pd.DataFrame(X, columns=["u", "v", "w"])


def one_below_the_other(l, r):
    X = np.concatenate([l[["a", "b"]].to_numpy(), r[["d", "b"]].to_numpy()])
    return pd.DataFrame(X, columns=["u", "v"])


def sorted_by_hand(l, r):
    order = np.argsort(l["a"].to_numpy())
    return pd.DataFrame(l[["a", "b"]].to_numpy()[order], columns=["u", "v"])


def sparse_beside(l, r):
    scaled = OneHotEncoder().fit_transform(l[["k"]])
    X = sparse.hstack([scaled, sparse.csr_matrix(l[["a", "b"]].to_numpy())], format="csr")
    X = X.tocsc()[:, -2:]
    return pd.DataFrame(X.toarray() * 2, columns=["u", "v"])


def sparse_at_once(l, r):
    encoder, numbers = OneHotEncoder(), csr_matrix(l[["a", "b"]])
    X = sparse.hstack([encoder.fit_transform(l[["k"]]), numbers]).tocsr()
    upper, lower = X[:10], X[10:]
    table = sparse.vstack([lower, upper])
    return pd.DataFrame(table.toarray()[:, -2:], columns=["u", "v"])


def sparse_below(l, r):
    first, second = csr_matrix(l[["a", "b"]].to_numpy()), csr_matrix(r[["d", "b"]].to_numpy())
    X = sparse.vstack([first, second]).tocsr()
    X = X[X[:, :1].toarray().ravel() > 2]
    return pd.DataFrame(X.toarray(), columns=["u", "v"])


def sparse_columns(l, r):
    X = csr_matrix(l[["a", "b", "k"]])
    return pd.DataFrame(X[1:5, [2, 0]].toarray(), columns=["u", "v"])


def single_columns(l, r):
    X = l[["a", "b", "k"]].to_numpy()
    return pd.DataFrame({"p": X[:, 0], "q": X[:, 2] / X[:, 1:2].ravel().clip(1)})


def every_column(l, r):
    X = l[["a", "b", "k"]].to_numpy()
    for j in range(3):
        l[f"x{j}"] = X[:, j] * 2
    return l


def chosen(l, r):
    conditions = [l["a"] > 5, l["b"] > 5]
    l["x"] = np.select(conditions, [1, l["k"]], 0)
    return l


def masked(l, r):
    mask = (l["a"].to_numpy() > 3) & ~(l["b"].to_numpy() > 8)
    return l.loc[mask, ["b", "k"]]


def folds(l, r):
    X, y = l[["a", "b"]].to_numpy(), l["k"].to_numpy()
    parts = []
    for train, test in KFold(3).split(X):
        model = LinearRegression().fit(X[train], y[train])
        predicted = model.predict(X[test])
        parts.append(pd.DataFrame(X[test] + predicted[:, None], columns=["u", "v"]))
    return pd.concat(parts)


def folds_with_names(l, r):
    X, y = l[["a", "b"]].to_numpy(), l["k"].to_numpy()
    for train, test in KFold(3).split(X):
        X_train, X_test = X[train], X[test]
        y_train = y[train]
        model = LinearRegression().fit(X_train, y_train)
        predicted = model.predict(X_test)
    return pd.DataFrame({"p": predicted})


def in_a_comprehension(l, r):
    X = l[["a", "b"]].to_numpy()
    parts = [pd.DataFrame(X[i : i + 3] * 2, columns=["u", "v"]) for i in range(0, 9, 3)]
    return pd.concat(parts)


def in_a_chain(l, r):
    return (
        l.assign(z=1)
        .assign(y=np.where(l["a"] > 3, l["b"], 1))
        .rename(columns={"y": "yy"})
    )  # fmt: skip


def broadcast(l, r):
    X, w = l[["a", "b"]].to_numpy(), l["k"].to_numpy()
    return pd.DataFrame(X * w[:, None] + X.sum(axis=1).reshape(-1, 1), columns=["u", "v"])


def with_a_number(l, r):
    mean = l["b"].to_numpy().mean()
    l["x"] = l["a"].to_numpy() - mean * 2
    return l


def as_table(X):
    return pd.DataFrame(X, columns=["u", "v"])


def through_a_function(l, r):
    X = l[["a", "b"]].to_numpy()
    return as_table(X[X[:, 0] > 2])


def looked_up(l, r):
    totals = l.groupby("k")["a"].sum().to_numpy()
    codes = l["k"].rank(method="dense").astype(int).to_numpy() - 1
    l["x"] = totals[codes]
    return l


EXACT = [
    where_handed_over, where_of_a_variable, made_before_a_change, arithmetic, side_by_side,
    mean_of_a_list, weighted_mean_of_a_list, largest_of_tables_in_a_list, sum_of_a_list,
    short_form, scaled_by_hand, stacked_and_filtered, one_below_the_other, sorted_by_hand,
    single_columns, every_column, chosen, masked, folds, folds_with_names, in_a_comprehension,
    in_a_chain, broadcast, with_a_number, through_a_function, looked_up, sparse_beside,
    sparse_at_once, sparse_below, sparse_columns,
]  # fmt: skip


# -- what the source does not tell for certain ------------------------------------------------


def changed_under_another_name(l, r):
    Z = l[["a", "b"]].to_numpy() * 1.0
    other = Z
    other[:, 0] = l["k"].to_numpy()
    return pd.DataFrame(Z, columns=["u", "v"])


def changed_through_a_view(l, r):
    Z = l[["a", "b"]].to_numpy() * 1.0
    view = Z[:, 0]
    view[:] = l["k"].to_numpy()
    return pd.DataFrame(Z, columns=["u", "v"])


def changed_by_a_function(l, r):
    Z = l[["a", "b"]].to_numpy() * 1.0

    def change():
        Z[:, 0] = l["k"].to_numpy()

    change()
    return pd.DataFrame(Z, columns=["u", "v"])


def changed_cells(l, r):
    Z = l["a"].to_numpy() * 1.0
    Z[l["k"].to_numpy() > 3] = 7
    l["x"] = Z
    return l


def added_in_place(l, r):
    Z = l["a"].to_numpy() * 1.0
    Z += l["b"].to_numpy()
    l["x"] = Z
    return l


def written_into(l, r):
    Z = l["a"].to_numpy() * 1.0
    np.add(Z, l["b"].to_numpy(), out=Z)
    l["x"] = Z
    return l


def on_one_of_two_ways(l, r):
    Z = l["a"].to_numpy() * 1.0
    if len(l) > 3:
        Z = l["b"].to_numpy() * 2.0
    l["x"] = Z
    return l


def added_up_in_a_loop(l, r):
    total = l["a"].to_numpy() * 1.0
    for name in ["b", "k"]:
        total = total + l[name].to_numpy()
    l["x"] = total
    return l


def one_turn_late(l, r):
    before = l["a"].to_numpy() * 1.0
    for name in ["b", "k"]:
        l["x_" + name] = before * 2
        before = l[name].to_numpy() * 3
    return l


def of_several_types(l, r):
    for i, v in enumerate([l["b"], l["a"].to_numpy(), l["k"].to_numpy() + 0]):
        large = np.where(v > 3, 1, 0)
        l[f"x{i}"] = v * 2
        l[f"y{i}"] = large
    return l


def assigned_elsewhere(l, r):
    X = l["a"].to_numpy()

    def change():
        nonlocal X
        X = l["k"].to_numpy()
        return 1

    l["x"] = X * change()
    return l


def assigned_inside(l, r):
    X = l["a"].to_numpy()
    l["x"] = X * (X := l["b"].to_numpy())[0]
    return l


def of_a_list_that_grows(l, r):
    parts = [l["a"].to_numpy(), l["b"].to_numpy()]
    parts.append(l["k"].to_numpy())
    return pd.DataFrame(np.column_stack(parts), columns=["u", "v", "w"])


def of_a_choice_that_grows(l, r):
    X = l[["a", "b", "k"]].to_numpy()
    places = [0]
    places.append(2)
    return pd.DataFrame(X[:, places] * 1, columns=["u", "v"])


def of_a_column_that_data_choose(l, r):
    X = l[["a", "b"]].to_numpy()
    j = int(l["k"].max() > 5)
    l["x"] = X[:, j] * 2
    return l


def made_by_a_function(l, r):
    def f(v):
        return v * l["k"].to_numpy()

    l["x"] = f(l["a"].to_numpy())
    return l


def one_or_the_other(l, r):
    X = l["a"].to_numpy()
    l["x"] = X * 2 if len(X) > 3 else l["b"].to_numpy() * 1
    return l


def sorted_in_place(l, r):
    Z = l["a"].to_numpy() + 0
    Z.sort()
    l["x"] = Z
    return l


def sparse_changed_under_another_name(l, r):
    X = csr_matrix(l[["a", "b"]].to_numpy() + 1.0)
    other = X.tocsr()
    other.data[:2] = l["k"].to_numpy()[:2]
    return pd.DataFrame(X.toarray(), columns=["u", "v"])


def sparse_arithmetic(l, r):
    X, Y = csr_matrix(l[["a", "b"]].to_numpy()), csr_matrix(np.diag([2.0, 3.0]))
    return pd.DataFrame((X * Y).toarray(), columns=["u", "v"])


def sparse_line(l, r):
    X = csr_matrix(l[["a", "b"]].to_numpy())
    return pd.DataFrame({"u": X[:, 1].toarray().ravel(), "v": np.asarray(X.sum(axis=1)).ravel()})


def write_into(matrix, values):
    matrix.data[:2] = values.to_numpy()[:2]


def sparse_changed_by_a_function(l, r):
    X = MaxAbsScaler().fit_transform(csr_matrix(l[["a", "b"]] + 1.0))
    write_into(X, l["k"])
    return pd.DataFrame(X.toarray(), columns=["u", "v"])


def sparse_changed_by_scikit_learn(l, r):
    scaler = MaxAbsScaler()
    X = scaler.fit_transform(csr_matrix(l[["a", "b"]] + 1.0))
    inplace_csr_row_scale(X, l["k"].to_numpy() + 1.0)
    return pd.DataFrame(X.toarray(), columns=["u", "v"])


def sparse_of_the_same_memory(l, r):
    X = csr_matrix(l[["a", "b"]] + 1.0)
    Y = X.astype(float, copy=False)
    Y.data[:2] = l["k"].to_numpy()[:2]
    Z = X.toarray()
    X = None
    return pd.DataFrame(Z, columns=["u", "v"])


def sparse_given_other_values(l, r):
    scaler = MaxAbsScaler()
    X = scaler.fit_transform(csr_matrix(l[["a", "b"]] + 1.0))
    vars(X).update(data=np.repeat(l["k"].to_numpy() + 1.0, 2))
    return pd.DataFrame(X.toarray(), columns=["u", "v"])


def sparse_in_a_tuple(l, r):
    blocks = (csr_matrix(l[["a", "b"]] + 1.0), csr_matrix(l[["k"]]))
    first = blocks[0]
    first.data[:2] = l["k"].to_numpy()[:2]
    return pd.DataFrame(sparse.hstack(blocks).toarray(), columns=["u", "v", "w"])


def hstack(blocks):
    write_into(blocks[0], pd.Series([7, 8]))
    return sparse.hstack(blocks)


def sparse_joined_by_a_function_of_the_same_name(l, r):
    first, second = csr_matrix(l[["a", "b"]] + 1.0), csr_matrix(l[["k"]])
    hstack([first, second])
    return pd.DataFrame(first.toarray(), columns=["u", "v"])


def joined_into_another(l, r):
    X, Z = l[["a", "b"]].to_numpy() * 1.0, l[["k", "b"]].to_numpy() * 1.0
    Y = Z + 0.0
    np.concatenate([X], 0, Y)
    return pd.DataFrame(Y, columns=["u", "v"])


def in_a_frame_that_looks_at_itself(l, r):
    X = l["a"].to_numpy()
    names = locals()
    l["x"] = X * 2
    assert "X" in names
    return l


def recursive(l, r):
    def f(d, n):
        Z = d["a"].to_numpy() * n
        if n:
            f(d[["b", "b"]].set_axis(["a", "b"], axis=1), n - 1)
        return d.assign(x=Z)

    return f(l, 2)


UNCERTAIN = [
    changed_under_another_name, changed_through_a_view, changed_by_a_function, changed_cells,
    added_in_place, written_into, on_one_of_two_ways, added_up_in_a_loop, one_turn_late,
    of_several_types, assigned_elsewhere, assigned_inside, of_a_list_that_grows,
    of_a_choice_that_grows, of_a_column_that_data_choose, made_by_a_function, one_or_the_other,
    sorted_in_place, in_a_frame_that_looks_at_itself, recursive, sparse_line, sparse_arithmetic,
    sparse_changed_under_another_name, sparse_changed_by_a_function,
    sparse_changed_by_scikit_learn, sparse_of_the_same_memory, sparse_in_a_tuple,
    sparse_joined_by_a_function_of_the_same_name, joined_into_another,
    sparse_given_other_values,
]  # fmt: skip


@pytest.fixture
def hooks():
    with watching() as found:
        yield found


@pytest.mark.parametrize("program", EXACT, ids=lambda f: f.__name__)
def test_exactly_what_is_declared_changes_a_column(program, hooks):
    found = judge(program, hooks, n_changes=8)
    assert found.missed == {}
    assert found.idle == {}
    assert not any(found.opaque.values())


@pytest.mark.parametrize("program", UNCERTAIN, ids=lambda f: f.__name__)
def test_nothing_is_missed_where_the_source_does_not_tell(program, hooks):
    found = judge(program, hooks, n_changes=5)
    assert found.missed == {}
    assert found.idle == {}


# -- random programs --------------------------------------------------------------------------


@st.composite
def statements(draw):
    """Return lines of a program: columns and arrays are computed, given new names, changed."""
    lines = [
        "x = l['a'].to_numpy().copy()",
        "y = l['b'].to_numpy() * 1.0",
        "z = l['k'].to_numpy() + 0",
    ]
    names = st.sampled_from(["x", "y", "z"])
    lines_to_draw = st.one_of(
        st.builds("{0} = {1} * 2 + {2}".format, names, names, names),
        st.builds("{0} = np.where({1} > 3, {2}, 0)".format, names, names, names),
        st.builds("{0}, {1} = {1}, {0}".format, names, names),
        st.builds("{0} = l['{1}'].to_numpy().copy()".format, names, st.sampled_from("abk")),
        st.builds("{0}[{1} > 4] = 1".format, names, names),
        st.builds("{0} = {1}".format, names, names),
        st.builds("{0} = np.concatenate([{1}[:5], {1}[5:]])".format, names, names),
        st.builds("l['{0}'] = {1} + 1".format, st.sampled_from(["a", "u"]), names),
        st.builds("l['{0}'] = {1}".format, st.sampled_from(["b", "u"]), names),
        st.builds("if len({0}) > 2: {0} = {1} * 1".format, names, names),
        st.builds("for _ in range(2): {0} = {0} + {1}; l['v'] = {2} * 1".format, names, names,
                  names),
        st.builds("l['w'] = [l['k'], {0} * 2, {1}][{2}]".format, names, names,
                  st.integers(0, 2)),
        st.builds("{0} = np.c_[{1}, {2}][:, {3}]".format, names, names, names,
                  st.integers(0, 1)),
        st.builds("{0} = {1}[np.argsort({2})]".format, names, names, names),
        st.builds("{0} = {1} - {2}.mean()".format, names, names, names),
    )  # fmt: skip
    drawn = draw(st.lists(lines_to_draw, min_size=1, max_size=7))
    return [*lines, *drawn, "l['end'] = x + y", "l['last'] = z"]


FUNCTIONS = """
def scaled(a, b):
    return np.maximum(a * 2, b)
def with_keys(l, a):
    k = l["k"].to_numpy()
    return a * 2 + k
def change(a, b):
    a[:5] = b[:5]
class Sum:
    def __init__(self):
        self.parts = []
    def add(self, part):
        self.parts.append(part)
        return self
    def total(self):
        return sum(part * 2 for part in self.parts)
"""


@st.composite
def gathered(draw):
    """Return lines of a program that puts arrays together bit by bit."""
    lines = ["x, y = l['a'].to_numpy() * 1.0, l['b'].to_numpy() * 1.0"]
    lines += ["z = l['k'].to_numpy() + 0.5"]
    name, column = st.sampled_from("xyz"), st.sampled_from(["a", "b", "k"])
    forms = [
        "{0} = {1} * 2 + {2}", "{0} = {1}", "{0} += {1}", "{0} = np.zeros(len(l))",
        "{0}[{1} > 4] = {2}[{1} > 4]", "{0}[:5] = {1}[:5]", "v = {0}[2:]; v[:3] = {1}[:3]",
        "ps = []; ps.append({0}); ps.append(l['{3}'].to_numpy()); {1} = np.mean(ps, axis=0)",
        "ps = [{0}, {1}]; {0}[1:] = {2}[1:]; {1} = np.max(ps, axis=0)",
        "for c in '{3}a': {0} = {0} + l[c].to_numpy()", "for c in '{3}b': {0} += l[c].to_numpy()",
        "for c in 'ak': {0} = l[c].to_numpy() * 1.0; {1} += {0}; l['u'] = {1} * 1",
        "for c in 'ab': {0} = l[c].to_numpy() * 1.0; l['w' + c] = {0} + {1}; {1} = {0} * 2",
        "for c in 'bk':\n        for {0} in ({1}, {2} + 1): l['n' + c] = {0} * 2",
        "{0} = sum(l[c].to_numpy() * 2 for c in 'a{3}') * 1.0",
        "{0} = np.array([l[c].to_numpy() for c in '{3}b']).max(axis=0) * 1.0",
        "{0} = sum(v * w for v, w in zip([{1}, {2}], [2, 3]))",
        "d = dict(p={0}, q={1}); d['q'] = d['p'] * 2 + {2}; {1} = d['q'] + 1",
        "T = np.zeros((len(l), 2)); T[:, 0] = {0}; T[:, 1] = {1}; {2} = T.sum(axis=1)",
        "{0} = scaled({1}, {2})", "{0} = with_keys(l, {1})", "change({0}, {1})",
        "{0} = with_keys(l[['k', 'b']], {1}) + scaled({1}, {2})",
        "s = Sum(); s.add({0}); s.add(l['{3}'].to_numpy()); {1} = s.total() * 1.0",
        "{0} = Sum().add({1}).add({2}).total() * 1.0",
        "np.copyto({0}, {1})", "np.add({0}, {1}, out={2})", "l['{3}'] = {0} + 1",
        "if len({0}) > 2: {0} = {1} * 1", "with open(os.devnull): {0} = {1} * 3",
        "try: {0} = {1} + {2}\n    finally: {1} = {1} * 1",
        "i = 0\n    while i < 12: {0}[i:i + 6] = {1}[i:i + 6]; i += 6",
    ]  # fmt: skip
    drawn = st.builds(str.format, st.sampled_from(forms), name, name, name, column)
    lines += draw(st.lists(drawn, min_size=1, max_size=6))
    return [*lines, "l['end'] = x + y", "l['last'] = z"]


def compiled(lines):
    """Return a program of some lines, with a source that can be read."""
    body = "\n".join(f"    {line}" for line in lines)
    source = f"{FUNCTIONS}\ndef program(l, r):\n    l = l.fillna(0)\n{body}\n    return l\n"
    file = f"<random {hash(source)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    names = {"np": np, "pd": pd, "os": os}
    exec(compile(source, file, "exec", dont_inherit=True), names)
    return names["program"], file


def judge_lines(lines, seed, hooks):
    program, file = compiled(lines)
    try:
        return judge(program, hooks, seed=seed, n_changes=3)
    finally:
        del linecache.cache[file]


RANDOM = settings(
    deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@RANDOM
@given(lines=statements(), seed=st.integers(0, 96))
def test_nothing_is_missed_in_random_programs(lines, seed, hooks):
    assert judge_lines(lines, seed, hooks).missed == {}, "\n".join(lines)


@RANDOM
@given(lines=gathered(), seed=st.integers(0, 96))
def test_nothing_is_missed_of_what_is_gathered(lines, seed, hooks):
    found = judge_lines(lines, seed, hooks)
    assert found.missed == {}, "\n".join(lines)
    assert found.idle == {}, "\n".join(lines)


def test_without_a_source_nothing_is_said(hooks):
    program, file = compiled(["l['x'] = np.where(l['a'] > 3, l['b'], 0)"])
    del linecache.cache[file]
    found = judge(program, hooks, n_changes=3)
    assert found.missed == {}
    assert found.opaque["x"]


def test_with_another_source_nothing_is_said(hooks):
    program, file = compiled(["l['x'] = np.where(l['a'] > 3, l['b'], 0)"])
    lines = linecache.cache[file][2]
    changed = [line.replace("l['b']", "l['k']") for line in lines]
    linecache.cache[file] = (1, None, changed, file)
    found = judge(program, hooks, n_changes=3)
    del linecache.cache[file]
    assert isinstance(program.__code__, CodeType)
    assert found.missed == {}
    assert found.opaque["x"]
