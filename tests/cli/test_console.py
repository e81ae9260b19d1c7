import io
import json
import math
import os
import subprocess
import sys
import time
import warnings

import numpy as np
import pytest

import lineage_stats.cli._console as module
from lineage_stats.cli._console import (
    command,
    console,
    emit_json,
    emit_text,
    plain_warnings,
    working,
)
from lineage_stats.exceptions import FewRunsWarning


def test_a_pipe_is_wide_and_without_colours(capsys):
    console().print("[bold]" + "x " * 100 + "[/bold]")
    out = capsys.readouterr().out
    assert "x " * 99 in out
    assert "\x1b" not in out


def test_json_has_no_nan_and_no_numpy(capsys):
    emit_json({"a": math.nan, "b": [np.float64(1.5), math.inf], "c": {"d": np.int64(3)}, "e": "ä"})
    text = capsys.readouterr().out
    assert json.loads(text) == {"a": None, "b": [1.5, None], "c": {"d": 3}, "e": "ä"}


def warn_of_both():
    with plain_warnings():
        warnings.simplefilter("always", UserWarning)
        for _ in range(2):
            warnings.warn("few runs", FewRunsWarning, stacklevel=1)
        warnings.warn("theirs", UserWarning, stacklevel=1)


def test_our_warnings_are_one_sentence_said_once_and_others_as_they_were(capsys):
    before = warnings.showwarning
    with pytest.warns(UserWarning, match="theirs") as seen:
        warn_of_both()
    assert len(seen) == 1
    assert capsys.readouterr().err == "Note: few runs\n"
    assert warnings.showwarning is before


def in_ascii(monkeypatch, *writers):
    """Return what goes to a stdout that knows ASCII only."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    for write in writers:
        write()
    stream.flush()
    return stream.buffer.getvalue().decode("ascii")


def test_text_goes_out_where_the_encoding_lacks_a_character(monkeypatch):
    text = in_ascii(
        monkeypatch, lambda: emit_text("0.25 \u00b1 0.09"), lambda: console().print("\u2588 ok")
    )
    assert text == "0.25 ? 0.09\n? ok\n"


def test_json_loses_no_character(monkeypatch):
    text = in_ascii(monkeypatch, lambda: emit_json({"gr\u00f6\u00dfe": 1}))
    assert json.loads(text) == {"gr\u00f6\u00dfe": 1}


@pytest.mark.skipif(os.name == "nt", reason="a pipe of Unix")
def test_a_reader_who_left_does_not_change_the_verdict(runs_folder):
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "lineage_stats", "score", "run-0-00029", "--dir", runs_folder]
    with os.fdopen(writing, "wb") as stdout:
        done = subprocess.run(
            command, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)


@pytest.mark.skipif(os.name == "nt", reason="closes a descriptor in a shell")
def test_a_closed_stdout_is_no_error(runs_folder):
    command = f'"{sys.executable}" -m lineage_stats runs "{runs_folder}" --json >&-'
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


class Terminal(io.StringIO):
    """A stream that says that somebody reads along."""

    def isatty(self):
        return True


def worked(monkeypatch, seconds):
    """Return what is shown of work of that length on a terminal, or nothing."""
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(module, "SECONDS_BEFORE_PROGRESS", 0.05)
    with working("Packing") as show:
        show(1, 2)
        time.sleep(seconds)
    return stream.getvalue()


def test_work_that_takes_its_time_is_shown(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    assert "Packing" in worked(monkeypatch, 0.4)


def test_work_inside_of_work_is_part_of_it(monkeypatch):
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(module, "SECONDS_BEFORE_PROGRESS", 0.01)
    monkeypatch.setenv("TERM", "xterm")
    with working("Checking"), working("Learning") as show:
        show(1, 2)
        time.sleep(0.3)
    assert "Checking" in stream.getvalue()
    assert "Learning" not in stream.getvalue()


def test_work_that_is_over_at_once_is_not(monkeypatch):
    monkeypatch.setattr(module, "SECONDS_BEFORE_PROGRESS", 60.0)
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    with working("Packing") as show:
        show(1, 2)
    assert stream.getvalue() == ""


def test_a_pipe_gets_no_progress(capsys):
    with working("Packing") as show:
        show(1, 2)
    assert capsys.readouterr().err == ""


def test_no_colours_where_they_are_not_wanted(monkeypatch):
    stream = Terminal()
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    console().print("[red]a[/red]")
    assert "\x1b[31m" in stream.getvalue()
    stream.truncate(0)
    monkeypatch.setenv("NO_COLOR", "1")
    console().print("[red]a[/red]")
    assert "\x1b[31m" not in stream.getvalue()


def test_an_advised_command_can_be_pasted(tmp_path):
    assert command("runs", tmp_path / "a b") == f"lineage-stats runs '{tmp_path}/a b'"


def test_what_is_known_of_the_progress_is_shown(monkeypatch):
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(module, "SECONDS_BEFORE_PROGRESS", 0.01)
    monkeypatch.setenv("TERM", "xterm")
    with working("Replaying") as show:
        show(3, 8)
        time.sleep(0.3)
    assert "Replaying (3 of 8)" in stream.getvalue()
