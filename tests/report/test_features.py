import math

from lineage_stats.report._features import MAX_FEATURES, feature_records
from lineage_stats.trace import Operation, Trace

STEP = Operation("f/g#1", "g", features={"mean[a]": 1.0, "sd[a]": math.nan}, file="a.py", line=3)


def cell(feature, score, *, flagged=False, kind="real", operation="f/g#1"):
    return {
        "operation": operation, "feature": feature, "kind": kind, "value": 2.0, "observed": "2",
        "expected": "1", "lower": 0.0, "upper": 1.5, "score": score, "flagged": flagged,
        "location": "a.py:3",
    }  # fmt: skip


def test_without_a_score_the_run_s_own_numbers_are_listed():
    n, (feature,) = feature_records(Trace("r", "p", (STEP,)), [])["f/g#1"]
    assert n == 1
    assert (feature["feature"], feature["value"], feature["low"]) == ("mean[a]", 1.0, None)


def test_flagged_ones_come_first_then_the_most_abnormal():
    cells = [cell("a", 1.0), cell("b", 3.0), cell("c", 2.0, flagged=True)]
    n, features = feature_records(Trace("r", "p", (STEP,)), cells)["f/g#1"]
    assert n == 3
    assert [f["feature"] for f in features] == ["c", "b", "a"]
    assert (features[0]["low"], features[0]["high"]) == (0.0, 1.5)


def test_a_category_has_no_number():
    _, (feature,) = feature_records(Trace("r", "p", (STEP,)), [cell("p", 1, kind="category")])[
        "f/g#1"
    ]
    assert (feature["value"], feature["observed"]) == (None, "2")


def test_after_an_insertion_the_place_tells_whose_features_they_are():
    cells = [cell("a", 1.0, operation="f/g#4")]
    assert list(feature_records(Trace("r", "p", (STEP,)), cells)) == ["f/g#1"]


def test_features_are_few_and_all_counted():
    cells = [cell(f"c{i}", float(i)) for i in range(MAX_FEATURES + 5)]
    n, features = feature_records(Trace("r", "p", (STEP,)), cells)["f/g#1"]
    assert (n, len(features)) == (MAX_FEATURES + 5, MAX_FEATURES)
