"""Every operation by itself: exactly the declared sources change a column of its result."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    PolynomialFeatures,
    StandardScaler,
)

from tests.columns import judge, watching


@pytest.fixture
def hooks():
    with watching() as found:
        yield found


# One letter each: the left and the right table of `tests.columns`.
# ruff: noqa: E741  (l and r are the left and the right table)


def set_item(l, r):
    l["x"] = l["a"] + l.b
    return l


def set_filtered(l, r):
    kept = l[l["b"] > 3]
    kept = kept.copy()
    kept["x"] = l["a"]
    return kept


def set_constant(l, r):
    kept = l[l["b"] > 3].copy()
    kept["x"] = 1
    return kept[["x", "a"]]


def set_array(l, r):
    l["x"] = l["a"].to_numpy() * 2
    return l


def set_where(l, r):
    l["x"] = np.where(l["a"] > 4, l["b"], 0)
    return l


def set_ufunc(l, r):
    l["x"] = np.sqrt(l["a"]) + 1
    return l


def set_number(l, r):
    l["x"] = l["a"] - l["b"].mean()
    return l


def set_many(l, r):
    l[["a", "x"]] = l[["b", "k"]]
    return l


def set_cells(l, r):
    l.loc[l["k"] > 3, "a"] = l["b"]
    return l


def set_whole(l, r):
    l.loc[:, "x"] = l["b"] * 2
    return l


def set_masked(l, r):
    l["x"] = l["a"].where(l["b"] > 4, -1.0)
    return l


def set_by_map(l, r):
    l["x"] = l["s"].map({letter: ord(letter) for letter in "pqrstuvxyz"})
    return l


def set_by_text(l, r):
    l["x"] = l["s"].str.upper().str.cat(l["k"].astype(str))
    return l


def set_index_reset(l, r):
    return l.set_index("k").reset_index()


def set_aligned(l, r):
    l = l.set_index("k")
    l["x"] = r.drop_duplicates("k").set_index("k")["d"]
    return l.reset_index()


def in_place(l, r):
    l.dropna(subset=["c"], inplace=True)
    l.drop(columns="b", inplace=True)
    l.rename(columns={"a": "z"}, inplace=True)
    l.insert(0, "new", l["z"] * 2)
    return l


def popped(l, r):
    taken = l.pop("a")
    l["x"] = taken + 1
    del l["b"]
    return l


def group_back(l, r):
    totals = l.groupby("k").agg(total=("a", "sum"), low=("b", "min")).reset_index()
    return l.merge(totals, on="k")


def group_transform(l, r):
    l["x"] = l["a"] - l.groupby("k")["a"].transform("mean")
    return l


def group_series(l, r):
    l["x"] = l["a"].groupby(l["b"] > 4).transform("sum")
    return l


def group_sizes(l, r):
    return l.groupby(["k", "s"]).size().reset_index(name="n")


def group_dict(l, r):
    return l.groupby("s", as_index=False).agg({"a": "sum", "b": "max"})


def group_lists(l, r):
    return l.groupby("s")[["a", "b"]].agg(["mean", "max"]).reset_index()


def group_of_filtered(l, r):
    return l[l["c"] > 3].groupby("k").sum(numeric_only=True).reset_index()


def group_filtered(l, r):
    return l.groupby("k").filter(lambda part: len(part) > 2)


def group_heads(l, r):
    return l.groupby("k").head(1)


def group_shifted(l, r):
    l["x"] = l.groupby("k")["a"].shift()
    return l


def group_rolled(l, r):
    return l.groupby("k")["a"].rolling(2).sum().reset_index()


def merge_suffixes(l, r):
    return l.merge(r, on="k", suffixes=("", "_r"))


def merge_renamed(l, r):
    return l.merge(r.rename(columns={"k": "key"}), left_on="k", right_on="key", how="left")


def merge_index(l, r):
    return l.merge(r.drop_duplicates("k").set_index("k"), left_on="k", right_index=True)


def joined(l, r):
    return l.set_index("k").join(r[["k", "d"]].set_index("k")).reset_index()


def joined_on(l, r):
    return l.join(r.groupby("k")[["d"]].sum(), on="k")


def merge_asof(l, r):
    return pd.merge_asof(l.sort_values("k"), r.sort_values("k")[["k", "d"]], on="k")


def concat_below(l, r):
    return pd.concat([l[["k", "b"]], r[["k", "b", "d"]]], ignore_index=True)


def concat_beside(l, r):
    return pd.concat([l[["a"]], l["b"] * 2, l[["c"]].fillna(0)], axis=1)


def concat_filtered(l, r):
    return pd.concat([l[["a"]], l.loc[l["k"] > 2, ["b"]]], axis=1)


def made_of_columns(l, r):
    return pd.DataFrame({"x": l["a"] * 2, "y": l["b"], "z": 1.0})


def dummies(l, r):
    return pd.get_dummies(l, columns=["s"])


def dummies_prefix(l, r):
    return pd.get_dummies(l[["a", "s", "k"]], columns=["s", "k"], prefix=["p", "q"])


def pivot_table(l, r):
    return l.pivot_table(index="k", columns="s", values="a", aggfunc="sum").reset_index()


def melted(l, r):
    return l.melt(id_vars=["k"], value_vars=["a", "b"])


def counted(l, r):
    return l["s"].value_counts().reset_index()


def evaluated(l, r):
    return l.eval("x = a + b * 2")


def queried(l, r):
    return l.query("a > 2 and s != 'x'")


def centred(l, r):
    return (l[["a", "b"]] - l[["a", "b"]].mean()).clip(-100, 100)


def filled_with_means(l, r):
    return l[["a", "c"]].fillna(l[["a", "c"]].mean())


def filled_one(l, r):
    return l.fillna({"c": 0.0}).astype({"a": "int64"})


def piped(l, r):
    return l.assign(x=l["a"] / (l["b"] + 1)).pipe(lambda t: t[t["x"] > 0.5]).drop(columns="b")


def scaled(l, r):
    table = l[["a", "b"]]
    return pd.DataFrame(StandardScaler().fit_transform(table), columns=["a", "b"])


def scaled_elsewhere(l, r):
    scaler = MinMaxScaler().set_output(transform="pandas").fit(r[["d", "b"]])
    return scaler.transform(l[["a", "b"]].rename(columns={"a": "d"}))


def by_columns(l, r):
    model = ColumnTransformer(
        [
            ("num", make_pipeline(SimpleImputer(), StandardScaler()), ["c", "a"]),
            ("cat", OneHotEncoder(sparse_output=False), ["s"]),
        ]
    ).set_output(transform="pandas")
    return model.fit_transform(l)


def kept_columns(l, r):
    model = ColumnTransformer([("n", StandardScaler(), ["a"])], remainder="passthrough")
    return pd.DataFrame(model.fit_transform(l[["a", "b", "k"]]), columns=["x", "y", "z"])


def united(l, r):
    model = FeatureUnion([("s", StandardScaler()), ("m", MinMaxScaler())])
    return pd.DataFrame(model.fit_transform(l[["a", "b"]])).rename(columns=str)


def powers(l, r):
    model = PolynomialFeatures(degree=2, include_bias=False).set_output(transform="pandas")
    return model.fit_transform(l[["a", "b"]])


def components(l, r):
    return PCA(2).set_output(transform="pandas").fit_transform(l[["a", "b", "k"]])


def normalized(l, r):
    return Normalizer().set_output(transform="pandas").fit_transform(l[["a", "b"]] + 1)


def predicted(l, r):
    model = LinearRegression().fit(l[["a", "b"]], l["k"])
    return r.assign(p=model.predict(r[["d", "b"]].rename(columns={"d": "a"})[["a", "b"]]))


EXACT = [
    set_item, set_filtered, set_constant, set_ufunc, set_number, set_many, set_cells,
    set_whole, set_masked, set_by_map, set_by_text, set_index_reset, set_aligned, in_place, popped,
    group_transform, group_series, group_sizes, group_dict, group_lists,
    group_of_filtered, group_heads, group_shifted, group_rolled, merge_suffixes, merge_renamed,
    merge_index, joined, merge_asof, concat_below, concat_beside,
    made_of_columns, dummies, dummies_prefix, melted, counted, evaluated, queried,
    centred, filled_with_means, filled_one, piped, scaled, scaled_elsewhere, by_columns,
    kept_columns, united, powers, components, normalized, predicted,
]  # fmt: skip


def applied(l, r):
    l["x"] = l["a"].apply(lambda v: v * 2)
    return l


def applied_to_rows(l, r):
    l["x"] = l[["a", "b"]].apply(lambda row: row["a"] + row["b"], axis=1)
    return l


def applied_to_groups(l, r):
    return l.groupby("k")[["a", "b"]].apply(lambda part: part.sum()).reset_index()


def function_of_frame(l, r):
    return l.assign(x=lambda t: t["a"] * 2)[lambda t: t["x"] > 4]


def taken_apart(l, r):
    return pd.concat([part.head(1) for _, part in l.groupby("k")])


def transformed_by_function(l, r):
    table = FunctionTransformer(lambda t: t * 2).fit_transform(l[["a", "b"]])
    return table.rename(columns={"a": "x"})


def best_columns(l, r):
    chosen = SelectKBest(k=2).set_output(transform="pandas").fit_transform(
        l[["a", "b", "k"]], l["s"]
    )  # fmt: skip
    return chosen.set_axis(["x", "y"], axis=1)


def stacked(l, r):
    return l[["a", "b"]].stack().reset_index()


def crossed(l, r):
    return pd.crosstab(l["k"], l["s"]).reset_index()


def repeated(l, r):
    for i in range(40):
        l = l.assign(**{f"x{i % 3}": l["a"] + i})
    return l


# Their results depend on what was declared, or part of it, only for some data.
SOUND = [
    set_array, set_where, group_back, group_filtered, joined_on, concat_filtered, pivot_table,
    applied, applied_to_rows, applied_to_groups, function_of_frame, taken_apart,
    transformed_by_function, best_columns, stacked, crossed, repeated,
]  # fmt: skip


@pytest.mark.parametrize("program", SOUND, ids=lambda f: f.__name__)
def test_whatever_changes_a_column_is_declared(program, hooks):
    assert judge(program, hooks, n_changes=5).missed == {}


@pytest.mark.parametrize("program", [applied, applied_to_groups, function_of_frame])
def test_what_is_not_known_is_marked(program, hooks):
    assert any(judge(program, hooks, n_changes=1).opaque.values())


@pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning")
@pytest.mark.parametrize("program", EXACT, ids=lambda f: f.__name__)
def test_exactly_what_is_declared_changes_a_column(program, hooks):
    found = judge(program, hooks, n_changes=9)
    assert found.missed == {}
    assert found.idle == {}
    assert not any(found.opaque.values())
