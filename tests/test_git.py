"""Commit and branch from git's own files, and what git says of changes, if it says so in time."""

from __future__ import annotations

import os
import subprocess

import pytest

from lineage_stats._git import ChangeCheck, git_head


@pytest.fixture
def git(tmp_path):
    """A repository with one commit; call it with arguments of git."""

    def run(*arguments):
        done = subprocess.run(
            ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", *arguments],
            cwd=tmp_path, check=True, capture_output=True, text=True,
        )  # fmt: skip
        return done.stdout.strip()

    run("init", "-b", "trunk")
    (tmp_path / "a.txt").write_text("1")
    run("add", "a.txt")
    run("commit", "-m", "first")
    return run


def test_head_is_what_git_says(git, tmp_path):
    (tmp_path / "deep" / "down").mkdir(parents=True)
    expected = {"git_commit": git("rev-parse", "HEAD"), "git_branch": "trunk"}
    assert git_head(tmp_path) == git_head(tmp_path / "deep" / "down") == expected
    git("pack-refs", "--all")
    assert git_head(tmp_path) == expected
    git("checkout", "-b", "topic/x")
    assert git_head(tmp_path) == {**expected, "git_branch": "topic/x"}
    git("checkout", "--detach")
    assert git_head(tmp_path) == {"git_commit": expected["git_commit"]}


def test_head_of_a_linked_work_tree(git, tmp_path):
    git("worktree", "add", "-b", "other", "linked")
    expected = {"git_commit": git("rev-parse", "HEAD"), "git_branch": "other"}
    assert git_head(tmp_path / "linked") == expected
    git("pack-refs", "--all")
    assert git_head(tmp_path / "linked") == expected


def test_a_folder_without_git_has_no_head(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert git_head(None) == git_head(tmp_path) == git_head(tmp_path / "absent") == {}
    (tmp_path / ".git").mkdir()
    assert git_head(tmp_path) == {}
    for text in ("", "ref: refs/heads/none", "not a commit"):
        (tmp_path / ".git" / "HEAD").write_text(text)
        assert git_head(tmp_path) == {}
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / ".git").write_text("odd")
    assert git_head(tmp_path / "sub") == {}


def test_changes_are_told(git, tmp_path):
    assert ChangeCheck(str(tmp_path)).answer(30) == {"git_dirty": "false"}
    os.utime(tmp_path / "a.txt", (1, 1))
    (tmp_path / "untracked").write_text("")
    assert ChangeCheck(str(tmp_path)).answer(30) == {"git_dirty": "false"}
    (tmp_path / "a.txt").write_text("2")
    check = ChangeCheck(str(tmp_path))
    assert check.answer(30) == {"git_dirty": "true"}
    assert check.answer() == {}


def test_without_git_or_a_repository_nothing_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert ChangeCheck(None).answer(30) == {}
    assert ChangeCheck(str(tmp_path / "absent")).answer(30) == {}
    assert ChangeCheck(str(tmp_path)).answer(30) == {}
    monkeypatch.setenv("PATH", "")
    assert ChangeCheck(str(tmp_path)).answer(30) == {}


def test_a_git_that_hangs_is_not_waited_for(monkeypatch, tmp_path):
    slow = tmp_path / "git"
    slow.write_text("#!/bin/sh\nexec sleep 30\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert ChangeCheck(str(tmp_path)).answer(0.05) == {}
