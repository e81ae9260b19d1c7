import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, log_loss, silhouette_score
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score, train_test_split

from lineage_stats.features import FEATURES, feature_kind, parse_feature
from lineage_stats.hooks._measures import MOST_KEYS, model_features
from tests.recording import recording

LEFT = pd.DataFrame({"k": [1, 2, 2, 3, 4], "x": range(5)})
RIGHT = pd.DataFrame({"k": [2, 3, 9], "y": range(3)})


def features_of(step, level="profile"):
    """Return the features of the last operation of a step."""
    with recording(features=level) as recorded:
        step()
        return recorded.operations[-1].features


@pytest.mark.parametrize(
    "join",
    [
        lambda: LEFT.merge(RIGHT, on="k"),
        lambda: LEFT.merge(RIGHT),
        lambda: pd.merge(LEFT, RIGHT, how="left", on=["k"]),
        lambda: LEFT.merge(RIGHT.rename(columns={"k": "id"}), left_on="k", right_on="id"),
        lambda: LEFT.merge(RIGHT.set_index("k"), left_on="k", right_index=True),
        lambda: LEFT.join(RIGHT.set_index("k"), on="k"),
        lambda: LEFT.set_index("k").join(RIGHT.set_index("k")),
        lambda: LEFT.set_index("k").join(RIGHT.set_index("k"), on="k"),
        lambda: LEFT.set_index("k").merge(RIGHT, on="k"),
        lambda: LEFT.merge(RIGHT, left_on=LEFT["k"].to_numpy(), right_on="k"),
        lambda: LEFT.assign(j=1).merge(RIGHT.assign(j=1), on=["k", "j"]),
    ],
)
def test_a_join_tells_who_found_a_partner_and_which_keys_repeat(join):
    found = features_of(join)
    assert found["match_rate"] == 3 / 5
    assert found["match_rate@1"] == 2 / 3
    assert found["key_duplication"] == 2 / 5
    assert found["key_duplication@1"] == 0.0


def test_missing_keys_are_equal_as_they_are_for_pandas():
    left, right = pd.DataFrame({"k": [1.0, None]}), pd.DataFrame({"k": [None, 3.0]})
    found = features_of(lambda: left.merge(right))
    assert (found["match_rate"], found["match_rate@1"]) == (0.5, 0.5)


def test_missing_keys_of_nullable_types_are_equal_too():
    left, right = pd.DataFrame({"k": [1, None]}), pd.DataFrame({"k": [None, 3]})
    left, right = left.astype("Int64").set_index("k"), right.astype("Int64").set_index("k")
    found = features_of(lambda: left.merge(right, left_index=True, right_index=True))
    assert (found["match_rate"], found["match_rate@1"]) == (0.5, 0.5)


def test_indexes_that_meet_in_some_levels_have_no_rates():
    left = LEFT.assign(j=1).set_index(["k", "j"])
    found = features_of(lambda: left.join(RIGHT.set_index("k")))
    assert "match_rate" not in found
    same = features_of(lambda: left.join(RIGHT.assign(j=1).set_index(["k", "j"])))
    assert same["match_rate"] == 3 / 5


def test_of_a_large_side_only_a_sample_is_looked_at():
    many = pd.DataFrame({"k": np.arange(MOST_KEYS + 1) % 4})
    found = features_of(lambda: many.merge(RIGHT))
    assert found["match_rate"] == pytest.approx(0.5, abs=0.1)
    assert "match_rate@1" not in found
    assert "key_duplication" not in found
    assert found["key_duplication@1"] == 0.0


@pytest.mark.parametrize("how", ["cross", "asof"])
def test_a_join_without_plain_keys_has_no_rates(how):
    join = {
        "cross": lambda: LEFT.merge(RIGHT.drop(columns="k"), how="cross"),
        "asof": lambda: pd.merge_asof(LEFT, RIGHT, on="k"),
    }[how]
    assert "match_rate" not in features_of(join)


@settings(max_examples=10)
@given(
    left=st.lists(st.integers(0, 5), min_size=1, max_size=20),
    right=st.lists(st.integers(0, 5), min_size=1, max_size=20),
)
def test_rates_agree_with_the_join(left, right):
    one = pd.DataFrame({"k": left, "i": range(len(left))})
    other = pd.DataFrame({"k": right})
    found = features_of(lambda: one.merge(other))
    assert found["match_rate"] == one.merge(other)["i"].nunique() / len(left)
    assert found["key_duplication@1"] == other["k"].duplicated(keep=False).mean()


def test_a_selection_tells_how_much_it_kept():
    assert features_of(lambda: LEFT[LEFT["k"] == 2])["selectivity"] == 2 / 5
    assert "selectivity" not in features_of(lambda: LEFT.sample(9, replace=True))


def test_a_split_tells_shares_overlap_and_labels():
    x, y = pd.DataFrame({"x": range(10)}), pd.Series([0, 1] * 5)
    found = features_of(lambda: train_test_split(x, y, test_size=0.2, shuffle=False))
    assert (found["share"], found["share@1"]) == (0.8, 0.2)
    assert found["overlap@1"] == 0.0
    assert found["label_gap"] == pytest.approx(0.0)
    x.index = [0, 1] * 5
    sorted_y = y.sort_values().reset_index(drop=True)
    leaky = features_of(lambda: train_test_split(x, sorted_y, test_size=0.2, shuffle=False))
    assert leaky["overlap@1"] == 1.0
    assert leaky["label_gap"] == pytest.approx(5 / 8)
    arrays = features_of(lambda: train_test_split(x.to_numpy(), test_size=0.2))
    assert "overlap@1" not in arrays


