"""One version of a script, run in a copy of its tree."""

import os
import sys
from pathlib import Path

import pytest

from lineage_stats.attribution.replay import _runner
from lineage_stats.attribution.replay._code import ChangedFile
from lineage_stats.attribution.replay._memory import Memory
from lineage_stats.attribution.replay._runner import (
    Place,
    RunFailedError,
    Runner,
    Versions,
    _editable_folders,
    _python_path,
)
from lineage_stats.attribution.replay._tree import copy_tree

TELL = """
import json, os, random, sys, pathlib
facts = {
    "args": sys.argv[1:], "mode": os.environ.get("MODE"), "seed": random.random(),
    "data": pathlib.Path("data.txt").read_text(), "x": X, "hash": hash("a"),
}
pathlib.Path("facts.json").write_text(json.dumps(facts))
"""


@pytest.fixture
def make_runner(tmp_path):
    """Make a runner of a script that writes down what it sees."""
    root = tmp_path / "mine"
    root.mkdir()
    (root / "main.py").write_text("X = 2\n" + TELL)
    (root / "data.txt").write_text("new")
    (tmp_path / "old.txt").write_text("old")
    seen = []

    def read(folder):
        seen.append((folder / "facts.json").read_text())
        return 0.5

    def make(**changes):
        place = {
            "root": root, "folder": ".", "temporary": tmp_path / "t", "metric": "f1",
            "pipeline": "p", "timeout": 60.0, "metric_of": read,
        }  # fmt: skip
        versions = {
            "words": ("main.py", "--epochs", "3"),
            "changed": (ChangedFile("main.py", b"X = 1\n" + TELL.encode(), b"X = 2\n"),),
            "files": {"data.txt": ("data.txt", tmp_path / "old.txt", None)},
            "options": {"--epochs": "9"},
            "variables": {"MODE": "old"},
        }
        if not (tmp_path / "t").exists():
            copy_tree(root, tmp_path / "t" / "template", None, None)
        memory = changes.pop("memory", Memory(None))
        place |= {k: v for k, v in changes.items() if k in place}
        versions |= {k: v for k, v in changes.items() if k in versions}
        return Runner(Place(**place), Versions(**versions), memory)

    make.seen, make.root = seen, root
    return make


ALL = frozenset({"main.py", "data.txt", "--epochs", "MODE"})


def test_each_suspect_is_at_its_version(make_runner, monkeypatch):
    import json

    monkeypatch.setenv("MODE", "new")
    changed = (ChangedFile("main.py", *(f"X = {i}\n{TELL}".encode() for i in (1, 2))),)
    runner = make_runner(changed=changed)
    assert runner(ALL) == 0.5
    assert runner(frozenset()) == 0.5
    new, old = map(json.loads, make_runner.seen)
    assert (new["x"], new["data"], new["args"], new["mode"]) == (2, "new", ["--epochs", "3"], "new")
    assert (old["x"], old["data"], old["args"], old["mode"]) == (1, "old", ["--epochs", "9"], "old")
    assert new["seed"] == old["seed"]
    assert new["hash"] == old["hash"]
    assert not (make_runner.root / "facts.json").exists()
    assert sorted(p.name for p in (make_runner.root.parent / "t").iterdir()) == ["template"]


def test_a_version_is_run_once_even_by_another_process(make_runner, tmp_path):
    memory = tmp_path / "memory.jsonl"
    runner = make_runner(memory=Memory(memory), changed=())
    (tmp_path / "t" / "template" / "main.py").write_text("raise KeyError('x')")
    runner = make_runner(memory=Memory(memory), changed=())
    assert runner.recall(ALL, 0) is None
    with pytest.raises(RunFailedError, match="KeyError: 'x'"):
        runner(ALL)
    again = make_runner(memory=Memory(memory), changed=())
    assert again.recall(ALL, 0).error == "KeyError: 'x'"
    assert again.recall(ALL, 1) is None
    assert again.recall(frozenset(), 0) is None
    (tmp_path / "old.txt").write_text("older")
    assert make_runner(memory=Memory(memory), changed=()).recall(ALL, 0) is None


def test_versions_that_are_the_same_share_a_result(make_runner):
    same = (ChangedFile("new.py", None, b"1"),)
    runner = make_runner(changed=same)
    runner(ALL | {"new.py"})
    assert runner.recall(ALL, 0) is not None


def test_a_variable_can_be_taken_away(make_runner, monkeypatch):
    import json

    monkeypatch.setenv("MODE", "new")
    runner = make_runner(changed=(), variables={"MODE": None})
    (make_runner.root.parent / "t" / "template" / "main.py").write_text("X = 2\n" + TELL)
    runner(frozenset())
    assert json.loads(make_runner.seen[0])["mode"] is None


def test_a_run_that_takes_too_long_has_failed_but_is_not_remembered(make_runner, tmp_path):
    runner = make_runner(timeout=0.01, changed=())
    with pytest.raises(TimeoutError):
        runner(ALL)
    assert runner.recall(ALL, 0) is None


def test_other_commands_run_as_they_are(make_runner):
    code = "import pathlib; pathlib.Path('facts.json').write_text('{}')"
    runner = make_runner(words=(sys.executable, "-c", code), options={}, changed=())
    assert runner(ALL) == 0.5


def test_a_run_without_the_metric_has_failed(make_runner, tmp_path):
    runner = make_runner(metric_of=None, changed=())
    (tmp_path / "t" / "template" / "main.py").write_text("print('done')")
    with pytest.raises(RunFailedError, match="it ended without f1"):
        runner(ALL)


def test_modules_of_the_tree_are_taken_from_the_copy(tmp_path, monkeypatch):
    root, tree = tmp_path / "mine", tmp_path / "copy"
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(root / "src"), str(tmp_path / "lib")]))
    assert _python_path(root, tree).split(os.pathsep) == [
        str(tree / "src"),
        str(tmp_path / "lib"),
    ]


def test_packages_installed_for_development_are_found(tmp_path, monkeypatch):
    root, site = tmp_path / "mine", tmp_path / "site"
    site.mkdir()
    (site / "a.pth").write_text(f"{root}/src\nimport something\n/elsewhere\n")
    (site / "__editable___b_finder.py").write_text(f"MAPPING = {{'b': '{root}/lib/b'}}\n")
    monkeypatch.setattr(_runner.sysconfig, "get_paths", lambda: {"purelib": str(site)})
    assert set(_editable_folders(root)) == {f"{root}/src", f"{root}/lib"}
    assert Path(_editable_folders(root)[0]).is_absolute()
