"""Which file was read or written: never its content, never a secret, never an error."""

from __future__ import annotations

import io
import os
import pathlib
import sqlite3
import tempfile
import threading
import zipfile

import pandas as pd
import pytest

from lineage_stats.hooks import _file_digest, _files
from lineage_stats.hooks._files import file_facts, without_secrets
from tests.recording import recording


def test_a_file_is_known_by_path_size_time_and_content(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a\n1\n")
    os.utime(path, ns=(0, 1_000_000_123))
    facts = dict(file_facts({"filepath_or_buffer": path}))
    assert list(facts) == ["file[path]", "file[size]", "file[modified]", "file[digest]"]
    assert facts["file[path]"] == str(path)
    assert facts["file[size]"] == "4"
    assert facts["file[modified]"] == "1970-01-01T00:00:01.000000123Z"
    assert facts["file[digest]"].startswith("blake2b:")
    copy = tmp_path / "copy"
    copy.write_text("a\n1\n")
    assert file_facts({"path": str(copy)})["file[digest]"] == facts["file[digest]"]
    copy.write_text("a\n2\n")
    assert file_facts({"path": str(copy)})["file[digest]"] != facts["file[digest]"]


def test_a_large_file_is_sampled_and_that_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(_file_digest, "WHOLE_BYTES", 1000)
    monkeypatch.setattr(_file_digest, "SAMPLE_BYTES", 16)
    path = tmp_path / "large"
    digests = []
    for content in (b"x" * 1000, b"x" * 1001, b"x" * 1000 + b"y", b"y" + b"x" * 1000, b"x" * 9999):
        path.write_bytes(content)
        digests.append(file_facts({"io": path})["file[digest]"])
    assert [d.partition(":")[0] for d in digests] == ["blake2b", *["blake2b-sampled"] * 4]
    assert len(set(digests)) == 5


def test_a_file_that_has_changed_meanwhile_has_no_digest(tmp_path):
    path = tmp_path / "a"
    old = "x" * (_files.READ_AT_ONCE + 1)
    path.write_text(old)
    facts = file_facts({"path": path})
    path.write_text("newer")
    assert facts["file[size]"] == str(len(old))
    assert "file[digest]" not in facts
    path.write_text(old)
    gone = file_facts({"path": path})
    path.unlink()
    assert "file[digest]" not in gone


def test_the_content_of_a_small_file_is_read_before_the_program_deletes_it(tmp_path):
    path = tmp_path / "a"
    path.write_text("old")
    facts = file_facts({"path": path})
    path.unlink()
    assert facts["file[digest]"].startswith("blake2b:")


def test_the_content_of_a_larger_file_is_not_read_in_the_programs_thread(tmp_path, monkeypatch):
    readers = []

    def digest_of(path, state):
        readers.append(threading.current_thread() is threading.main_thread())
        return _file_digest.digest_of(path, state)

    monkeypatch.setattr(_files, "digest_of", digest_of)
    path = tmp_path / "a.csv"
    path.write_text("a\n" + "1\n" * _files.READ_AT_ONCE)
    with recording() as run:
        pd.read_csv(path)
        assert readers == []
        thread = threading.Thread(target=run.recorder.flush)
        thread.start()
        thread.join()
    assert readers == [False]
    [read] = run.operations
    assert read.facts["file[digest]"].startswith("blake2b:")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:pw@host/a.csv", "https://host/a.csv"),
        ("s3://key:se/cret@bucket/a", "s3://bucket/a"),
        ("https://me:p?w#x@host/a", "https://host/a"),
        ("https://host/a.csv?token=x", "https://host/a.csv"),
        ("abfs://box@account/a#sas", "abfs://account/a"),
        ("https://me:p@w@host/", "https://host/"),
    ],
)
def test_urls_bear_no_credentials(url, shown):
    assert without_secrets(url) == shown
    assert dict(file_facts({"path": url})) == {"file[path]": shown}


