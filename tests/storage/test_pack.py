"""Many runs in one file come back as they were."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lineage_stats.exceptions import SchemaVersionError, TraceFileError
from lineage_stats.storage._pack import read_pack, write_pack
from lineage_stats.trace import SCHEMA_VERSION, Trace
from tests.strategies import make_traces, traces


@pytest.fixture
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("pack") / "runs.parquet"


@settings(max_examples=15)
@given(st.lists(traces(), max_size=4))
def test_runs_come_back_in_order(tmp_path_factory, runs):
    runs = [run for run in runs if run.operations]
    columns = {}  # of each digest, which is that of its columns
    assume(all(columns.setdefault(d, c) == c for run in runs for d, c in run.schemas.items()))
    path = tmp_path_factory.mktemp("pack") / "runs.parquet"
    write_pack(runs, path)
    back = read_pack(path)
    assert back == runs
    assert [dict(run.schemas) for run in back] == [dict(run.schemas) for run in runs]
    assert [dict(run.tags) for run in back] == [dict(run.tags) for run in runs]


def test_the_same_runs_give_the_same_bytes(path):
    runs = list(make_traces(3))
    write_pack(runs, path)
    once = path.read_bytes()
    write_pack(runs, path)
    assert path.read_bytes() == once


def test_a_run_without_operations_is_refused(path):
    with pytest.raises(ValueError, match="without operations cannot be packed: r1"):
        write_pack([Trace("r1", "p")], path)


def test_a_damaged_file_is_told(path):
    write_pack(list(make_traces(3)), path)
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 3] ^= 0xFF
    path.write_bytes(whole)
    with pytest.raises(TraceFileError, match="cannot be read as a file of runs"):
        read_pack(path)


def test_another_parquet_file_is_told(path):
    pq.write_table(pa.table({"a": [1]}), path)
    with pytest.raises(TraceFileError, match="holds no runs"):
        read_pack(path)


def test_a_file_of_a_newer_version_is_told(path):
    write_pack(list(make_traces(2)), path)
    table = pq.read_table(path)
    newer = {
        name: str(SCHEMA_VERSION + 1) if b"version" in name else value
        for name, value in table.schema.metadata.items()
    }
    pq.write_table(table.replace_schema_metadata(newer), path)
    with pytest.raises(SchemaVersionError):
        read_pack(path)


def test_a_file_that_is_not_there_is_told(path):
    with pytest.raises(FileNotFoundError):
        read_pack(path)
