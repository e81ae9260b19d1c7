from lineage_stats.report._graph import CAUSE, FLAGGED, HEALTHY, UNUSUAL, graph_record
from tests.strategies import ASSIGN, DROPNA, MERGE, METRIC, READ_ORDERS, make_trace


def levels(record):
    return {node["operation"]: node["level"] for node in record["nodes"]}


def test_the_strongest_level_wins():
    record = graph_record(
        make_trace(0), cause=MERGE, unusual=[MERGE, DROPNA, ASSIGN], flagged=[MERGE, DROPNA]
    )
    found = levels(record)
    assert (found[MERGE], found[DROPNA], found[ASSIGN]) == (CAUSE, FLAGGED, UNUSUAL)
    assert found[METRIC] == HEALTHY


def test_the_way_leads_from_cause_to_metric_and_nowhere_else():
    record = graph_record(make_trace(0), cause=DROPNA, metric=METRIC)
    on_path = {node["operation"] for node in record["nodes"] if node["on_path"]}
    assert {DROPNA, METRIC} <= on_path
    assert not {READ_ORDERS, MERGE} & on_path


def test_there_is_no_way_against_the_stream():
    record = graph_record(make_trace(0), cause=METRIC, metric=DROPNA)
    assert not any(node["on_path"] for node in record["nodes"])


def test_a_tooltip_says_what_a_box_has_no_room_for():
    node = graph_record(make_trace(0), scores={METRIC: 2.5})["nodes"][-1]
    assert node["title"].startswith(METRIC)
    assert "anomaly score: 2.5" in node["title"]
    assert "churn.py:43" in node["title"]
