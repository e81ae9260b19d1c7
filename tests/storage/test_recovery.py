"""Reading journals that are torn, damaged, or of another version."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage_stats.exceptions import SchemaVersionError, TraceFileError
from lineage_stats.storage import Journal
from lineage_stats.storage._recovery import read_journal
from lineage_stats.trace import DataRef, Operation, Trace
from tests.storage.test_journal import write_journal

RUN = {"run_id": "r1", "pipeline": "p", "start_ns": 1}


def test_a_journal_torn_at_any_byte_gives_the_operations_before(tmp_path: Path) -> None:
    table = DataRef("d1", "table", 3, 1, "s")
    small = Trace(
        "r", "p", (Operation("a", "n", outputs=(table,)), Operation("b", "n", inputs=(table,))),
        start_ns=1, end_ns=2, schemas={"s": (("x", "int64"),)},
    )  # fmt: skip
    data = write_journal(tmp_path / "whole.journal", small).path.read_bytes()
    torn = tmp_path / "torn.journal"
    first_line = data.index(b"\n") + 1
    for cut in range(len(data)):
        torn.write_bytes(data[:cut])
        if cut < first_line:
            with pytest.raises(TraceFileError, match="does not begin with the record of a run"):
                read_journal(torn)
            continue
        trace = read_journal(torn)
        n_whole_operations = data[:cut].count(b'\n{"t":"op"') - (
            not data[:cut].endswith(b"\n")
            and data[:cut].rpartition(b"\n")[2].startswith(b'{"t":"op"')
        )
        assert trace.operations == small.operations[:n_whole_operations]
        assert (trace.status, trace.complete, trace.problems) == ("running", False, ())


@given(st.binary(max_size=40).filter(lambda b: b"\n" not in b), st.integers(1, 3))
def test_a_damaged_line_is_named_and_the_others_are_read(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes, at: int
) -> None:
    path = tmp_path_factory.mktemp("j") / "x.journal"
    journal = write_journal(path, Trace("r", "p", (Operation("a", "n"), Operation("b", "n"))))
    lines = journal.path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([*lines[:at], b"\x00" + noise, *lines[at:]]))
    trace = read_journal(path)
    assert trace.keys == ("a", "b")
    assert not trace.complete
    assert trace.problems == (f"line {at + 1} of the journal cannot be read",)


@pytest.mark.parametrize(
    "line", ['{"t":"op"}', '{"t":"op","key":"k","name":"n","inputs":[3]}', '{"t":"schema"}', "[]"]
)
def test_a_record_without_sense_is_damage(line: str, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "x.journal", RUN)
    journal.finish({})
    with journal.path.open("a") as file:
        file.write(line + "\n")
    trace = read_journal(journal.path)
    assert len(trace) == 0
    assert trace.problems == ("line 3 of the journal cannot be read",)


def test_a_record_of_an_unknown_sort_is_passed_over(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "x.journal", RUN)
    journal.close()
    with journal.path.open("a") as file:
        file.write('{"t":"colour","value":1}\n')
    trace = read_journal(journal.path)
    assert (len(trace), trace.problems) == (0, ())


def test_a_newer_journal_asks_for_an_upgrade(tmp_path: Path) -> None:
    path = tmp_path / "x.journal"
    path.write_text(json.dumps({"t": "run", "schema_version": 99, **RUN}) + "\n")
    with pytest.raises(SchemaVersionError, match=r"has schema version 99; .*upgrade lineage_stats"):
        read_journal(path)


@pytest.mark.parametrize(
    "field", [{"schema_version": "1"}, {"start_ns": "soon"}, {"tags": 3}, {"problems": 1}]
)
def test_a_run_of_wrong_types_is_no_trace(field: dict[str, object], tmp_path: Path) -> None:
    path = tmp_path / "x.journal"
    path.write_text(json.dumps({"t": "run", **RUN, **field}) + "\n")
    with pytest.raises(TraceFileError, match="is not a readable trace"):
        read_journal(path)
