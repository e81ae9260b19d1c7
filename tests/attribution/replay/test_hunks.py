"""Pieces of code that can be put back one by one."""

import difflib
import itertools

from hypothesis import given
from hypothesis import strategies as st

from lineage_stats.attribution.replay._hunks import compose, hunks_of, is_silent


def ranges(old, new):
    """Return ranges as git writes them."""
    matcher = difflib.SequenceMatcher(None, old.splitlines(True), new.splitlines(True), False)
    return [
        (i1 + (i2 > i1), i2 - i1, j1 + (j2 > j1), j2 - j1)
        for tag, i1, i2, j1, j2 in matcher.get_opcodes()
        if tag != "equal"
    ]


def hunks(old, new):
    return hunks_of(old.encode(), new.encode(), ranges(old, new))


lines = st.lists(st.sampled_from(["a = 1\n", "b = 2\n", "c(\n", ")\n", "\n", "x\n"]), max_size=9)


@given(lines, lines)
def test_all_pieces_give_the_faulty_file_and_none_the_healthy_one(old_lines, new_lines):
    old, new = "".join(old_lines), "".join(new_lines)
    found = hunks(old, new)
    assert compose(old.encode(), found, []) == old.encode()
    assert compose(old.encode(), found, found) == new.encode()


OLD = "import a\n\nx = 1\ny = 2\n\n\ndef f():\n    return x\n"
NEW = "import a\n\nx = 10\ny = 20\n\n\ndef f():\n    # why\n    return x\n"


def test_statements_side_by_side_are_pieces_of_their_own():
    found = hunks(OLD, NEW)
    assert [list(h.lines) for h in found] == [[3], [4], [8]]
    assert [h.detail for h in found[:2]] == ["x = 1 -> x = 10", "y = 2 -> y = 20"]
    texts = {
        compose(OLD.encode(), found, chosen)
        for n in range(4)
        for chosen in itertools.combinations(found, n)
    }
    assert len(texts) == 8


def test_lines_of_one_statement_stay_together():
    (found,) = hunks("f(\n  1,\n  2)\n", "f(\n  3,\n  4)\n")
    assert found.detail == "1, (2 lines) -> 3, (2 lines)"


def test_a_piece_that_leaves_the_program_as_it_is():
    found = hunks(OLD, NEW)
    silent = [is_silent(OLD.encode(), NEW.encode(), found, hunk) for hunk in found]
    assert silent == [False, False, True]


def test_docstrings_and_layout_are_silent_too():
    old, new = '"""A."""\nx = [1, 2]\n', '"""B."""\nx = [1,\n     2]\n'
    found = hunks(old, new)
    assert all(is_silent(old.encode(), new.encode(), found, hunk) for hunk in found)


def test_what_does_not_parse_is_never_silent():
    old, new = "x = 1\n", "x = (\n"
    assert not is_silent(old.encode(), new.encode(), hunks(old, new), hunks(old, new)[0])


def test_a_deletion_shows_where_it_was():
    (found,) = hunks("a\nb\nc\n", "a\nc\n")
    assert list(found.lines) == [1, 2]
    assert found.detail == "b -> (nothing)"


def test_long_lines_are_cut():
    (found,) = hunks("x\n", f"y = '{'z' * 200}'\n")
    assert len(found.detail) < 80