def test_a_split_tells_what_goes_with_the_labels_whose_shares_it_keeps():
    rng = np.random.default_rng(0)
    treated = rng.random(6000) < 0.5
    table = pd.DataFrame({"bought": rng.random(6000) < 0.3 + 0.2 * treated, "treated": treated})
    table["arm"] = np.where(treated, "letter", "control")
    found = features_of(lambda: train_test_split(table, stratify=table["arm"]))
    strengths = {name: value for name, value in found.items() if "association" in name}
    assert list(strengths) == ["association[bought]"]
    assert strengths["association[bought]"] == pytest.approx(
        table["bought"].corr(table["treated"]), abs=1e-9
    )
    assert "association[bought]" not in features_of(lambda: train_test_split(table))
    groups = np.arange(6000) // 50
    assert not any(
        "association" in name
        for name in features_of(lambda: train_test_split(table, stratify=groups))
    )
    as_list = features_of(lambda: train_test_split(table, stratify=table["arm"].tolist()))
    assert as_list["association[bought]"] == strengths["association[bought]"]
    two = features_of(lambda: train_test_split(table, treated, stratify=treated))
    assert "association[bought]" not in two  # a fit tells it


def test_correlations_look_at_more_rows_of_narrow_tables():
    rng = np.random.default_rng(0)
    narrow, wide = rng.normal(size=(6000, 2)), rng.normal(size=(6000, 50))
    target = (narrow[:, 0] + rng.normal(size=6000) > 0).astype(int)
    found = features_of(lambda: LogisticRegression().fit(narrow, target))
    assert found["association[0]"] == pytest.approx(np.corrcoef(narrow[:, 0], target)[0, 1])
    wide[:, 0] = narrow[:, 0]
    found = features_of(lambda: LogisticRegression().fit(wide, target))
    assert found["association[0]"] != pytest.approx(np.corrcoef(narrow[:, 0], target)[0, 1])


def test_folds_tell_shares_and_overlap():
    x = pd.DataFrame({"x": range(10)})
    found = features_of(lambda: list(KFold(5).split(x)))
    assert (found["share"], found["share@1"], found["overlap@1"]) == (0.8, 0.2, 0.0)


X, Y = np.random.default_rng(0).normal(size=(40, 3)), np.arange(40) % 2


def test_a_fit_tells_the_size_of_the_model_and_how_it_went():
    found = features_of(lambda: LogisticRegression().fit(X, Y))
    assert found["learned_values"] >= 3 + 1
    assert found["iterations"] >= 1
    assert "association[0]" in found


def test_a_search_tells_its_folds():
    found = features_of(lambda: GridSearchCV(LogisticRegression(), {"C": [1, 2]}, cv=4).fit(X, Y))
    assert found["folds"] == 4
    assert 0 <= found["fit_score"] <= 1
    assert found["fold_sd"] >= 0
    scores = features_of(lambda: cross_val_score(LogisticRegression(), X, Y, cv=3))
    assert scores["folds"] == 3
    assert scores["fold_sd"] >= 0


def test_a_forest_counts_its_nodes():
    model = RandomForestClassifier(5, random_state=0, oob_score=True, bootstrap=True)
    with pytest.warns(UserWarning, match="OOB"):
        model.fit(X, Y)
    found = model_features(model)
    assert found["learned_values"] > sum(tree.tree_.node_count for tree in model.estimators_)
    assert found["fit_score"] == model.oob_score_


@pytest.mark.parametrize("odd", [object(), 3, LogisticRegression()])
def test_what_has_learned_nothing_has_no_features(odd):
    assert model_features(odd) == {}


def test_at_the_level_of_shapes_nothing_of_it_is_measured():
    assert "match_rate" not in features_of(lambda: LEFT.merge(RIGHT), "shape")
    fitted = features_of(lambda: LogisticRegression().fit(X, Y), "shape")
    assert not {"association[0]", "learned_values"} & set(fitted)
    assert "match_rate" in features_of(lambda: LEFT.merge(RIGHT), "full")


def test_what_is_measured_is_in_the_table():
    found = {
        **features_of(lambda: LEFT.merge(RIGHT)),
        **features_of(lambda: LogisticRegression().fit(X, Y)),
        **features_of(lambda: train_test_split(X, Y)),
    }
    assert {parse_feature(name).statistic for name in found} <= FEATURES.keys()
    assert feature_kind("match_rate@1") == "proportion"
    assert FEATURES["match_rate"].per == "rows_in"
    assert FEATURES["overlap"].per == "rows_out"


def test_a_metric_tells_what_it_compares():
    truth, guess = np.array([0, 1, 1, 0]), np.array([1, 1, 1, 0])
    found = features_of(lambda: f1_score(truth, guess))
    assert found["mean[y_true]"] == 0.5
    assert found["mean[y_pred]"] == 0.75
    assert found["nulls[y_pred]"] == 0.0
    found = features_of(lambda: f1_score(["no", "yes", "no"], ["no", "no", "no"], pos_label="yes"))
    assert found["distinct[y_true]"] == 2
    assert found["top_share[y_pred]"] == 1.0
    found = features_of(lambda: log_loss(truth, np.array([[0.2, 0.8]] * 4)))
    named = {name.partition(".")[2]: value for name, value in found.items() if "mean[" in name}
    assert named["1]"] == pytest.approx(0.8)
    wide = np.arange(60.0).reshape(6, 10)
    found = features_of(lambda: silhouette_score(wide, [0, 0, 0, 1, 1, 1]))
    assert found["mean[labels]"] == 0.5
    assert not any("[X" in name for name in found)
