from pathlib import Path

import pytest
import typer

from lineage_stats import TraceStore
from lineage_stats.cli._options import DEFAULT_DIRECTORY, complete_run, directory_of, tags_of
from tests.strategies import make_traces


def test_tags_become_a_dictionary():
    assert tags_of(["a=1", "b=x=y", " c = z "]) == {"a": "1", "b": "x=y", "c": "z"}
    assert tags_of(None) == {}


@pytest.mark.parametrize("text", ["healthy", "=x", ""])
def test_what_is_no_tag_is_explained(text):
    with pytest.raises(typer.BadParameter, match="KEY=VALUE"):
        tags_of([text])


class Line:
    """What the shell knows of the command line so far."""

    def __init__(self, **params):
        self.params = params


def test_ids_of_runs_are_completed_latest_first(store):
    for trace in make_traces(3):
        TraceStore(store.path).write(trace)
    line = Line(directory=store.path)
    assert complete_run(line, "run-0") == ["run-0-00002", "run-0-00001", "run-0-00000"]
    assert complete_run(line, "") == ["latest", *complete_run(line, "run")]
    store.compact()
    assert len(complete_run(line, "run-0")) == 3


def test_nothing_is_completed_where_there_is_no_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert complete_run(Line(), "") == ["latest"]


def test_a_folder_is_an_argument_or_an_option():
    a, b = Path("a"), Path("b")
    assert directory_of(a, None) == directory_of(None, a) == directory_of(a, a) == a
    assert directory_of(None, None) == DEFAULT_DIRECTORY
    with pytest.raises(typer.BadParameter, match="'a', and 'b' with --dir"):
        directory_of(a, b)


@pytest.mark.parametrize(
    "command",
    [("runs",), ("fit",), ("drill",), ("check",), ("compact",), ("prune", "--keep-runs", 1)],
)
def test_the_option_is_what_is_read(cli, tmp_path, command):
    folder = tmp_path / "elsewhere"
    done = cli(*command, "--dir", folder)
    assert done.code == 2
    assert str(folder) in done.err
