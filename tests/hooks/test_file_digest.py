"""Digests of files that the program may have locked."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lineage_stats.hooks import _file_digest
from lineage_stats.hooks._file_digest import digest_of, state_of

fcntl = pytest.importorskip("fcntl")
OTHER = """
import fcntl, sys
with open(sys.argv[1], "r+") as file:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        print("locked")
"""


@pytest.fixture
def path(tmp_path):
    (tmp_path / "day.csv").write_text("a\n1\n")
    return str(tmp_path / "day.csv")


def is_locked(path):
    """Whether another process cannot lock a file."""
    told = subprocess.run([sys.executable, "-c", OTHER, path], capture_output=True, text=True)
    return told.stdout == "locked\n"


def test_a_file_has_the_digest_of_its_content(path):
    found = digest_of(path, state_of(path))
    assert found.startswith("blake2b:")
    assert digest_of(path, state_of(path)) == found
    Path(path).write_text("a\n2\n")
    assert digest_of(path, state_of(path)) != found
    assert _file_digest._kept == {}


def test_what_is_no_file_has_none(tmp_path, path):
    assert state_of(str(tmp_path)) is None
    assert state_of(str(tmp_path / "none")) is None
    state = state_of(path)
    Path(path).unlink()
    assert digest_of(path, state) is None


def lock_while_reading(monkeypatch, own):
    """Let the program lock its file while the recorder reads it."""
    read = _file_digest._digest

    def lock(file, state):
        fcntl.lockf(own, fcntl.LOCK_EX)
        return read(file, state)

    monkeypatch.setattr(_file_digest, "_digest", lock)


@pytest.mark.skipif(not Path(_file_digest.LOCKS).exists(), reason="locks are not told here")
class TestLocks:
    def test_a_locked_file_stays_locked(self, path):
        with Path(path).open("r+") as file:
            fcntl.lockf(file, fcntl.LOCK_EX)
            assert digest_of(path, state_of(path)) is None
            assert is_locked(path)
        assert not is_locked(path)
        assert digest_of(path, state_of(path)) is not None

    def test_one_that_is_locked_while_it_is_read_stays_locked(self, path, monkeypatch):
        with Path(path).open("r+") as own:
            lock_while_reading(monkeypatch, own)
            assert digest_of(path, state_of(path)) is not None
            assert is_locked(path)
            assert len(_file_digest._kept) == 1
        monkeypatch.undo()
        digest_of(path, state_of(path))
        assert _file_digest._kept == {}

    def test_a_number_that_the_program_has_taken_is_not_closed(self, path, tmp_path, monkeypatch):
        with Path(path).open("r+") as own:
            lock_while_reading(monkeypatch, own)
            digest_of(path, state_of(path))
            (number,) = _file_digest._kept
            os.close(number)  # as who closes all descriptors does
            other = os.open(tmp_path / "other", os.O_CREAT | os.O_RDWR)
            assert other == number
        monkeypatch.undo()
        assert digest_of(path, state_of(path)) is not None
        assert _file_digest._kept == {}
        os.close(other)

    def test_locks_of_others_do_not_matter(self, path, tmp_path):
        (tmp_path / "other").write_text("x")
        with (tmp_path / "other").open("r+") as file:
            fcntl.lockf(file, fcntl.LOCK_EX)
            assert digest_of(path, state_of(path)) is not None


def test_without_a_list_of_locks_files_are_read(path, monkeypatch):
    monkeypatch.setattr(_file_digest, "LOCKS", "/no/such/list")
    assert digest_of(path, state_of(path)) is not None


def test_who_was_forked_while_another_thread_closed_does_not_wait(path):
    with _file_digest._closing:
        assert digest_of(path, state_of(path)) is not None
    assert len(_file_digest._kept) == 1
    assert digest_of(path, state_of(path)) is not None
    assert _file_digest._kept == {}
