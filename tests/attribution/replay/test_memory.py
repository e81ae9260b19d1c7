"""Results that survive the process."""

import pytest

from lineage_stats.attribution.replay._coalitions import Outcome
from lineage_stats.attribution.replay._memory import Memory, stable_environment


def test_results_are_found_again(tmp_path):
    path = tmp_path / "cache" / "replay.jsonl"
    memory = Memory(path)
    memory.put("a", Outcome((0.5,)))
    memory.put("b", Outcome((), "KeyError: 'x'"))
    again = Memory(path)
    assert again.get("a") == Outcome((0.5,))
    assert again.get("b").error == "KeyError: 'x'"
    assert again.get("c") is None


def test_a_line_that_was_cut_short_is_passed_over(tmp_path):
    path = tmp_path / "replay.jsonl"
    Memory(path).put("a", Outcome((0.5,)))
    with path.open("a") as file:
        file.write('{"key": "b", "val')
    Memory(path).put("c", Outcome((0.7,)))
    again = Memory(path)
    assert (again.get("a").mean, again.get("b"), again.get("c").mean) == (0.5, None, 0.7)


def test_without_a_file_it_forgets():
    memory = Memory(None)
    memory.put("a", Outcome((0.5,)))
    assert memory.get("a").mean == 0.5
    assert Memory(None).get("a") is None


def test_a_file_that_cannot_be_written_is_no_failure(tmp_path):
    (tmp_path / "file").write_text("")
    memory = Memory(tmp_path / "file" / "replay.jsonl")
    memory.put("a", Outcome((0.5,)))
    assert memory.get("a").mean == 0.5


@pytest.mark.parametrize(("name", "counts"), [("MODE", True), ("SHLVL", False), ("LC_ALL", False)])
def test_only_variables_that_say_something_count(monkeypatch, name, counts):
    monkeypatch.setenv(name, "changed")
    assert (name in stable_environment()) is counts
