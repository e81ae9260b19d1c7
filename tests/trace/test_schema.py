"""The schema is a promise to files that exist already."""

from __future__ import annotations

from lineage_stats import trace as package
from lineage_stats.trace import (
    DATA_KINDS,
    DATA_REF_FIELDS,
    OPERATION_FIELDS,
    OPERATION_KINDS,
    RUN_FIELDS,
    SCHEMA_VERSION,
)


def test_fields_of_version_1() -> None:
    assert SCHEMA_VERSION == 1
    assert dict(DATA_REF_FIELDS) == {
        "id": "string", "kind": "string", "rows": "int64", "n_columns": "int64",
        "schema": "string",
    }  # fmt: skip
    assert dict(OPERATION_FIELDS) == {
        "key": "string", "name": "string", "kind": "string", "scope": "string",
        "occurrence": "int64", "inputs": "list<data_ref>", "outputs": "list<data_ref>",
        "features": "map<string,double>", "facts": "map<string,string>", "status": "string",
        "error": "string", "start_ns": "int64", "duration_ns": "int64", "file": "string",
        "line": "int64", "source": "string", "metric": "string",
        # Added later: older versions pass it over, and files without it can be read.
        "lineage": "string", "cell": "string", "steps": "string",
    }  # fmt: skip
    assert [name for name, _ in RUN_FIELDS] == [
        "run_id", "pipeline", "start_ns", "end_ns", "status", "complete", "tags", "environment",
        "problems",
    ]  # fmt: skip


def test_vocabularies_have_no_doubles() -> None:
    for words in (OPERATION_KINDS, DATA_KINDS):
        assert len(set(words)) == len(words)
        assert "opaque" in words


def test_public_names_are_there() -> None:
    assert all(hasattr(package, name) for name in package.__all__)
