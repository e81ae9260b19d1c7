from dataclasses import replace

from lineage_stats.export._datasets import column_names, data_read, data_written
from lineage_stats.trace import Operation, Trace


def test_files_are_named_by_their_paths(recorded):
    (read,), (written,) = data_read(recorded), data_written(recorded)
    assert (read.namespace, read.name[-6:]) == ("file", "in.csv")
    assert (written.namespace, written.name[-7:]) == ("file", "out.csv")
    assert [name for name, _ in column_names(recorded, read)] == ["a", "b"]
    assert [name for name, _ in column_names(recorded, written)] == ["b", "c"]
    assert (read.size, len(read.digest)) == (34, 32) or read.digest


def source(name="read_csv", path=None, **fields):
    facts = {} if path is None else {"file[path]": path}
    return Operation("f/x#1", name, "source", facts=facts, **fields)


def test_stores_of_objects_are_named_by_host_and_path():
    (data,) = data_read(Trace("r", "p", (source(path="s3://me:secret@bucket/a/b.csv"),)))
    assert (data.namespace, data.name) == ("s3://bucket", "a/b.csv")
    (data,) = data_read(Trace("r", "p", (source(path="c:\\data\\a.csv"),)))
    assert (data.namespace, data.name) == ("file", "c:\\data\\a.csv")


def test_what_has_no_place_is_named_by_its_operation():
    (data,) = data_read(Trace("r", "p", (source("read_sql"),)))
    assert (data.namespace, data.name) == ("", "p/f/x#1")


def test_what_is_made_in_memory_or_failed_is_no_data_from_outside():
    made = Trace("r", "p", (source("DataFrame"),))
    failed = Trace("r", "p", (replace(source(path="a.csv"), status="failed"),))
    assert data_read(made) == data_read(failed) == []
