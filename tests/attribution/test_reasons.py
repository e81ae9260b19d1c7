"""Signs in words."""

import numpy as np

from lineage_stats.attribution._evidence import MAX_SHOWN, Evidence
from lineage_stats.attribution._files import DIGEST, FilesRead
from lineage_stats.attribution._ranking import Ranking
from lineage_stats.attribution._reasons import file_again, with_signs
from lineage_stats.trace import Operation

NAMES = ("statement", "source_traced", "edited_suspicion", "silent")


def ranking(*reasons):
    values = np.array([reasons], dtype=np.float64)
    return Ranking(("op#1",), np.array([0.9]), np.array([0.9]), 0.1, values, NAMES)


def item(feature):
    return Evidence(feature, None, None, None, None, 0.5, "something changed")


def test_what_weighs_is_said_the_heaviest_first():
    found = with_signs([], ranking(1.0, 2.0, 3.0, 0.0), 0)
    assert [e.feature for e in found] == ["columns", "statement"]
    assert "unusual where the model is fitted" in found[0].change


def test_what_is_known_is_not_said_twice():
    found = with_signs([item("statement")], ranking(1.0, 0.0, 0.0, 0.0), 0)
    assert [e.change for e in found] == ["something changed"]


def test_small_reasons_are_left_out_and_lists_stay_short():
    assert with_signs([], ranking(0.1, 0.1, 0.1, 0.1), 0) == ()
    many = [item(f"f{i}") for i in range(9)]
    assert len(with_signs(many, ranking(1.0, 1.0, 1.0, 1.0), 0)) == MAX_SHOWN


def test_a_file_that_a_run_read_before_is_told_with_that_run():
    files = FilesRead({"old": "r7", "new": "r8"}, 2)
    again = Operation("load#1", "load", "source", facts={DIGEST: "old"})
    (told,) = file_again(files, again)
    assert told.feature == DIGEST
    assert "that run r7 read" in told.change
    fresh = Operation("load#1", "load", "source", facts={DIGEST: "today"})
    assert file_again(files, fresh) == ()
    assert file_again(files, None) == file_again(None, again) == ()
