from dataclasses import replace

from lineage_stats.report._code import code_record
from lineage_stats.trace import Operation, Trace


def run(commit, **environment):
    return Trace("r", "p", environment={"git_commit": commit, **environment})


def test_git_tells_what_changed(repository):
    folder, before, after = repository
    record = code_record(run(before), run(after), directory=folder)
    assert record == {
        "before": before, "after": after, "dirty": False, "n_files": 1,
        "added": 2, "removed": 1,
        "files": [{"path": "churn.py", "added": 2, "removed": 1}],
    }  # fmt: skip


def test_the_same_commit_has_no_files(repository):
    _, before, _ = repository
    record = code_record(run(before), run(before, git_dirty="true"))
    assert (record["n_files"], record["files"], record["dirty"]) == (0, [], True)


def test_a_repository_without_the_commits_cannot_say(tmp_path, repository):
    _, before, after = repository
    record = code_record(run(before), run(after), directory=tmp_path)
    assert (record["n_files"], record["files"]) == (None, None)
    unknown = code_record(run(before), run("0" * 40), directory=repository[0])
    assert unknown["files"] is None


def test_without_commits_there_is_nothing_to_say(repository):
    _, before, _ = repository
    assert code_record(None, run(before)) is None
    assert code_record(run(before), Trace("r", "p")) is None


def test_what_is_no_commit_never_reaches_git(repository):
    folder, before, _ = repository
    for evil in ("--output=" + "a" * 31, "--help", "HEAD", before[:10]):
        assert code_record(run(before), run(evil), directory=folder) is None
    assert not list(folder.glob("a*"))


def test_nothing_that_a_repository_configures_is_run(repository, tmp_path):
    folder, before, after = repository
    mark = tmp_path / "ran"
    (folder / ".gitattributes").write_text("*.py diff=evil\n")
    config = (folder / ".git" / "config").read_text()
    (folder / ".git" / "config").write_text(
        f'{config}[diff "evil"]\n\tcommand = touch {mark}\n\ttextconv = touch {mark}\n'
    )
    try:
        record = code_record(run(before), replace(run(after), run_id="x"), directory=folder)
    finally:
        (folder / ".git" / "config").write_text(config)
        (folder / ".gitattributes").unlink()
    assert record["n_files"] == 1
    assert not mark.exists()


def test_a_page_made_elsewhere_asks_where_the_recorded_files_lie(repository, tmp_path, monkeypatch):
    folder, before, after = repository
    call = Operation("f/a#1", "a", file=str(folder / "churn.py"))
    monkeypatch.chdir(tmp_path)
    assert code_record(run(before), replace(run(after), operations=(call,)))["n_files"] == 1
    inside = replace(call, file="churn.py")  # below a folder that nobody noted
    assert code_record(run(before), replace(run(after), operations=(inside,)))["n_files"] is None


def test_a_folder_that_is_gone_is_passed_over(repository, tmp_path, monkeypatch):
    folder, before, after = repository
    monkeypatch.chdir(folder)
    assert code_record(run(before), run(after), directory=tmp_path / "gone")["n_files"] == 1
