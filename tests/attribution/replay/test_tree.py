"""Copies of a tree."""

import pytest

from lineage_stats.attribution.replay import _tree
from lineage_stats.attribution.replay._git import Repository
from lineage_stats.attribution.replay._tree import copy_file, copy_tree, digest_of, remove
from lineage_stats.exceptions import ReplayError


def files_of(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


@pytest.fixture
def project(repo):
    repo.write(main_py="one\n")
    (repo.path / ".gitignore").write_text("data/\n.venv/\nlineage_traces/\nmine/\n")
    commit = repo.commit()
    repo.write(main_py="two\n", notes_txt="n\n")
    for name in ("data/x.csv", ".venv/lib.py", "lineage_traces/r.parquet", "mine/pyvenv.cfg"):
        (repo.path / name).parent.mkdir()
        (repo.path / name).write_text(name)
    return repo.path, Repository.around(repo.path), commit


def test_a_commit_with_what_git_does_not_keep(project, tmp_path):
    root, repository, commit = project
    left = [root / "lineage_traces"]
    copy_tree(root, tmp_path / "t", repository, commit, left=left)
    assert files_of(tmp_path / "t") == [".gitignore", "data/x.csv", "main.py", "notes.txt"]
    assert (tmp_path / "t" / "main.py").read_text() == "one\n"


def test_the_work_tree_as_it_is(project, tmp_path):
    root, repository, _ = project
    copy_tree(root, tmp_path / "t", repository, None, untracked=False)
    assert files_of(tmp_path / "t") == [".gitignore", "main.py"]
    assert (tmp_path / "t" / "main.py").read_text() == "two\n"
    copy_tree(root, tmp_path / "u", repository, None, untracked=["data/x.csv"])
    assert files_of(tmp_path / "u") == [".gitignore", "data/x.csv", "main.py"]


def test_a_folder_without_git(project, tmp_path):
    root, _, _ = project
    copy_tree(root, tmp_path / "t", None, None, left=[root / "data"])
    assert files_of(tmp_path / "t") == [
        ".gitignore", "lineage_traces/r.parquet", "main.py", "notes.txt",
    ]  # fmt: skip


def test_links_stay_links_and_deleted_files_are_gone(project, tmp_path):
    root, repository, _ = project
    (root / "link").symlink_to("data")
    (tmp_path / "away").mkdir()
    (root / "out").symlink_to("../away")
    (root / "main.py").unlink()
    copy_tree(root, tmp_path / "t", repository, None)
    assert (tmp_path / "t" / "link").readlink().as_posix() == "data"
    assert (tmp_path / "t" / "out").resolve() == (tmp_path / "away").resolve()
    assert not (tmp_path / "t" / "main.py").exists()


def test_too_much_is_refused(project, tmp_path, monkeypatch):
    root, repository, _ = project
    monkeypatch.setattr(_tree, "MAX_BYTES", 10)
    with pytest.raises(ReplayError, match="Name the files that the run needs"):
        copy_tree(root, tmp_path / "t", repository, None)


def test_files_and_folders_take_the_place_of_others(tmp_path):
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "a").write_text("1")
    (tmp_path / "file").write_text("2")
    copy_file(tmp_path / "old", tmp_path / "new")
    copy_file(tmp_path / "file", tmp_path / "new" / "a")
    assert (tmp_path / "new" / "a").read_text() == "2"
    copy_file(tmp_path / "old", tmp_path / "new")
    assert (tmp_path / "new" / "a").read_text() == "1"
    remove(tmp_path / "new")
    remove(tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_digest_tells_names_and_contents(tmp_path):
    for name, text in (("a", "1"), ("b", "1"), ("c", "2")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x").write_text(text)
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "y").write_text("1")
    digests = {name: digest_of(tmp_path / name) for name in "abcd"}
    assert digests["a"] == digests["b"]
    assert len(set(digests.values())) == 3
    assert digest_of(tmp_path / "a" / "x") == digest_of(tmp_path / "b" / "x")
