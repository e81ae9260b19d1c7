import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st

from lineage_stats.features import association
from tests.odd_data import Awkward, odd_frames, state_of

GENERATOR = np.random.default_rng(3)
X = pd.DataFrame(GENERATOR.normal(size=(300, 3)), columns=["a", "b", "c"])
X["text"] = "x"
X["flag"] = X["b"] > 0
X.loc[::9, "c"] = np.nan
Y = X["a"] * 2 + GENERATOR.normal(size=300)


def correlation_ratio(x, classes):
    kept = x.notna() & classes.notna()
    x, classes = x[kept], classes[kept]
    means = x.groupby(classes, observed=True).transform("mean")
    return (((means - x.mean()) ** 2).sum() / ((x - x.mean()) ** 2).sum()) ** 0.5


def names(found):
    return {name.removeprefix("association[").removesuffix("]") for name in found}


def test_a_number_is_correlated_with_pearson():
    found = association(X, Y)
    assert names(found) == {"a", "b", "c", "flag"}
    for name in ("a", "b", "c", "flag"):
        assert found[f"association[{name}]"] == pytest.approx(X[name].astype(float).corr(Y))


@pytest.mark.parametrize("labels", [("no", "yes"), (0, 1), (False, True), (-1.0, 1.0)])
def test_two_classes_are_coded_in_sorted_order(labels):
    low, high = labels
    y = pd.Series(np.where(Y > 0, high, low))
    found = association(X, y)
    for name in ("a", "b", "c"):
        assert found[f"association[{name}]"] == pytest.approx(X[name].corr((Y > 0).astype(float)))


@pytest.mark.parametrize("dtype", [int, float, object, "category", "str", "Int64"])
def test_more_classes_have_a_correlation_ratio(dtype):
    y = pd.cut(Y, 4, labels=False).astype(dtype)
    found = association(X, y)
    for name in ("a", "b", "c"):
        assert found[f"association[{name}]"] == pytest.approx(correlation_ratio(X[name], y))


def test_missing_targets_are_left_out():
    y = Y.where(Y.index % 4 > 0)
    assert association(X, y)["association[c]"] == pytest.approx(X["c"].corr(y))
    classes = pd.cut(Y, 4, labels=list("pqrs")).astype(object).where(Y.index % 4 > 0)
    expected = correlation_ratio(X["c"], classes)
    assert association(X, classes)["association[c]"] == pytest.approx(expected)


def test_the_caller_may_say_whether_the_target_holds_classes():
    counts = pd.Series(np.arange(300) % 10)
    ratio = association(X, counts)["association[a]"]
    assert ratio == association(X, counts, discrete=True)["association[a]"]
    pearson = association(X, counts, discrete=False)["association[a]"]
    assert pearson == pytest.approx(X["a"].corr(counts))
    assert ratio != pytest.approx(pearson)


def test_all_forms_of_the_same_data_agree():
    x, y = X[["a", "b"]].to_numpy(), Y.to_numpy()
    expected = association(x, y)
    assert names(expected) == {"0", "1"}
    for other_x, other_y in [
        (scipy.sparse.csr_array(x), y), (x, y.tolist()), (x, tuple(y)), (x, y[:, None]),
        (x, pd.DataFrame({"y": y})), (np.asfortranarray(x), pd.Series(y)),
    ]:  # fmt: skip
        assert association(other_x, other_y) == pytest.approx(expected)


@pytest.mark.parametrize(
    "y",
    [None, 3, Y[:-1], np.zeros(300), [1] * 300, np.c_[Y, Y], [[1, 2]] * 300, ["a"] * 300, "a" * 300,
     [Awkward()] * 300, np.full(300, np.nan), iter(Y), Y.to_dict()],
    ids=lambda y: type(y).__name__,
)  # fmt: skip
def test_a_target_that_cannot_be_used_gives_nothing(y):
    assert association(X, y) == {}


@pytest.mark.parametrize("x", [None, [[1.0]] * 300, X["text"], X[[]], X.iloc[:0]])
def test_columns_that_cannot_be_used_give_nothing(x):
    assert association(x, Y) == {}


def test_a_column_that_does_not_vary_is_left_out():
    x = pd.DataFrame({"same": np.full(300, 0.1), "a": X["a"], "none": np.nan})
    for y in (Y, (Y > 0).map({True: "p", False: "n"}), pd.cut(Y, 3, labels=False)):
        assert names(association(x, y)) == {"a"}


def test_long_and_wide_data_is_sampled():
    x = GENERATOR.normal(size=(20_000, 150))
    found = association(x, x[:, 0] + GENERATOR.normal(size=20_000))
    assert len(found) == 100
    assert found["association[0]"] == pytest.approx(0.5**0.5, abs=0.08)
    assert abs(found["association[1]"]) < 0.15


@given(odd_frames(), odd_frames(), st.sampled_from([None, True, False]))
def test_any_data_is_measured_without_a_trace(x, target, discrete):
    targets = [target.iloc[:, i] for i in range(target.shape[1])]
    targets += [x.iloc[:, i].tolist() for i in range(x.shape[1])]
    before = state_of(x)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for y in targets:
            found = association(x, y, discrete=discrete)
            assert all(-1.0 <= value <= 1.0 for value in found.values())
            assert found == association(x, y, discrete=discrete)
    assert state_of(x) == before
