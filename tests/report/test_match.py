from lineage_stats.report._match import OperationMatcher
from lineage_stats.trace import Operation, Trace


def operation(number, line):
    return Operation(f"load/read_csv#{number}", "read_csv", file="a.py", line=line)


def test_the_same_key_at_the_same_place_is_the_operation():
    matcher = OperationMatcher(Trace("r", "p", (operation(1, 3), operation(2, 5))))
    assert matcher.key_of("load/read_csv#2", "a.py:5") == "load/read_csv#2"


def test_after_an_insertion_the_place_decides():
    matcher = OperationMatcher(Trace("r", "p", (operation(1, 2), operation(2, 3))))
    assert matcher.key_of("load/read_csv#1", "a.py:3") == "load/read_csv#2"


def test_an_operation_that_did_not_run_is_none():
    matcher = OperationMatcher(Trace("r", "p", (operation(1, 3),)))
    assert matcher.key_of("load/read_csv#2", "") is None
    assert matcher.key_of("load/read_csv#1", "b.py:9") is None


def test_without_places_the_key_decides():
    matcher = OperationMatcher(Trace("r", "p", (Operation("f/g#1", "g"),)))
    assert matcher.key_of("f/g#1", "") == "f/g#1"
