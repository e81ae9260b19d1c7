"""The result: what it says, and how it travels."""

from __future__ import annotations

import dataclasses
import json

import pytest

from lineage_stats.attribution import Attribution, Contribution, Evidence
from lineage_stats.exceptions import UnknownOperationError

ROWS = Evidence("rows_out", 120.0, 431.0, 420.0, 440.0, 0.8, "rows_out 120, expected 431")


def contribution(key, share, probability, *evidence, location="a.py:3"):
    return Contribution(key, "join", location, share, 0.02, probability, evidence)


def make(*contributions, value=0.6, unexplained=0.02, chance=0.05, **others):
    fields = {
        "run_id": "r9", "pipeline": "credit", "metric": "f1_score", "value": value, "center": 0.8,
        "lower": 0.77, "upper": 0.83, "noise": 0.01, "n_runs": 30, "greater_is_better": True,
        "drop": 0.8 - value, "unexplained": unexplained, "unexplained_error": 0.015,
        "unexplained_probability": chance, "contributions": contributions,
    }  # fmt: skip
    return Attribution(**{**fields, **others})


CLEAR = make(
    contribution("clean/merge#1", 0.18, 0.94, ROWS),
    contribution("load/read_csv#1", 0.0, 0.0),
)


def test_a_clear_case_names_operation_place_and_reason():
    assert CLEAR.verdict == (
        "clean/merge#1 (a.py:3) answers for 0.18 ± 0.02 of the 0.2 drop of f1_score: "
        "rows_out 120, expected 431."
    )
    assert repr(CLEAR) == f"<Attribution of f1_score in r9: {CLEAR.verdict}>"
    assert CLEAR.top.operation == "clean/merge#1"
    assert CLEAR.ranking() == ("clean/merge#1",)
    assert len(CLEAR) == len(list(CLEAR)) == 2


def test_operations_of_one_line_answer_together():
    found = make(
        contribution("map#1", 0.1, 0.5, ROWS),
        contribution("assign#1", 0.08, 0.4, ROWS),
        contribution("drop#1", 0.0, 0.0),
    )
    assert found.verdict == (
        "map#1 (a.py:3) and 1 more on its line answer for 0.18 of the 0.2 drop of f1_score: "
        "rows_out 120, expected 431."
    )


def test_an_undecided_case_lists_a_few():
    found = make(
        contribution("a#1", 0.1, 0.45, ROWS),
        contribution("b#1", 0.08, 0.4, ROWS, location=""),
        contribution("c#1", 0.001, 0.02, ROWS),
    )
    assert found.verdict == (
        "Undecided which operation answers for the 0.2 drop of f1_score: a#1 (a.py:3) (45%), "
        "b#1 (40%)."
    )


def test_a_weak_case_says_that_most_is_unexplained():
    found = make(contribution("a#1", 0.05, 0.2, ROWS), unexplained=0.15, chance=0.8)
    assert found.verdict == (
        "Most of the 0.2 drop of f1_score stays unexplained; the first to look at is a#1 (a.py:3)."
    )


def test_nothing_suspected():
    found = make(contribution("a#1", 0.0, 0.0), unexplained=0.2, chance=1.0)
    assert found.top is None
    assert found.verdict.startswith("No operation upstream explains the 0.2 drop of f1_score")
    assert make().top is None


def test_within_the_noise_there_is_no_cause():
    found = make(value=0.78)
    assert not found.is_worse
    assert found.verdict == (
        "No cause to find: f1_score is 0.78, within the healthy range 0.77 to 0.83 of 30 runs."
    )
    lower = make(value=0.9, drop=0.1, greater_is_better=False)
    assert lower.is_worse


def test_within_the_noise_it_says_where_to_look_all_the_same():
    def odd(probability, *evidence):
        first = contribution("clean/merge#1", 0.0, 0.0, *evidence)
        return make(dataclasses.replace(first, probability_if_real=probability), value=0.78)

    assert odd(0.7, ROWS).verdict.endswith(
        "of 30 runs. If it should be more than chance, look at clean/merge#1 (a.py:3): "
        "rows_out 120, expected 431."
    )
    for found in (odd(0.4, ROWS), odd(0.7)):
        assert found.verdict.endswith("of 30 runs.")
    assert odd(0.7, ROWS).to_frame()["probability_if_real"].tolist() == [0.7]


