"""However a thing is written in pandas, recording it is no problem, and its columns can be told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lineage_stats.hooks import Recorder
from lineage_stats.hooks._swap import ACTIVE
from lineage_stats.trace import Trace
from lineage_stats.trace._lineage import _graph
from lineage_stats.trace._lineage._graph import ColumnGraph
from tests.forms import FORMS, JOINS, TABLES, run
from tests.recording import ListSink, Recording, recording

pytestmark = pytest.mark.filterwarnings("ignore")  # pandas has much to say to such statements
PLAIN = next(iter(TABLES))
MOST_FAILED = {"locations": 0.7}  # many a key is none of the table


def trials(group: str) -> Iterator[tuple[str, str]]:
    """Yield statements with the name of a table: the plain one and the others in turn."""
    statements, tables = FORMS[group], list(TABLES)[1:]
    for i, statement in enumerate(statements[:: 5 if len(statements) > 500 else 1]):
        yield statement, PLAIN if i % 2 else tables[i // 2 % len(tables)]


def record(recorded: Recording, statement: str, table: str | None) -> tuple[list[str], bool]:
    """Return what was a problem in recording a statement, and whether it worked.

    Raises whatever is a problem in telling what its columns come from.
    """
    sink = ListSink()
    recorder = Recorder(sink, features="full", hooks=recorded.hooks)
    before, ACTIVE[0] = ACTIVE[0], recorder
    try:
        error = run(statement, table)
        recorder.flush()
    finally:
        ACTIVE[0] = before
    ColumnGraph(Trace("r", "p", tuple(sink.operations.values()), schemas=sink.schemas))
    return recorder.problems, error is None


@pytest.fixture
def recorded(monkeypatch):
    """Record without raising, and let the reading of columns raise."""
    monkeypatch.setattr(_graph, "_DAMAGE", ())
    with recording(strict=False) as found:
        yield found


@pytest.mark.parametrize("group", FORMS)
def test_no_form_is_a_problem(recorded, group):
    found = {trial: record(recorded, *trial) for trial in trials(group)}
    assert {trial: problems for trial, (problems, _) in found.items() if problems} == {}
    worked = [works for (_, table), (_, works) in found.items() if table == PLAIN]
    assert sum(worked) >= len(worked) * (1 - MOST_FAILED.get(group, 0.45))


def test_no_form_of_a_join_is_a_problem(recorded):
    found = {statement: record(recorded, statement, None) for statement in JOINS}
    assert {form: problems for form, (problems, _) in found.items() if problems} == {}
    assert sum(works for _, works in found.values()) > 0.75 * len(JOINS)
