"""Operation and DataRef."""

from __future__ import annotations

import dataclasses
import json
import math
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage_stats.trace import DATA_REF_FIELDS, OPERATION_FIELDS, DataRef, Operation
from tests.strategies import data_refs, operations


@given(data_refs("d1", ("s",)))
def test_reference_survives_a_round_trip_through_plain_data(ref: DataRef) -> None:
    assert DataRef.from_dict(json.loads(json.dumps(ref.to_dict()))) == ref


@given(operations(3, (DataRef("d1", "table", 3, 2, "s"),)))
def test_operation_survives_a_round_trip_through_json(op: Operation) -> None:
    assert Operation.from_dict(json.loads(json.dumps(op.to_dict()))) == op


@given(operations(1))
def test_operation_survives_pickle(op: Operation) -> None:
    assert pickle.loads(pickle.dumps(op)) == op


def test_unknown_names_of_a_newer_version_are_ignored() -> None:
    record = Operation("k", "n", inputs=(DataRef("d"),)).to_dict()
    record["colour"] = "blue"
    record["inputs"][0]["colour"] = "blue"
    assert Operation.from_dict(record) == Operation("k", "n", inputs=(DataRef("d"),))


def test_missing_fields_take_their_defaults() -> None:
    assert Operation.from_dict({"key": "k", "name": "n"}) == Operation("k", "n")
    assert Operation.from_dict({"key": "k", "name": "n", "features": None}).features == {}


def test_schema_tables_name_the_fields_in_order() -> None:
    assert [n for n, _ in OPERATION_FIELDS] == [f.name for f in dataclasses.fields(Operation)]
    assert [n for n, _ in DATA_REF_FIELDS] == [f.name for f in dataclasses.fields(DataRef)]


def test_plain_data_is_a_copy() -> None:
    features = {"rows_out": 1.0}
    op = Operation("k", "n", features=features)
    op.to_dict()["features"]["rows_out"] = 2.0
    assert features == {"rows_out": 1.0}


def test_operation_is_immutable() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Operation("k", "n").key = "other"  # type: ignore[misc]  # what is tested


@pytest.mark.parametrize(
    ("file", "line", "location"),
    [("a.py", 3, "a.py:3"), ("a.py", None, "a.py"), (None, 3, ""), (None, None, "")],
)
def test_location(file: str | None, line: int | None, location: str) -> None:
    assert Operation("k", "n", file=file, line=line).location == location


def test_metric_value_belongs_to_a_metric_only() -> None:
    features = {"metric_value": 0.5}
    assert Operation("k", "f1", metric="f1", features=features).metric_value == 0.5
    assert Operation("k", "f1", features=features).metric_value is None
    assert Operation("k", "f1", metric="f1").metric_value is None


def test_equality_counts_nan_as_equal_and_nothing_else() -> None:
    def op(value: float, **fields: str) -> Operation:
        return Operation("k", "n", features={"mean[a]": value}, **fields)  # type: ignore[arg-type]  # str fields only

    assert op(math.nan) == op(float("nan"))
    assert op(math.nan) != op(1.0)
    assert op(1.0) != op(math.nan)
    assert op(1.0) != op(1.0, kind="join")
    assert op(1.0) != Operation("k", "n", features={"mean[b]": 1.0})
    assert op(1.0) != Operation("k", "n", features={})
    assert op(1.0) != "op"


@given(st.floats())
def test_equal_operations_hash_alike(value: float) -> None:
    one, other = (Operation("k", "n", features={"x": float(str(value))}) for _ in range(2))
    assert one == other
    assert hash(one) == hash(other)
