import re
import sys

import pytest

from lineage_stats.cli._table import Column, print_table

COLUMNS = (Column("name"), Column("n", right=True, leaves=2), Column("where", leaves=1))
ROWS = [["x" * 30, "1", "a.py:1"], ["y", "[bold]22[/bold]", "b" * 30]]


@pytest.fixture
def terminal(monkeypatch):
    """Pretend that stdout is a terminal of that width."""

    def make(width):
        monkeypatch.setenv("COLUMNS", str(width))
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    return make


def plain(text):
    return re.sub(r"\x1b\[[\d;]*m", "", text)


def test_a_pipe_gets_whole_lines_however_long(capsys):
    print_table(COLUMNS, [["x" * 300, "1", "y" * 300]])
    out, err = capsys.readouterr()
    assert f"{'x' * 300}   1   {'y' * 300}\n" in out
    assert err == ""


def test_a_wide_terminal_gets_everything(capsys, terminal):
    terminal(100)
    print_table(COLUMNS, ROWS)
    out, err = capsys.readouterr()
    assert len(plain(out).splitlines()) == 2 + len(ROWS)
    assert "b" * 30 in out
    assert err == ""


@pytest.mark.parametrize(("width", "left_out"), [(66, "n"), (40, "where")])
def test_a_narrow_one_gets_fewer_columns_and_a_note(capsys, terminal, width, left_out):
    terminal(width)
    print_table(COLUMNS, ROWS)
    out, err = capsys.readouterr()
    lines = plain(out).splitlines()
    assert len(lines) == 2 + len(ROWS)
    assert all(len(line) <= width for line in lines)
    assert err == f"No room for: {left_out}. --json has everything.\n"


def test_a_wide_one_that_leaves_gives_its_room_back(capsys, terminal):
    terminal(60)
    columns = (
        Column("run"),
        Column("start", leaves=2),
        Column("metrics", leaves=1),
        Column("tags", leaves=3),
    )
    print_table(columns, [["a1b2", "2026-01-31", "f1 0.5, " * 20, "status=healthy"]])
    out, err = capsys.readouterr()
    assert "2026-01-31" in out
    assert "status=healthy" in out
    assert err == "No room for: metrics. --json has everything.\n"


def test_what_must_stay_is_cut_and_never_wrapped(capsys, terminal):
    terminal(20)
    print_table(COLUMNS, ROWS)
    lines = plain(capsys.readouterr().out).splitlines()
    assert len(lines) == 2 + len(ROWS)
    assert lines[2].rstrip().endswith("\u2026")


def test_no_color_is_honoured(capsys, terminal, monkeypatch):
    terminal(100)
    monkeypatch.setenv("NO_COLOR", "1")
    print_table((Column("name"),), [["[red]alarm[/red]"]])
    assert "\x1b[31m" not in capsys.readouterr().out
