"""Changes are planted where they belong, and every line can be traced to where it came from."""

from pathlib import Path

import pytest
from corpus.interface import Fault
from corpus.planting import PlantingError, Sources, can_be_combined, check
from hypothesis import given
from hypothesis import strategies as st

MAIN = """import pandas as pd

def load():
    table = pd.read_csv(
        "a.csv",
        sep=";",
    )
    if len(table) > 3:
        table = table.dropna()
    return table

table = load()
print(table.mean())
"""
READ = (("main.py", '"a.csv"'),)


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    (tmp_path / "main.py").write_text(MAIN, encoding="utf-8")
    (tmp_path / "faults.py").write_text("FAULTS = []", encoding="utf-8")
    return Sources.read(tmp_path)


def lines(*numbers: int) -> frozenset[tuple[str, int]]:
    return frozenset(("main.py", number) for number in numbers)


def test_only_the_modules_of_the_pipeline_are_read(sources):
    assert list(sources.texts) == ["main.py"]


def test_a_folder_without_a_script_is_told(tmp_path):
    with pytest.raises(PlantingError, match=r"no main\.py"):
        Sources.read(tmp_path)


def test_the_truth_is_the_whole_statement(sources):
    assert sources.statements(READ) == lines(4, 5, 6, 7)


def test_of_a_compound_statement_the_truth_is_the_head(sources):
    assert sources.statements([("main.py", "len(table) > 3")]) == lines(8)
    assert sources.statements([("main.py", "dropna")]) == lines(9)


@pytest.mark.parametrize("snippet", ["table = ", "nowhere", ""])
def test_a_text_must_occur_once(sources, snippet):
    with pytest.raises(PlantingError, match="must occur once"):
        sources.with_edits([("main.py", snippet, "x")])
    with pytest.raises(PlantingError, match="must occur once"):
        sources.statements([("main.py", snippet)])


def test_a_file_must_be_there(sources):
    with pytest.raises(PlantingError, match=r"no file other\.py, only main\.py"):
        sources.with_edits([("other.py", "a", "b")])


def test_what_no_longer_compiles_is_told(sources):
    with pytest.raises(PlantingError, match=r"main\.py does not compile"):
        sources.with_edits([("main.py", "return table", "return (table")])


def test_a_line_edited_in_place_comes_from_itself(sources):
    broken = sources.with_edits([("main.py", "> 3", "> 9")])
    assert broken.coming_from(lines(8)) == lines(8)
    assert broken.coming_from(lines(9)) == lines(9)


def test_lines_after_an_insertion_move(sources):
    edit = ("main.py", "table = load()\n", "table = load()\ntable = table.copy()\n")
    broken = sources.with_edits([edit])
    assert sources.edited([edit]) == lines(12)
    assert broken.coming_from(lines(12)) == lines(12, 13)
    assert broken.coming_from(lines(13)) == lines(14)
    assert broken.texts["main.py"].splitlines()[13] == "print(table.mean())"


def test_lines_after_a_removal_move(sources):
    edit = ("main.py", "        table = table.dropna()\n    return", "        pass\n    return")
    assert sources.with_edits([edit]).coming_from(lines(12)) == lines(12)
    edit = ("main.py", '        "a.csv",\n        sep=";",\n', '        "a.csv",\n')
    broken = sources.with_edits([edit])
    assert broken.coming_from(sources.statements(READ)) == lines(4, 5, 6)
    assert broken.coming_from(lines(12)) == lines(11)


@given(
    st.integers(0, 11).flatmap(lambda i: st.tuples(st.just(i), st.integers(1, 3))),
    st.integers(0, 4),
)
def test_every_line_that_was_not_edited_is_found_again(place, n_new):
    first, n_old = place
    text = "".join(f"x{i} = {i}\n" for i in range(14))
    old = "".join(f"x{i} = {i}\n" for i in range(first, first + n_old))
    new = "".join(f"y{i} = {i}\n" for i in range(n_new)) or "pass\n"
    origins = tuple(frozenset({i}) for i in range(1, 16))
    broken = Sources({"main.py": text}, {"main.py": origins}).with_edits([("main.py", old, new)])
    texts = broken.texts["main.py"].splitlines()
    for i in range(14):
        ((_, line), *others) = broken.coming_from(lines(i + 1)) or [(None, None)]
        if not first <= i < first + n_old:
            assert texts[line - 1] == f"x{i} = {i}"
            assert not others


def test_changes_at_different_places_can_be_combined(sources):
    fault = Fault("filter_strict", "clear", (("main.py", "> 3", "> 9"),), truth=READ)
    other = Fault("harmless_change", "clear", (("main.py", "mean()", "sum()"),), cls="none")
    assert can_be_combined(sources, fault, other)
    assert not can_be_combined(sources, fault, fault)
    there = Fault("dropped_eagerly", "clear", (("main.py", '";"', '","'),), truth=READ)
    assert not can_be_combined(sources, fault, there), "both are to blame at one statement"
    one = Fault("threshold_changed", "clear", config={"a": 1}, truth=READ)
    assert not can_be_combined(sources, one, Fault("harmless_change", "clear", config={"a": 2},
                                                   cls="none"))  # fmt: skip


def test_an_edit_that_changes_nothing_is_told(sources):
    fault = Fault("filter_strict", "clear", (("main.py", "> 3", "> 3"),), truth=READ)
    with pytest.raises(PlantingError, match="leave the sources as they are"):
        check(sources, fault)


def test_sources_are_written_to_a_folder_of_their_own(sources, tmp_path):
    folder = sources.write(tmp_path / "out")
    assert (folder / "main.py").read_text(encoding="utf-8") == MAIN
    assert sources.with_edits([("main.py", "> 3", "> 9")]).write(tmp_path / "out") != folder


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "nonsense"}, "kind must be one of"),
        ({"severity": "huge"}, "severity must be one of"),
        ({"cls": "C2"}, "cls must be one of"),
        ({"edits": ()}, "changes nothing"),
        ({"truth": ()}, "a fault has a truth"),
        ({"kind": "operation_inserted"}, "for kinds of family 'harmless'"),
    ],
)
def test_a_fault_that_contradicts_itself_is_told(options, message):
    given = {"kind": "filter_strict", "severity": "clear", "edits": (("a", "b", "c"),)}
    with pytest.raises(ValueError, match=message):
        Fault(**{**given, "truth": READ, **options})
