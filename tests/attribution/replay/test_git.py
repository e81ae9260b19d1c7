"""Questions to git that change nothing."""

import pytest

from lineage_stats.attribution.replay._git import Repository
from lineage_stats.exceptions import ReplayError


@pytest.fixture
def two(repo):
    """A repository with two commits."""
    repo.write(main_py="a = 1\nb = 2\n", old_py="x\n", data_csv="1\n")
    (repo.path / ".gitignore").write_text("cache/\n*.bin\n")
    first = repo.commit()
    repo.write(main_py="a = 1\nb = 3\n\nc = 4\n", new_py="y\n")
    (repo.path / "old.py").unlink()
    return Repository.around(repo.path), first, repo.commit()


def test_a_repository_is_found_from_inside(two, repo, tmp_path):
    (repo.path / "sub").mkdir()
    assert Repository.around(repo.path / "sub").root == repo.path.resolve()
    (tmp_path / "none").mkdir()
    assert Repository.around(tmp_path / "none") is None


def test_commits_have_many_names(two):
    repository, first, last = two
    assert repository.commit("HEAD~1") == repository.commit(first[:8]) == first
    assert repository.commit("main") == last
    with pytest.raises(ReplayError, match="There is no commit 'v9' in"):
        repository.commit("v9")


def test_what_differs(two):
    repository, first, last = two
    assert repository.changed_files(first, last) == [
        ("M", "main.py"), ("A", "new.py"), ("D", "old.py"),
    ]  # fmt: skip
    assert repository.ranges(first, last, "main.py") == [(2, 1, 2, 3)]
    assert repository.content(first, "old.py") == b"x\n"
    assert repository.content(last, "old.py") is None


def test_the_work_tree_is_a_version(two, repo):
    repository, _, last = two
    assert not repository.differs(last)
    repo.write(main_py="a = 1\n")
    assert repository.differs(last)
    assert repository.changed_files(last, None) == [("M", "main.py")]
    assert repository.content(None, "main.py") == b"a = 1\n"
    assert repository.content(None, "old.py") is None
    assert repository.ranges(last, None, "main.py") == [(2, 3, 1, 0)]


def test_a_commit_is_written_elsewhere_and_nothing_changes(two, repo, tmp_path):
    repository, first, _ = two
    before = repo.state()
    repository.check_out(first, tmp_path / "copy", tmp_path / "index")
    assert (tmp_path / "copy" / "main.py").read_text() == "a = 1\nb = 2\n"
    assert (tmp_path / "copy" / "old.py").exists()
    assert repo.state() == before


def test_names_of_files(two, repo):
    repository, _, _ = two
    (repo.path / "cache").mkdir()
    (repo.path / "cache" / "a").write_text("")
    repo.write(model_bin="", notes_txt="")
    assert repository.tracked() == [".gitignore", "data.csv", "main.py", "new.py"]
    assert repository.untracked() == ["notes.txt", "cache/", "model.bin"]
