import json

from hypothesis import given, settings

from lineage_stats.report._columns import column_records
from lineage_stats.trace import DataRef, Operation, Trace
from tests import strategies as st

RAW, KEPT = DataRef("d1", "table", 3, 2, "s"), DataRef("d2", "table", 2, 2, "s")
READ = Operation("load/read_csv#1", "read_csv", "source", "load", outputs=(RAW,))
DROP = Operation(
    "load/dropna#1", "dropna", "selection", "load", inputs=(RAW,), outputs=(KEPT,),
    lineage='{"as": "one", "x": "d1", "cols": "names", "rows": 1, "by": ["b"]}',
)  # fmt: skip
TRACE = Trace("r", "p", (READ, DROP), schemas={"s": (("a", "int64"), ("b", "str"))})


def test_what_all_columns_come_from_is_written_once():
    read, drop = column_records(TRACE)
    assert (read["operation"], read["shared"]) == ("load/read_csv#1", [])
    assert drop["shared"] == [
        {"data": 0, "column": "b", "relation": "filtered-by", "possible": False}
    ]
    assert [(c["name"], c["dtype"]) for c in drop["columns"]] == [("a", "int64"), ("b", "str")]
    assert drop["columns"][0]["sources"] == [
        {"data": 0, "column": "a", "relation": "identity", "possible": False}
    ]


def test_all_columns_of_data_are_one_source():
    fit = DataRef("m", "model")
    model = Operation("f/fit#1", "fit", "fit", "f", inputs=(KEPT,), outputs=(fit,))
    trace = Trace("r", "p", (READ, DROP, model), schemas=TRACE.schemas)
    last = column_records(trace)[-1]
    assert last["kind"] == "model"
    assert [(s["data"], s["column"]) for s in last["shared"]] == [(1, None)]


def expand(records):
    """Return all (data, column) and their (data, column, relation), one by one."""
    found = {}
    for i, piece in enumerate(records):
        for column in piece["columns"]:
            sources = set()
            for source in (*piece["shared"], *column["sources"]):
                names = [c["name"] for c in records[source["data"]]["columns"]]
                wanted = names if source["column"] is None else [source["column"]]
                sources |= {(source["data"], name, source["relation"]) for name in wanted}
            found[i, column["name"]] = sources
    return found


@settings(deadline=None, max_examples=30)
@given(st.traces())
def test_nothing_is_lost_of_any_trace(trace):
    records = column_records(trace)
    json.dumps(records, allow_nan=False)
    parents = trace._questions.graph.parents
    position = {name: i for i, name in enumerate(dict.fromkeys(node[0] for node in parents))}
    expected = {
        (position[node[0]], node[1]): {
            (position[source[0]], source[1], relation)
            for source, relation in edges
            if source[0] in position
        }
        for node, edges in parents.items()
    }
    assert expand(records) == expected
