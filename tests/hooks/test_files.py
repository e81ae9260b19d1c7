"""Which file was read or written: never its content, never a secret, never an error."""

from __future__ import annotations

import io
import os
import pathlib

import pandas as pd
import pytest

from lineage_stats.hooks import _files
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
    monkeypatch.setattr(_files, "WHOLE_BYTES", 1000)
    monkeypatch.setattr(_files, "SAMPLE_BYTES", 16)
    path = tmp_path / "large"
    digests = []
    for content in (b"x" * 1000, b"x" * 1001, b"x" * 1000 + b"y", b"y" + b"x" * 1000, b"x" * 9999):
        path.write_bytes(content)
        digests.append(file_facts({"io": path})["file[digest]"])
    assert [d.partition(":")[0] for d in digests] == ["blake2b", *["blake2b-sampled"] * 4]
    assert len(set(digests)) == 5


def test_a_file_that_has_changed_meanwhile_has_no_digest(tmp_path):
    path = tmp_path / "a"
    path.write_text("old")
    facts = file_facts({"path": path})
    path.write_text("newer")
    assert facts["file[size]"] == "3"
    assert "file[digest]" not in facts
    gone = file_facts({"path": path})
    path.unlink()
    assert "file[digest]" not in gone


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
