from lineage_stats.report._sections import MAX_NUMBERS, evidence_rows, grouped_changes
from tests.strategies import MERGE


def test_the_card_says_all_that_is_known(full_report, repository):
    _, before, after = repository
    rows = {label: text for label, text, _ in evidence_rows(full_report)}
    assert rows["Operation"] == MERGE
    assert rows["Where"] == "churn.py:16"
    assert "\u00b1" in rows["Share"]
    assert rows["Share"].endswith("drop of f1_score")
    assert rows["Healthy"].endswith(", from 30 runs")
    assert rows["Since"] == "this run"
    assert rows["Code"] == f"{before[:10]} \u2192 {after[:10]}: 1 file, +2 \u22121 lines"


def card(full_report, **values):
    evidence = {**full_report["verdict"]["evidence"], **values}
    report = {**full_report, "verdict": {**full_report["verdict"], "evidence": evidence}}
    return {label: text for label, text, _ in evidence_rows(report)}


def test_it_says_what_git_could_not(full_report):
    code = full_report["verdict"]["evidence"]["code"]
    unknown = card(full_report, code={**code, "files": None, "n_files": None, "dirty": True})
    assert "not found in the git repository at hand" in unknown["Code"]
    assert "with changes that were not committed" in unknown["Code"]
    same = card(full_report, code={**code, "before": code["after"], "files": [], "n_files": 0})
    assert same["Code"].startswith("same commit as the last healthy run")
    assert card(full_report, code=None)["Code"] == "commits were not recorded"


def test_it_says_since_when(full_report):
    since = {"run_id": "r7", "start": "2024-03-05T06:07:08+00:00", "n_runs": 4}
    text = card(full_report, since=since)["Since"]
    assert text == "2024-03-05 06:07 UTC, run r7: 4 runs in succession"


def test_without_evidence_there_is_no_card(full_report):
    report = {**full_report, "verdict": {**full_report["verdict"], "evidence": None}}
    assert evidence_rows(report) == []


def change(kind, operation="f/g#1", name="a", before="1", after="2", size=None):
    return {
        "kind": kind, "operation": operation, "name": name, "before": before, "after": after,
        "location": "", "size": size,
    }  # fmt: skip


def grouped(*changes):
    return {g["title"]: g for g in grouped_changes({"changes": list(changes)})}


def test_the_program_comes_first_and_empty_groups_are_left_out():
    found = grouped(change("profile", size=2.0), change("parameter"), change("added", name=""))
    assert list(found) == ["Operations", "Code and parameters", "Profile"]


def test_a_number_that_is_passed_on_is_one_row():
    (row,) = grouped(change("profile"), change("profile", "f/h#1"))["Profile"]["rows"]
    assert (row["operation"], row["also"]) == ("f/g#1", 1)
    added = grouped(change("added", "a", ""), change("added", "b", ""))["Operations"]["rows"]
    assert [row["operation"] for row in added] == ["a", "b"]


def test_the_largest_changes_are_shown_and_the_others_counted():
    many = [change("profile", name=f"c{i}", size=float(i)) for i in range(MAX_NUMBERS + 7)]
    group = grouped(*many)["Profile"]
    assert group["rows"][0]["name"] == f"c{MAX_NUMBERS + 6}"
    assert (len(group["rows"]), group["more"]) == (MAX_NUMBERS, 7)


def test_without_an_earlier_run_there_are_no_groups():
    assert grouped_changes(None) == []
