"""Names of files, and what a listing shows."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage_stats.storage._layout import (
    is_run_stem,
    last_stamp,
    pack_name,
    quoted,
    run_files,
    run_stem,
    stem_at,
)


def test_names_sort_as_times_do_from_the_first_year_on() -> None:
    early = -46_000_000_000 * 10**9  # in the year 512
    assert stem_at(early).startswith("0512")
    assert stem_at(early) < stem_at(0) < stem_at(10**18)


@given(st.text(max_size=300))
def test_a_quoted_name_is_a_portable_file_name(name: str) -> None:
    text = quoted(name)
    assert 1 <= len(text) <= 117
    assert not text.startswith(".")
    assert not set(text) & set('/\\:*?"<>| \0\n')
    assert text.isascii()


@given(st.text(min_size=1, max_size=8))
def test_a_short_quoted_name_can_be_read_back(name: str) -> None:
    assert unquote(quoted(name), errors="surrogatepass") == name


@given(st.lists(st.text(max_size=60), min_size=2, max_size=2, unique=True))
def test_two_names_never_become_one(names: list[str]) -> None:
    assert quoted(names[0]) != quoted(names[1])


@pytest.mark.parametrize("name", [".", "..", "../../etc", "/etc/passwd", "", "~", ".hidden"])
def test_no_name_leads_out_of_the_folder(name: str, tmp_path: Path) -> None:
    assert (tmp_path / quoted(name)).resolve().parent == tmp_path.resolve()


def test_names_that_need_no_quotes_stay() -> None:
    assert quoted("churn-model_v2.py") == "churn-model_v2.py"


def test_long_names_that_differ_at_the_end_stay_different() -> None:
    assert quoted("a" * 200 + "b") != quoted("a" * 200 + "c")


@given(st.lists(st.integers(0, 4 * 10**18), max_size=5))
def test_names_of_runs_sort_by_time(starts: list[int]) -> None:
    micro = sorted({start // 1000 for start in starts})
    stems = [run_stem(start * 1000, "r") for start in micro]
    assert stems == sorted(set(stems))


@given(st.integers(0, 4 * 10**18), st.text())
def test_the_name_of_a_run_is_known_as_one(start_ns: int, run_id: str) -> None:
    assert is_run_stem(run_stem(start_ns, run_id))


@pytest.mark.parametrize("stem", ["customers", "arrays", "20260131", "20260131T101500-orders", ""])
def test_the_name_of_other_data_is_not_that_of_a_run(stem: str) -> None:
    assert not is_run_stem(stem)


def test_name_of_a_run() -> None:
    assert run_stem(1_704_067_200_000_001_999, "a/b") == "20240101T000000.000001Z-a%2Fb"


def test_listing(tmp_path: Path) -> None:
    names = [
        "p/2-a.parquet", "p/1-b.journal", "p/2-a.journal", "p/.x.parquet", "p/notes.txt",
        "q/0-c.parquet", "3-d.parquet", ".trash/1-e.parquet", "p/deep/1-f.parquet",
    ]  # fmt: skip
    for name in names:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x")
    (tmp_path / "p" / "4-g.journal").touch()
    (tmp_path / "p" / "5-folder.parquet").mkdir()

    def listed(path: Path, pipeline: str | None = None) -> list[str]:
        return [file.path.relative_to(path).as_posix() for file in run_files(path, pipeline)]

    assert listed(tmp_path) == ["q/0-c.parquet", "p/1-b.journal", "p/2-a.parquet", "3-d.parquet"]
    assert listed(tmp_path, "p") == ["p/1-b.journal", "p/2-a.parquet", "3-d.parquet"]
    assert listed(tmp_path / "p") == ["1-b.journal", "deep/1-f.parquet", "2-a.parquet"]
    assert [f.is_journal for f in run_files(tmp_path, "p")] == [True, False, False]


def test_the_name_of_a_pack_says_when_its_last_run_began(tmp_path):
    name = pack_name(10**18, 10**18 + 5 * 10**9, "0af")
    assert name == "20010909T014640.000000Z-20010909T014645.000000Z-0af.pack"
    assert last_stamp(tmp_path / name) == "20010909T014645.000000Z"
    assert run_stem(10**18 + 5 * 10**9, "r").startswith(last_stamp(tmp_path / name))


@pytest.mark.parametrize("name", ["a.pack", "20010909T014640.000000Z-0af.pack"])
def test_names_of_packs_from_elsewhere_say_nothing(tmp_path, name):
    assert last_stamp(tmp_path / name) is None
