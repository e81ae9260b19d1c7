"""How near a piece of code is to a suspect operation."""

from pathlib import Path

import pytest

from lineage_stats import attribute_root_cause
from lineage_stats.attribution.replay._locate import Accused, Source, accused, weigh, weigh_file
from tests.strategies import MERGE, InjectedFault, make_trace, make_traces

TEXT = b"""LIMIT = 3
OTHER = 4


def scale(table):
    factor = 2
    table["a"] = (
        table["a"] * factor
    )
    return table[table["a"] < LIMIT]


def load():
    if LIMIT:
        return 1
    return 2
"""
SOURCE = Source(TEXT)


@pytest.mark.parametrize(
    ("changed", "line", "nearness"),
    [
        (7, 7, 1.0),  # the statement itself
        (8, 7, 1.0),  # another line of it
        (6, 7, 0.7),  # gives a value to a name in it
        (1, 10, 0.7),  # and so does a constant
        (7, 10, 0.5),  # the same function
        (2, 10, 0.1),  # the same file
        (13, 14, 0.5),  # the head of a compound statement
    ],
)
def test_nearness(changed, line, nearness):
    assert SOURCE.nearness(range(changed, changed + 1), line) == nearness


def test_a_function_that_is_called_in_the_statement_is_near():
    source = Source(b"def scale(t):\n    return t * 2\n\n\nx = scale(read())\n")
    assert source.nearness(range(2, 3), 5) == 0.7


def test_what_is_no_python_is_near_by_its_line_only():
    source = Source(b"- a: (\n- b\n")
    assert source.nearness(range(1, 2), 1) == 1.0
    assert source.nearness(range(1, 2), 2) == 0.1


def test_the_strongest_operation_weighs():
    operations = [
        Accused("near", "m.py", 7, "", 0.2),
        Accused("strong", "m.py", 10, "", 0.9),
        Accused("elsewhere", "n.py", 6, "", 1.0),
    ]
    weight, near = weigh(operations, "m.py", range(7, 8), SOURCE)
    assert weight == pytest.approx(0.45)
    assert near == ("strong",)
    assert weigh(operations, "other.py", range(1, 2), SOURCE) == (0.0, ())


def test_a_file_weighs_as_much_as_what_read_it():
    file = Path("data", "orders.csv").absolute()
    operations = [Accused("read", "m.py", 7, str(file), 0.3), Accused("else", "m.py", 8, "", 0.9)]
    assert weigh_file(operations, file) == (0.3, ("read",))
    assert weigh_file(operations, file.with_name("x.csv")) == (0.0, ())


def test_operations_are_found_below_the_root(tmp_path):
    trace = make_trace(30, fault=InjectedFault("rows_lost", MERGE, severity=0.4))
    prior = attribute_root_cause(trace, "f1_score", baseline=make_traces(20))
    found = {op.key: op for op in accused(trace, prior, tmp_path / "jobs", tmp_path)}
    assert found[MERGE].path == "jobs/churn.py"
    assert found[MERGE].line == 16
    top = prior.top
    assert top.operation == MERGE
    assert found[MERGE].weight == max(top.probability, top.share / prior.drop)
    assert found[MERGE].weight > 0.4
    assert min(op.weight for op in found.values()) > 0
    outside = accused(trace, prior, tmp_path, tmp_path / "elsewhere")
    assert {op.path for op in outside} == {""}
