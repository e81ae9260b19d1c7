"""What a replayed attribution says, and how it is kept."""

import json
import math

from lineage_stats.attribution import ReplayAttribution, ReplayedRun, Suspect
from lineage_stats.attribution._attribution import Contribution

NAMES = ("features.py:41", "orders.csv")


def made(**changes):
    contributions = tuple(
        Contribution(name, kind, "", share, 0.0, probability)
        for name, kind, share, probability in (
            (NAMES[0], "code", 0.35, 1.0), (NAMES[1], "data", 0.0, 0.0),
        )
    )  # fmt: skip
    given = {
        "run_id": "r57", "pipeline": "churn", "metric": "f1_score", "value": 0.62,
        "center": 0.98, "lower": 0.97, "upper": 0.99, "noise": 0.004, "n_runs": 40,
        "greater_is_better": True, "drop": 0.36, "unexplained": 0.01, "unexplained_error": 0.0,
        "unexplained_probability": 0.0, "contributions": contributions,
        "suspects": (
            Suspect(NAMES[0], "code", ("features/assign#1",), "amount / 100 -> amount"),
            Suspect(NAMES[1], "data"),
        ),
        "runs": (
            ReplayedRun((), 0.62),
            ReplayedRun((NAMES[0],), 0.981, 0.004, 3, "", 12.0),
            ReplayedRun((NAMES[1],), math.nan, error="KeyError: 'amount'"),
            ReplayedRun(NAMES, 0.97),
        ),
        "replayed": 0.62, "restored": 0.97, "cure": (NAMES[0],), "cured": 0.981,
        "cured_error": 0.004, "before_replay": ("features/assign#1",),
    }  # fmt: skip
    return ReplayAttribution(**{**given, **changes})


def test_the_verdict_is_the_verified_sentence():
    assert made().verdict == (
        "features.py:41 answers for 0.35 of the 0.36 drop of f1_score: with it reverted f1_score "
        "returns to 0.981 ± 0.004 (healthy: 0.97 to 0.99)."
    )


def test_the_summary_shows_both_versions_what_broke_and_what_was_run():
    text = made().summary()
    assert "amount / 100 -> amount" in text
    assert "6 runs in 12 s of their time; all coalitions were run." in text
    assert "It breaks down with orders.csv reverted: KeyError: 'amount'" in text
    (line,) = (line for line in text.splitlines() if line.endswith("  orders.csv"))
    assert "breaks" in line


def test_one_line_stands_for_it():
    assert repr(made()).startswith("<Attribution of f1_score in r57: features.py:41 answers")


def test_it_survives_json():
    before = made()
    after = ReplayAttribution.from_dict(json.loads(json.dumps(before.to_dict())))
    assert json.dumps(after.to_dict()) == json.dumps(before.to_dict())
    assert after.suspects == before.suspects
    assert after.verdict == before.verdict


def test_values_that_were_no_numbers_come_back_as_such():
    record = made(restored=math.nan).to_dict()
    record["restored"] = None
    record["runs"][2]["value"] = None
    after = ReplayAttribution.from_dict(record)
    assert math.isnan(after.restored)
    assert math.isnan(after.runs[2].value)


def test_the_runs_are_a_table():
    frame = made().runs_frame()
    assert frame[NAMES[0]].tolist() == [False, True, False, True]
    assert frame["n_seeds"].tolist() == [1, 3, 1, 1]


def test_a_replay_that_broke_down_is_not_reproduced():
    assert not made(replayed=math.nan).is_reproduced
    assert made().is_reproduced
    assert not made(replayed=0.975).is_reproduced


def test_a_small_drop_is_reproduced_by_half_of_it():
    small = made(value=0.975, drop=0.005, replayed=0.979)
    assert not small.is_worse
    assert not small.is_reproduced
    assert made(value=0.975, drop=0.005, replayed=0.976).is_reproduced


def test_suspects_that_bring_nothing_back():
    text = made(cure=(), contributions=(), restored=0.62).verdict
    assert "reverting the suspect leaves f1_score at 0.62" in text
    broken = made(cure=(), restored=math.nan).verdict
    assert "reverting all 2 suspects breaks down" in broken


def test_what_was_run_again_needs_no_such_advice():
    assert made(unexplained=0.3).next_step == ""


def test_where_the_run_as_it_was_has_no_metric_nothing_is_concluded():
    as_it_was = ReplayedRun((), math.nan, error="TypeError: takes no argument")
    text = made(cure=(), replayed=math.nan, runs=(as_it_was,)).verdict
    assert "cannot be replayed" in text
    assert "there is no f1_score (TypeError: takes no argument); with all 2 suspects" in text
    assert "f1_score is 0.97. Nothing can be compared" in text
    text = made(cure=(), replayed=math.nan, restored=math.nan, runs=()).verdict
    assert "there is no f1_score; with all 2 suspects reverted there is none either" in text


def test_what_was_not_run_is_not_said_to_change_nothing():
    runs = made().runs
    text = made(cure=()).verdict
    assert "0.35 ± 0 of the 0.36 drop of f1_score, but reverting it does not bring" in text
    text = made(cure=(), runs=(runs[0], runs[3])).verdict
    assert "as far as was run; f1_score with it alone reverted was not; with all 2" in text
    broken = ReplayedRun((NAMES[0],), math.nan, error="KeyError: 'amount'")
    text = made(cure=(), runs=(runs[0], broken, runs[3])).verdict
    assert "with it alone reverted there is no f1_score (KeyError: 'amount'); with all" in text
