"""Many more operations: whatever changes a column was declared."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.columns import judge, watching

pytestmark = pytest.mark.slow

# One letter each: the left and the right table of `tests.columns`.
# ruff: noqa: E741  (l and r are the left and the right table)


def value_counts_frame(l, r):
    return l[["s", "k"]].value_counts().reset_index()


def explode(l, r):
    l["x"] = l["s"].str.split("").str.join(",").str.split(",")
    return l[["a", "x"]].explode("x")


def cut(l, r):
    l["x"] = pd.cut(l["a"], [-1, 3, 6, 100], labels=["lo", "mid", "hi"]).astype(str)
    return l


def qcut(l, r):
    l["x"] = pd.qcut(l["a"].rank(method="first"), 3, labels=False)
    return l


def to_num(l, r):
    l["x"] = pd.to_numeric(l["k"].astype(str))
    return l


def to_dt(l, r):
    l["x"] = pd.to_datetime(l["k"] * 1000000000 * 3600 * 24 * 40).dt.month
    return l


def dummies_series(l, r):
    return pd.concat([l[["a"]], pd.get_dummies(l["s"], prefix="s")], axis=1)


def comb_first(l, r):
    return l[["a", "c"]].combine_first(l[["b", "c"]].rename(columns={"b": "a"}))


def comb(l, r):
    l["x"] = l["c"].combine_first(l["a"])
    return l


def updated(l, r):
    l.update(l[["b"]].rename(columns={"b": "c"}) * 2)
    return l


def isin(l, r):
    return l[l["k"].isin(r["k"])]


def isin_list(l, r):
    return l[l["s"].isin(["p", "q", "r"]) & ~l["a"].between(2, 4)]


def masked(l, r):
    l["x"] = l["a"].mask(l["b"] > 4, l["c"])
    return l


def nlargest(l, r):
    return l.nlargest(8, ["b", "a"])


def sort_idx(l, r):
    return l.set_index("b").sort_index()


def sort_key(l, r):
    return l.sort_values(["s", "a"], ascending=[True, False])


def reindexed(l, r):
    return l.reindex([3, 1, 5, 99])


def reindex_cols(l, r):
    return l.reindex(columns=["a", "zz", "b"])


def iloc_rows(l, r):
    return l.sort_values("a", kind="stable").iloc[2:9]


def iloc_cols(l, r):
    return l.iloc[:, [1, 2]].iloc[:, ::-1]


def iloc_one(l, r):
    l["x"] = l.iloc[:, 2] * 2
    return l


def loc_list(l, r):
    return l.loc[l["a"] > 3, ["b", "s"]]


def loc_series(l, r):
    return l.loc[l["a"] > 3, "b"].to_frame().round(1)


def concat_keys(l, r):
    return pd.concat({"x": l[["a"]], "y": r[["b"]].rename(columns={"b": "a"})}).reset_index()


def concat_series(l, r):
    return pd.concat([l["a"], r["d"]]).to_frame("v").round(1)


def concat_keys_axis1(l, r):
    return pd.concat([l["a"], l["b"] * 2], axis=1, keys=["u", "v"])


def merge_two(l, r):
    return l.merge(r, on=["k", "b"], how="left")


def merge_outer_keys(l, r):
    return l[["k", "a"]].merge(
        r[["k", "d"]].rename(columns={"k": "kk"}), left_on="k", right_on="kk", how="outer"
    )


def merge_right(l, r):
    return l[["k", "a"]].merge(r, on="k", how="right")


def merge_default(l, r):
    return l[["k", "a"]].merge(r[["k", "d"]])


def merge_cross(l, r):
    return l[["a"]].head(3).merge(r[["d"]], how="cross")


def merge_indicator(l, r):
    return l[["k", "a"]].merge(r[["k", "d"]], on="k", how="left", indicator=True)


def merge_self(l, r):
    return l[["k", "a"]].merge(l[["k", "b"]], on="k")


def prefixed(l, r):
    return l[["a", "b"]].add_prefix("p_")


def columns_set(l, r):
    l.columns = [f"c{i}" for i in range(5)]
    return l


def axis_set(l, r):
    return l[["a", "b"]].set_axis(["x", "y"], axis=1)


def rolled(l, r):
    l["x"] = l["a"].rolling(3).mean()
    return l


def rolled_frame(l, r):
    return l[["a", "b"]].rolling(2).sum()


def ewmd(l, r):
    return l[["a", "b"]].ewm(span=3).mean()


def cums(l, r):
    return l[["a", "b"]].cumsum().diff().rank()


def quant(l, r):
    l["x"] = (l["a"] > l["a"].quantile(0.5)).astype(int)
    return l


def desc(l, r):
    return l[["a", "b"]].describe().round(3)


def aggd(l, r):
    return l[["a", "b"]].agg(["mean", "max"])


def corr(l, r):
    return l[["a", "b"]].corr()


def stacked_back(l, r):
    return l.groupby(["k", "s"])["a"].sum().unstack().reset_index()


def group_multi(l, r):
    return l.groupby(["k", "s"], as_index=False)[["a"]].mean()


def group_level(l, r):
    return l.set_index("k").groupby(level="k")[["a", "b"]].sum().reset_index()


def group_first(l, r):
    return l.groupby("k", sort=False).first().reset_index()


def group_cum(l, r):
    l["x"] = l.groupby("k")["a"].cumsum() / l.groupby("k")["b"].transform("sum")
    return l


def group_count(l, r):
    l["n"] = l.groupby("s")["k"].transform("size")
    l["i"] = l.groupby("k").cumcount()
    return l


def group_nuniq(l, r):
    return l.groupby("k")["s"].nunique().reset_index(name="n")


def group_describe(l, r):
    return l.groupby("k")[["a", "b"]].describe().reset_index()


def group_agg_func(l, r):
    return l.groupby("k").agg(x=("a", lambda v: v.max() - v.min())).reset_index()


def group_attr(l, r):
    return l.groupby("k").a.sum().reset_index()


def group_idx(l, r):
    return l.loc[l.groupby("k")["a"].idxmax()]


def group_join_series(l, r):
    m = l.groupby("k")["a"].mean()
    l["x"] = l["k"].map(m)
    return l


def map_series(l, r):
    l["x"] = l["k"].map(r.drop_duplicates("k").set_index("k")["d"])
    return l


def where_frame(l, r):
    return l[["a", "b"]].where(l[["a", "b"]] > 3)


def frame_mask(l, r):
    t = l[["a", "b"]]
    return t[t > 3]


def frame_op(l, r):
    return (l[["a", "b"]] * 2 + l[["a", "b"]]).clip(0, 100)


def frame_series_op(l, r):
    return l[["a", "b"]].sub(l["k"], axis=0).clip(-50, 50)


def row_sum(l, r):
    l["x"] = l[["a", "b"]].sum(axis=1)
    return l


def row_any(l, r):
    return l[(l[["a", "b"]] > 8).any(axis=1)]


def dup(l, r):
    return l[~l.duplicated("k")]


def dups2(l, r):
    return l[~l["s"].duplicated(keep="last")]


def nulls(l, r):
    return l[l["c"].notna() & (l["a"] != 0)]


def select_types(l, r):
    return l.select_dtypes("number").fillna(0)


def filt(l, r):
    return l.filter(like="a")


def fill_series(l, r):
    l["x"] = l["c"].fillna(l["a"])
    return l


def ffill(l, r):
    return l.ffill()


def interp(l, r):
    return l[["c"]].interpolate()


def shift(l, r):
    return l.shift(1)


def scalar_from(l, r):
    m = l["a"].max()
    l["x"] = l["b"] / m
    return l


def swapped(l, r):
    l[["a", "b"]] = l[["b", "a"]].to_numpy()
    return l


def dict_assign(l, r):
    return l.assign(x=l["a"] * 2, y=lambda t: t["x"] + 1)


def augmented(l, r):
    l["a"] += l["b"]
    l["a"] *= 2
    return l


def at_set(l, r):
    l.loc[0, "a"] = 5.0
    l.at[1, "b"] = 7.0
    l.iloc[2, 3] = 1.0
    return l


def del_rows(l, r):
    return l.drop(index=l.index[l["a"] > 5])


def np_sel(l, r):
    l["x"] = np.select([l["a"] > 5, l["b"] > 5], [1, 2], 0)
    return l


def np_log(l, r):
    l["x"] = np.log1p(l["a"]).round(3)
    return l


def vals(l, r):
    l["x"] = l["a"].values
    return l


def iter_cols(l, r):
    return pd.DataFrame({c: v * 2 for c, v in l[["a", "b"]].items()})


def comp(l, r):
    for c in ["a", "b"]:
        l[c + "_z"] = (l[c] - l[c].mean()) / l[c].std()
    return l


def transposed(l, r):
    return l[["a", "b"]].head(3).T.round(1)


def dict_of_series(l, r):
    return pd.DataFrame({"x": l["a"], "y": r["d"]})


def from_series_list(l, r):
    return pd.DataFrame([l["a"].head(3), l["b"].head(3)]).round(1)


def pivoted(l, r):
    return l.drop_duplicates(["k", "s"]).pivot(index="k", columns="s", values="a").reset_index()


def pivot_many(l, r):
    return l.pivot_table(index="k", columns="s", values=["a", "b"], aggfunc="mean").reset_index()


def sampled(l, r):
    return l.sample(5, random_state=0)


def squeezed(l, r):
    l["x"] = l[["a"]].squeeze()
    return l


def str_split(l, r):
    l[["p", "q"]] = l["s"].str.cat(l["k"].astype(str), sep="-").str.split("-", expand=True)
    return l


def insert_pop(l, r):
    l.insert(0, "z", l.pop("c"))
    return l


def renamed_series(l, r):
    return pd.concat([l["a"].rename("x"), (l["b"] + 1).rename("y")], axis=1)


def merged_series(l, r):
    return l.merge(l.groupby("k")["a"].sum().rename("tot"), on="k", how="left")


def joined_series(l, r):
    return l.join(l.groupby("k")["a"].sum().rename("tot"), on="k")


PROGRAMS = [value for value in list(globals().values()) if callable(value) and (
    getattr(value, "__module__", None) == __name__
)]  # fmt: skip
N_GROUPS = 6


def test_there_are_many_programs():
    assert len(PROGRAMS) > 80


# Some ways to write a program are deprecated in the newest version and the only ones in the oldest.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("group", range(N_GROUPS))
def test_whatever_changes_a_column_is_declared(group):
    with watching() as hooks:
        missed = {
            program.__name__: judge(program, hooks, n_changes=4).missed
            for program in PROGRAMS[group::N_GROUPS]
        }
    assert {name: found for name, found in missed.items() if found} == {}
