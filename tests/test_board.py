"""The file that tells worker processes which runs go on."""

from __future__ import annotations

import os

import pytest

from lineage_stats._board import Board, read_board


def test_what_is_published_is_read(tmp_path):
    board = Board(tmp_path)
    assert read_board(board.path) == []
    board.publish([{"run_id": "a"}])
    assert read_board(board.path) == [{"run_id": "a"}]
    board.publish([])
    assert read_board(board.path) == []
    assert [path.name for path in tmp_path.iterdir()] == [board.path.name]
    assert board.path.name.startswith(".running-")


def test_what_was_removed_does_not_come_back(tmp_path):
    board = Board(tmp_path)
    board.publish([])
    board.remove()
    board.publish([{"run_id": "a"}])
    board.remove()
    assert not list(tmp_path.iterdir())


def test_a_child_process_leaves_it(tmp_path, monkeypatch):
    board = Board(tmp_path)
    board.publish([])
    monkeypatch.setattr(os, "getpid", lambda: 1)
    board.remove()
    assert board.path.exists()


@pytest.mark.parametrize("text", ["", "{", "3", '["x"]'])
def test_what_is_no_board_tells_of_nothing(tmp_path, text):
    (tmp_path / "x.json").write_text(text)
    assert read_board(tmp_path / "x.json") == []


def test_a_folder_that_is_gone_is_an_error(tmp_path):
    with pytest.raises(OSError, match="No such file"):
        Board(tmp_path / "absent").publish([])
