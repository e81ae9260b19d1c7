"""Suspects in the code."""

from lineage_stats.attribution.replay._code import changed_code
from lineage_stats.attribution.replay._git import Repository
from lineage_stats.attribution.replay._locate import Accused

OPERATIONS = [Accused("assign#1", "main.py", 4, "", 0.9)]


def changes(repo, healthy, faulty, operations=OPERATIONS):
    """Return the changed files and the candidates between two sets of files."""
    repo.write(**healthy)
    first = repo.commit()
    for name in healthy:
        repo.git("rm", "-q", "--cached", name[::-1].replace("_", ".", 1)[::-1])
        (repo.path / name[::-1].replace("_", ".", 1)[::-1]).unlink()
    repo.write(**faulty)
    last = repo.commit()
    return changed_code(Repository.around(repo.path), first, last, operations)


def names(candidates):
    return [c.suspect.name for c in sorted(candidates, key=lambda c: c.rank)]


def test_the_piece_at_the_suspect_operation_comes_first(repo):
    healthy = {"main_py": "a = 1\n\n\nx = f(2)\n", "z_py": "q = 1\n", "readme_md": "a\n"}
    faulty = {"main_py": "a = 5\n\n\nx = f(3)\n", "z_py": "q = 2\n", "readme_md": "b\n"}
    files, candidates = changes(repo, healthy, faulty)
    assert names(candidates) == ["main.py:4", "main.py:1", "z.py:1", "readme.md:1"]
    first = min(candidates, key=lambda c: c.rank).suspect
    assert (first.kind, first.operations) == ("code", ("assign#1",))
    assert first.detail == "x = f(2) -> x = f(3)"
    main = next(file for file in files if file.path == "main.py")
    assert main.version({"main.py:4"}) == b"a = 1\n\n\nx = f(3)\n"
    assert main.version({"main.py:1"}) == b"a = 5\n\n\nx = f(2)\n"


def test_comments_are_nobody_and_stay(repo):
    files, candidates = changes(
        repo, {"main_py": "# a\nx = 1\n\ny = 1\n"}, {"main_py": "# b\nx = 1\n\ny = 2\n"}
    )
    assert names(candidates) == ["main.py:4"]
    assert files[0].version(set()) == b"# b\nx = 1\n\ny = 1\n"


def test_only_comments_are_nothing_to_revert(repo):
    files, candidates = changes(repo, {"main_py": "# a\nx = 1\n"}, {"main_py": "# b\nx = 1\n"})
    assert candidates == []
    assert files[0].version(set()) == b"# b\nx = 1\n"


def test_modules_that_come_or_go_are_there_in_every_version(repo):
    files, candidates = changes(
        repo,
        {"main_py": "import old\n", "old_py": "1\n"},
        {"main_py": "import new\n", "new_py": "2\n"},
    )
    assert names(candidates) == ["main.py:1"]
    versions = {file.path: file.version(set()) for file in files}
    assert versions == {"main.py": b"import old\n", "old.py": b"1\n", "new.py": b"2\n"}


def test_other_files_that_come_or_go_are_reverted_whole(repo):
    files, candidates = changes(
        repo, {"gone_csv": "1\n", "same_py": "1\n"}, {"made_json": "{}\n", "same_py": "1\n"}
    )
    assert names(candidates) == ["gone.csv", "made.json"]
    assert {c.suspect.kind for c in candidates} == {"data"}
    by_path = {file.path: file for file in files}
    assert by_path["gone.csv"].version(set()) == b"1\n"
    assert by_path["gone.csv"].version({"gone.csv"}) is None
    assert by_path["made.json"].version(set()) is None


def test_binary_files_are_reverted_whole(repo):
    files, candidates = changes(repo, {"a_parquet": "\0one"}, {"a_parquet": "\0two"})
    assert names(candidates) == ["a.parquet"]
    assert files[0].version(set()) == b"\0one"
    assert files[0].version({"a.parquet"}) == b"\0two"