def test_an_open_file_is_known_by_its_name(tmp_path):
    path = tmp_path / "a"
    path.write_text("abc")
    with path.open() as file:
        assert file_facts({"path_or_buf": file})["file[size]"] == "3"
    with path.open("w") as file:
        facts = dict(file_facts({"path_or_buf": file}, written=True))
    assert facts == {"file[path]": str(path)}


def test_a_file_behind_a_descriptor_is_found(tmp_path):
    path = tmp_path / "a"
    path.write_text("abc")
    with os.fdopen(os.open(path, os.O_RDONLY)) as file:
        assert file_facts({"path": file})["file[path]"] == str(path)


@pytest.mark.parametrize("host", ["", "localhost"])
def test_a_local_url_is_a_file(tmp_path, host):
    path = tmp_path / "a b"
    path.write_text("abc")
    url = f"file://{host}{tmp_path}/a%20b"
    assert dict(file_facts({"path": url})) == dict(file_facts({"path": path}))
    assert dict(file_facts({"path": "file://me:pw@far/a"})) == {"file[path]": "file://far/a"}


def test_what_cannot_be_known_is_said_to_be_unknown(tmp_path):
    with sqlite3.connect(tmp_path / "base") as connection:
        assert dict(file_facts({"con": connection})) == {"file[unknown]": "Connection"}
    connection.close()
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("in.csv", "a\n1\n")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive, archive.open("in.csv") as member:
        assert dict(file_facts({"path": member})) == {"file[unknown]": "ZipExtFile"}
    with tempfile.TemporaryFile("w+") as nameless:
        assert dict(file_facts({"path": nameless})) == {"file[unknown]": "TextIOWrapper"}


class Url:
    def render_as_string(self, hide_password):
        return "postgresql://me:***@host/base" if hide_password else "secret"


def test_a_database_is_known_by_its_address():
    for connection in ("postgresql://me:pw@host/base", Engine(), Connection()):
        assert dict(file_facts({"con": connection})) == {"file[path]": "postgresql://host/base"}


class Engine:
    url = Url()


class Connection:
    engine = Engine()

    def execute(self):
        """Be what pandas takes for a connection."""


class Writer(os.PathLike):
    """What writes to a file or reads from it as long as it is open."""

    def __init__(self, path, mode="r"):
        self._path, self._mode = path, mode

    def __fspath__(self):
        return str(self._path)

    def close(self):
        """Close the file."""


def test_what_holds_a_file_open_has_not_completed_it(tmp_path):
    path = tmp_path / "a"
    path.write_text("")
    only = {"file[path]": str(path)}
    assert dict(file_facts({"excel_writer": Writer(path)}, written=True)) == only
    assert dict(file_facts({}, owner=Writer(path, "a"))) == only
    assert file_facts({}, owner=Writer(path))["file[size]"] == "0"


class Odd(os.PathLike):
    def __fspath__(self):
        raise ZeroDivisionError


