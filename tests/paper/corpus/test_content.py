"""What two recordings of a run must have in common."""

from dataclasses import replace

import pytest
from corpus.recording import content_digest

from lineage_stats.trace import Operation, Trace

TRACE = Trace(
    "r1",
    "p",
    (
        Operation("main/merge#1", "merge", features={"rows_out": 3.0, "cpu": 0.1}, duration_ns=5),
        Operation("main/joblib.dump#1", "joblib.dump", facts={"file[digest]": "a"}),
        Operation("main/to_parquet#1", "to_parquet", facts={"file[digest]": "a"}),
    ),
)


def changed(i, **fields):
    operations = list(TRACE.operations)
    operations[i] = replace(operations[i], **fields)
    return replace(TRACE, operations=tuple(operations))


@pytest.mark.parametrize(
    ("i", "fields", "same"),
    [
        (0, {"duration_ns": 7}, True),
        (0, {"features": {"rows_out": 3.0, "cpu": 0.2}}, True),
        (0, {"features": {"rows_out": 3.0000000000000004, "cpu": 0.1}}, False),
        (1, {"facts": {"file[digest]": "b"}}, True),
        (2, {"facts": {"file[digest]": "b"}}, False),
    ],
)
def test_all_but_durations_and_the_bytes_of_pickles(i, fields, same):
    assert (content_digest(changed(i, **fields)) == content_digest(TRACE)) is same
