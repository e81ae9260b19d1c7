import pytest

from lineage_stats.report._verdict import cause_sentence, metric_sentence
from lineage_stats.trace import Operation, Trace

TRACE = Trace("r", "churn", (Operation("f/g#1", "g"),))


def metric(name, value, low, high):
    band = {"low": low, "centre": (low + high) / 2, "high": high}
    return {"name": name, "value": value, "band": band, "outside": not low <= value <= high}


GOOD, LOW, HIGH = metric("auc", 0.9, 0.8, 1.0), metric("f1", 0.5, 0.8, 1.0), metric("mae", 3, 1, 2)


@pytest.mark.parametrize(
    ("state", "metrics", "sentence"),
    [
        ("anomalous", [GOOD, LOW], "f1 is 0.5, below its healthy range 0.8 to 1."),
        ("anomalous", [HIGH], "mae is 3, above its healthy range 1 to 2."),
        (
            "anomalous",
            [GOOD],
            "The run differs from healthy ones, although auc is 0.9, within its healthy range "
            "0.8 to 1.",
        ),
        ("anomalous", [], "The run differs from healthy ones."),
        (
            "healthy",
            [GOOD],
            "auc is 0.9, within its healthy range 0.8 to 1, and no operation stands out.",
        ),
        ("healthy", [], "Every measurement is as in healthy runs, and no operation stands out."),
        ("unscored", [GOOD], "1 operation of churn was recorded: auc 0.9."),
    ],
)
def test_sentences(state, metrics, sentence):
    assert metric_sentence(state, TRACE, metrics) == sentence


def test_the_explained_metric_comes_first():
    assert metric_sentence("anomalous", TRACE, [LOW, HIGH], "mae").startswith("mae is 3")


def operation(flagged):
    return {
        "operation": "f/g#1", "location": "a.py:3", "flagged": flagged, "feature": "rows_out",
        "observed": "3", "expected": "10",
    }  # fmt: skip


def test_without_an_attribution_the_first_flagged_operation_is_named():
    sentence = cause_sentence("anomalous", [operation(flagged=True)], None)
    assert sentence == "The first to look at is f/g#1 (a.py:3): rows_out is 3, expected 10."


def test_a_run_without_a_flagged_operation_says_so():
    assert "none stands out" in cause_sentence("anomalous", [operation(flagged=False)], None)


def test_a_healthy_run_has_no_cause():
    assert cause_sentence("healthy", [operation(flagged=False)], None) == ""
