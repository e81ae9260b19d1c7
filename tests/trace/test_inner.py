import json

from lineage_stats import Operation, Trace
from lineage_stats.trace import InnerStep
from lineage_stats.trace._inner import inner_steps


def test_steps_are_read_from_the_operation():
    text = json.dumps([{"name": "A.fit", "depth": 1, "rows_in": 3, "later": "unknown"}])
    trace = Trace("r", "p", (Operation("a#1", "a", steps=text), Operation("b#1", "b")))
    assert trace.steps("a#1") == (InnerStep("A.fit", 1, rows_in=3),)
    assert trace.steps("b#1") == inner_steps(None) == ()
