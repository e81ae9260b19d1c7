"""Tables as CSV files."""

import csv
import sys
from pathlib import Path

PAPER = Path(__file__).parents[2] / "paper"
sys.path.insert(0, str(PAPER))
try:
    from csv_file import write_csv
finally:
    sys.path.remove(str(PAPER))


def read(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_stamp_stands_in_every_row(tmp_path):
    path = tmp_path / "out.csv"
    write_csv([{"a": 1, "b": "x, y"}, {"a": 2, "b": ""}], path, {"commit": "abc"})
    assert read(path) == [
        {"a": "1", "b": "x, y", "commit": "abc"},
        {"a": "2", "b": "", "commit": "abc"},
    ]


def test_only_floats_are_rounded(tmp_path):
    path = tmp_path / "out.csv"
    write_csv([{"rate": 1 / 3, "n": 3, "none": None}], path, floats=".2f")
    assert read(path) == [{"rate": "0.33", "n": "3", "none": ""}]


def test_without_a_format_floats_keep_all_their_digits(tmp_path):
    path = tmp_path / "out.csv"
    write_csv([{"rate": 1 / 3}], path)
    assert float(read(path)[0]["rate"]) == 1 / 3


def test_a_table_without_rows_is_empty(tmp_path):
    path = tmp_path / "out.csv"
    write_csv([], path)
    assert read(path) == []