@pytest.mark.parametrize(
    "value",
    [None, "", 3, io.StringIO("x"), io.BytesIO(), '{"a": 1}', "a\nb", "x" * 9999, "\0", Odd(),
     b"abc", object(), "absent.csv"],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_is_no_file_has_no_facts(value):
    assert dict(file_facts({"path": value})) == {}


def test_folders_and_devices(tmp_path):
    assert dict(file_facts({"path": tmp_path})) == {"file[path]": str(tmp_path)}
    assert dict(file_facts({"path": "/dev/null"})) == {}


def test_pandas_tells_what_it_read_and_wrote(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with recording() as run:
        pd.DataFrame({"a": [1, 2]}).to_csv("a.csv", index=False)
        monkeypatch.chdir(pathlib.Path("/"))
        pd.read_csv(tmp_path / "a.csv")
        pd.read_csv(io.StringIO("a\n1\n"))
        pd.DataFrame({"a": [1]}).to_csv()
        operations = run.operations
    facts = [{k: v for k, v in op.facts.items() if k.startswith("file[")} for op in operations]
    written, read = facts[1], facts[2]
    assert written == read
    assert read["file[path]"] == str(tmp_path / "a.csv")
    assert read["file[size]"] == "6"
    assert [f for f in (facts[0], *facts[3:]) if f] == []


def facts_of(operations):
    return [(op.name, "file[digest]" in op.facts, op.facts.get("file[path]")) for op in operations]


def test_functions_that_pickle_tell_their_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with recording() as run:
        table = pd.DataFrame({"a": [1, 2]})
        pd.to_pickle(table, "a.pkl")
        pd.read_pickle("a.pkl")
        table.to_pickle(pathlib.Path("b.pkl.gz"))
        operations = run.operations
    a, b = str(tmp_path / "a.pkl"), str(tmp_path / "b.pkl.gz")
    assert facts_of(operations)[1:] == [
        ("to_pickle", True, a), ("read_pickle", True, a), ("DataFrame.to_pickle", True, b),
    ]  # fmt: skip


@pytest.mark.filterwarnings("ignore:ExcelFile.parse")
def test_sheets_of_a_workbook(tmp_path):
    pytest.importorskip("openpyxl")
    path = tmp_path / "a.xlsx"
    with recording() as run:
        with pd.ExcelWriter(path) as writer:
            pd.DataFrame({"a": [1]}).to_excel(writer, sheet_name="one", index=False)
            pd.DataFrame({"a": [2]}).to_excel(writer, sheet_name="two", index=False)
        with pd.ExcelFile(path) as book:
            book.parse("one")
        operations = run.operations
    assert facts_of(operations)[1::2] == [
        ("DataFrame.to_excel", False, str(path)), ("DataFrame.to_excel", False, str(path))
    ]  # fmt: skip
    assert facts_of(operations)[-1] == ("ExcelFile.parse", True, str(path))


@pytest.mark.filterwarnings("ignore:The default value of .track_times.")
def test_tables_of_a_store(tmp_path):
    pytest.importorskip("tables")
    path = tmp_path / "a.h5"
    with recording() as run:
        with pd.HDFStore(path) as store:
            store["one"] = pd.DataFrame({"a": [1]})
            store.put("two", store["one"])
            store.get("two")
        pd.read_hdf(path, "one")
        operations = run.operations
    assert facts_of(operations)[1:] == [
        ("HDFStore[]=", False, str(path)), ("HDFStore[]", False, str(path)),
        ("HDFStore.put", False, str(path)), ("HDFStore.get", False, str(path)),
        ("read_hdf", True, str(path)),
    ]  # fmt: skip


def sources_of(program):
    """Return the sources of the column that was read last, and which of them are sure."""
    with recording() as run:
        program()
        last, graph = run.operations[-1], run.trace._questions.graph
    edges = graph.parents[last.outputs[0].id, "a"]
    made = {op.outputs[0].id: op.line for op in run.operations if op.outputs}
    return [(made[node[0]], not opaque) for (node, _), opaque in edges.items()]


def test_what_is_read_from_a_file_of_several_tables_may_be_any_of_them(tmp_path):
    path = str(tmp_path / "a.csv")

    def program(modes, *, is_open=False):
        for i, mode in enumerate(modes):
            frame = pd.DataFrame({"a": [i]}) if i else pd.DataFrame({"a": [9]}).head()
            if is_open:
                with open(path, mode) as file:  # noqa: PTH123  # as people do
                    frame.to_csv(file)
            else:
                frame.to_csv(path, mode=mode)
        pd.read_csv(path)

    assert [sure for _, sure in sources_of(lambda: program("ww"))] == [True]
    assert [sure for _, sure in sources_of(lambda: program("wa"))] == [False, False]
    assert [sure for _, sure in sources_of(lambda: program("w"))] == [True]
    assert [sure for _, sure in sources_of(lambda: program("ww", is_open=True))] == [False, False]
