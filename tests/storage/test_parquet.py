"""One run as one Parquet file."""

from __future__ import annotations

import json
import math
import os
import random
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given

from lineage_stats.exceptions import SchemaVersionError, TraceFileError
from lineage_stats.storage._parquet import SCHEMA, read_parquet, read_run, write_parquet
from lineage_stats.trace import OPERATION_FIELDS, SCHEMA_VERSION, DataRef, Operation, Trace
from tests.conftest import ROOT
from tests.strategies import make_trace, traces


def rewrite(path: Path, **footer: Any) -> None:
    """Write a file again with other entries in the footer; None takes one out."""
    table = pq.read_table(path)
    metadata = dict(table.schema.metadata)
    for name, value in footer.items():
        metadata.pop(f"lineage_stats.{name}".encode(), None)
        if value is not None:
            metadata[f"lineage_stats.{name}".encode()] = json.dumps(value).encode()
    pq.write_table(table.replace_schema_metadata(metadata), path)


@pytest.fixture
def file(tmp_path: Path, trace: Trace) -> Path:
    path = tmp_path / "x.parquet"
    write_parquet(trace, path)
    return path


@given(trace=traces())
def test_reading_back_gives_what_was_written(
    trace: Trace, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("p") / "x.parquet"
    write_parquet(trace, path)
    back = read_parquet(path)
    assert back == trace
    assert back.metrics.keys() == trace.metrics.keys()


def test_large_runs_too(tmp_path: Path) -> None:
    def op(i: int) -> Operation:
        features = {f"mean[c{j}]": float(i * j) for j in range(20)}
        refs = (DataRef(f"d{i}", "table", i, None if i % 3 else 2, None),)
        return Operation(f"k{i}", "n", features=features, inputs=refs * (i % 3), line=i or None)

    trace = Trace("r", "p", tuple(op(i) for i in range(500)))
    write_parquet(trace, tmp_path / "x.parquet")
    assert read_parquet(tmp_path / "x.parquet") == trace


def test_types_of_what_is_read_are_plain(file: Path) -> None:
    trace = read_parquet(file)
    assert trace is not None
    for op in trace:
        assert type(op.inputs) is type(op.outputs) is tuple
        assert type(op.features) is type(op.facts) is dict
        assert all(type(v) is float and type(k) is str for k, v in op.features.items())
        assert type(op.start_ns) is int


def test_numbers_of_numpy_are_no_obstacle(tmp_path: Path) -> None:
    features = {"a": np.float32(0.5), "b": np.int64(3), "c": np.nan}
    table = DataRef("d", rows=np.int64(5))
    trace = Trace("r", "p", (Operation("k", "n", features=features, inputs=(table,)),))
    write_parquet(trace, tmp_path / "x.parquet")
    back = read_parquet(tmp_path / "x.parquet")
    assert back is not None
    assert back.operations[0].inputs[0].rows == 5
    assert back.operations[0].features["b"] == 3.0
    assert math.isnan(back.operations[0].features["c"])


def test_half_surrogates_do_not_lose_the_run(tmp_path: Path) -> None:
    trace = Trace("r", "p\udc80", (Operation("k\udc80", "n", features={"mean[\udc80]": 1.0}),))
    write_parquet(trace, tmp_path / "x.parquet")
    back = read_parquet(tmp_path / "x.parquet")
    assert back is not None
    assert back.keys == ("k?",)
    assert back.pipeline == "p\udc80"


def test_the_file_is_plain_parquet_for_others(file: Path, trace: Trace) -> None:
    frame = pd.read_parquet(file)
    assert list(frame["key"]) == list(trace.keys)
    assert dict(frame["features"][0]) == trace.operations[0].features
    metadata = pq.read_schema(file).metadata
    assert json.loads(metadata[b"lineage_stats.schema_version"]) == SCHEMA_VERSION
    assert json.loads(metadata[b"lineage_stats.run"])["tags"] == {"status": "healthy"}
    assert json.loads(metadata[b"lineage_stats.metrics"]) == trace.metrics
    assert pq.ParquetFile(file).metadata.row_group(0).column(0).compression == "ZSTD"


def test_schema_follows_the_tables_of_the_trace_package(file: Path) -> None:
    assert SCHEMA.names == [name for name, _ in OPERATION_FIELDS]
    assert pq.read_schema(file).remove_metadata().equals(SCHEMA)


def test_a_run_that_is_not_wanted_is_not_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise AssertionError("operations were read")

    monkeypatch.setattr(pq.ParquetFile, "read", fail)
    assert read_parquet(file, lambda run: run["pipeline"] == "other") is None
    assert read_run(file)["run_id"] == "run-0-00000"


def test_history_is_attached(file: Path) -> None:
    trace = read_parquet(file, history=lambda run: lambda: run["pipeline"])  # type: ignore[arg-type, return-value]  # any callable
    assert trace is not None
    assert trace.history is not None
    assert trace.history() == "churn"


def test_a_newer_schema_asks_for_an_upgrade(file: Path) -> None:
    rewrite(file, schema_version=SCHEMA_VERSION + 1)
    with pytest.raises(SchemaVersionError, match=r"x\.parquet' has schema version 2.*upgrade line"):
        read_parquet(file)


def test_fields_that_an_older_version_had_not_take_their_defaults(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    write_parquet(make_trace(0), path)
    table = pq.read_table(path)
    metadata = dict(table.schema.metadata)
    run = json.loads(metadata[b"lineage_stats.run"])
    short = {name: run[name] for name in ("run_id", "pipeline", "start_ns")}
    metadata[b"lineage_stats.run"] = json.dumps(short).encode()
    del metadata[b"lineage_stats.schemas"]
    few = table.select(["key", "name", "features"]).replace_schema_metadata(metadata)
    pq.write_table(few.append_column("colour", pa.array(["blue"] * len(few))), path)
    back = read_parquet(path)
    assert back is not None
    assert (back.status, back.complete, back.tags, back.problems) == ("ok", True, {}, ())
    assert back.operations[0].inputs == ()
    assert back.operations[0].features == make_trace(0).operations[0].features


@pytest.mark.parametrize("version", range(1, SCHEMA_VERSION + 1))
def test_files_of_every_schema_version_stay_readable(version: int) -> None:
    golden = ROOT / "tests" / "golden" / f"schema_{version}"
    expected = json.loads(golden.with_suffix(".json").read_text(encoding="utf-8"))
    assert read_parquet(golden.with_suffix(".parquet")) == Trace.from_dict(expected)


def test_foreign_parquet_is_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pd.DataFrame({"a": [1]}).to_parquet(path)
    with pytest.raises(TraceFileError, match="is a Parquet file, but not a trace of lineage_stats"):
        read_parquet(path)


@pytest.mark.parametrize("data", [b"", b"PAR1", b"no parquet at all" * 10])
def test_what_is_no_parquet_is_named(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    path.write_bytes(data)
    with pytest.raises(TraceFileError, match=r"x\.parquet' is not a readable trace: "):
        read_parquet(path)


def test_a_file_torn_anywhere_is_named(file: Path) -> None:
    data = file.read_bytes()
    for cut in range(0, len(data) - 1, 101):
        file.write_bytes(data[:cut])
        with pytest.raises(TraceFileError):
            read_parquet(file)


def test_a_changed_byte_is_an_error_of_ours_or_nothing(file: Path, trace: Trace) -> None:
    data = file.read_bytes()
    rng = random.Random(0)
    n_body = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    n_named = 0
    for _ in range(100):
        at = rng.randrange(4, n_body)
        file.write_bytes(data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :])
        try:
            back = read_parquet(file)
        except TraceFileError:
            n_named += 1
        else:
            assert isinstance(back, Trace)
    assert n_named > 50


@pytest.mark.parametrize("run", [3, {}, {"run_id": "r"}, None])
def test_a_footer_without_sense_is_named(run: Any, file: Path) -> None:
    rewrite(file, run=run)
    with pytest.raises(TraceFileError):
        read_parquet(file)


def test_a_missing_file_stays_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_parquet(tmp_path / "x.parquet")


def test_a_failed_write_leaves_nothing_behind(
    tmp_path: Path, trace: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_parquet(trace, tmp_path / "x.parquet")
    assert list(tmp_path.iterdir()) == []


def test_writing_again_replaces_the_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    write_parquet(make_trace(0), path)
    write_parquet(make_trace(1), path)
    assert read_parquet(path) == make_trace(1)
    assert list(tmp_path.iterdir()) == [path]