def test_the_summary_shows_shares_reasons_and_notes():
    text = dataclasses.replace(CLEAR, notes=("read this",)).summary()
    assert text.splitlines()[0] == CLEAR.verdict
    assert "f1_score 0.6, healthy 0.8 (0.77 to 0.83, 30 runs), worse by 0.2" in text
    assert "0.18      0.02    94%  clean/merge#1 (a.py:3)" in text
    assert "1 more operations upstream have no or a smaller share." in text
    assert text.endswith("Note: read this")
    assert "load/read_csv#1" not in text


def test_control_characters_in_names_are_shown_as_escapes():
    key = "a\nb\x1b[31m"
    odd = make(contribution(key, 0.18, 0.94, ROWS), metric="f1\x07")
    for text in (odd.summary(), odd.explain(key), repr(odd)):
        assert "\x1b" not in text
        assert r"a\nb\x1b[31m (a.py:3)" in text
        assert r"f1\x07" in text or text == odd.explain(key)
    assert "\n" not in repr(odd)


def test_explain_gives_the_evidence_of_one_operation():
    assert CLEAR.explain("clean/merge#1").splitlines() == [
        "clean/merge#1 (a.py:3), join",
        "  share: 0.18 ± 0.02 of 0.2",
        "  0.80  rows_out 120, expected 431",
    ]
    assert "behaved as in healthy runs" in CLEAR.explain("load/read_csv#1")
    with pytest.raises(UnknownOperationError, match=r"'x' is not upstream .* clean/merge#1, load"):
        CLEAR.explain("x")


def test_it_survives_json():
    record = json.loads(json.dumps(CLEAR.to_dict()))
    assert record["verdict"] == CLEAR.verdict
    assert Attribution.from_dict(record) == CLEAR


def test_as_a_table():
    frame = CLEAR.to_frame()
    assert frame.index.tolist() == ["clean/merge#1", "load/read_csv#1"]
    assert frame.loc["clean/merge#1", "feature"] == "rows_out"
    assert make().to_frame().empty


def test_html_is_escaped():
    found = make(contribution("<b>x</b>#1", 0.18, 0.9, ROWS, location="<script>.py:1"))
    page = found._repr_html_()
    assert "<b>x" not in page
    assert "<script>" not in page
    assert "&lt;b&gt;x" in page
    assert "unexplained" in page


def test_it_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        CLEAR.drop = 1.0


def test_an_error_that_grew_is_a_rise():
    worse = {"metric": "mean_squared_error", "value": 1.0, "drop": 0.2}
    rise = make(*CLEAR.contributions, greater_is_better=False, **worse)
    assert rise.is_worse
    assert "rise of mean_squared_error" in rise.verdict


UNDECIDED = make(contribution("a#1", 0.1, 0.45, ROWS), contribution("b#1", 0.08, 0.4, ROWS))


@pytest.mark.parametrize(
    ("found", "advised"),
    [
        (CLEAR, False),
        (UNDECIDED, True),
        (dataclasses.replace(CLEAR, unexplained=0.1), True),
        (dataclasses.replace(UNDECIDED, value=0.8), False),
        (dataclasses.replace(UNDECIDED, metric="duration"), False),
        (make(chance=1.0, unexplained=0.2), True),
    ],
)
def test_where_it_is_not_clear_the_way_to_decide_it_is_told(found, advised):
    command = f"lineage-stats replay r9 --metric {found.metric}"
    assert (found.next_step == command) is advised
    assert (command in found.summary()) is advised


def test_the_advised_command_can_be_pasted():
    second = dataclasses.replace(UNDECIDED, metric="f1_score#2")
    assert second.next_step == "lineage-stats replay r9 --metric 'f1_score#2'"
