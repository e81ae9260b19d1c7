import itertools
import re

import pytest

from lineage_stats.report._drawing import FOLD_ABOVE, NODE_HEIGHT, NODE_WIDTH, graph_figures
from lineage_stats.report._graph import CAUSE, FLAGGED


def node(key, *, scope="", kind="transform", level=0, score=None, rows=None, metric=None):
    return {
        "operation": key, "name": key.rpartition("/")[2], "scope": scope, "kind": kind,
        "level": level, "score": score, "rows": rows, "metric": metric, "origin": False,
        "on_path": False,
    }  # fmt: skip


def graph(nodes, *pairs, way=()):
    edges = [{"from": a, "to": b, "on_path": (a, b) in way} for a, b in pairs]
    return {"nodes": nodes, "edges": edges}


def chain(n, scope):
    keys = [f"k{i}" for i in range(n)]
    return graph([node(key, scope=scope) for key in keys], *itertools.pairwise(keys))


def test_boxes_do_not_overlap_and_lie_in_the_picture(bad_report):
    for figure in graph_figures(bad_report["graph"]):
        boxes = [(box["x"], box["y"]) for box in figure["boxes"]]
        for (x, y), (u, v) in itertools.combinations(boxes, 2):
            assert abs(x - u) >= NODE_WIDTH or abs(y - v) >= NODE_HEIGHT
        for x, y in boxes:
            assert 0 <= x <= figure["width"] - NODE_WIDTH
            assert 0 <= y <= figure["height"] - NODE_HEIGHT
        assert figure["has_way"]
        assert figure["edges"][-1]["on_path"]


def test_every_step_is_in_one_box_of_each_drawing(bad_report):
    n = len(bad_report["graph"]["nodes"])
    figures = graph_figures(bad_report["graph"])
    assert [figure["name"] for figure in figures] == ["steps", "functions"]
    for figure in figures:
        members = [i for box in figure["boxes"] for i in box["members"]]
        assert sorted(members) == list(range(n))


def test_an_edge_leads_from_the_end_of_a_box_to_the_begin_of_another(bad_report):
    figure = graph_figures(bad_report["graph"])[0]
    for edge in figure["edges"]:
        source, target = figure["boxes"][edge["from"]], figure["boxes"][edge["to"]]
        begin = re.match(r"M(\d+) (\d+)", edge["path"])
        assert begin is not None
        assert int(begin[1]) == source["x"] + NODE_WIDTH
        assert source["y"] < int(begin[2]) < source["y"] + NODE_HEIGHT
        numbers = re.findall(r"\d+", edge["path"])
        last_x = numbers[-1] if re.search(r"H\d+$", edge["path"]) else numbers[-2]
        assert int(last_x) == target["x"]


def test_a_large_graph_begins_with_its_functions():
    large = chain(FOLD_ABOVE + 1, "load")
    large["nodes"].append(node("last", scope="train"))
    assert [f["name"] for f in graph_figures(large)] == ["functions", "steps"]
    folded = graph_figures(large)[0]["boxes"][0]
    assert (folded["label"], folded["caption"]) == ("load", f"{FOLD_ABOVE + 1} steps")


def test_without_functions_there_is_one_drawing():
    steps = graph([node("a", kind="source"), node("b", kind="metric")], ("a", "b"))
    assert [figure["name"] for figure in graph_figures(steps)] == ["steps"]


def test_a_function_shows_the_worst_of_its_steps():
    nodes = [
        node("f/a", scope="f"),
        node("f/b", scope="f", level=FLAGGED, score=3.2),
        node("f/c", scope="f", level=CAUSE, score=31.0),
        node("g/d", scope="g"),
    ]
    functions = graph_figures(graph(nodes, ("f/a", "f/b"), ("f/b", "f/c"), ("f/c", "g/d")))[1]
    box = functions["boxes"][0]
    assert (box["level"], box["score"], box["caption"]) == (CAUSE, "31", "3 steps · 2 flagged")


@pytest.mark.parametrize(("score", "shade"), [(2.0, 0), (5.0, 1), (13.0, 2), (99.0, 3)])
def test_a_higher_score_is_darker(score, shade):
    drawn = graph_figures(graph([node("a", level=FLAGGED, score=score)]))[0]["boxes"][0]
    assert drawn["shade"] == shade


def test_long_and_wide_names_fit_their_box():
    long = "DataFrame." + "x" * 80
    wide = "\u6570" * 40
    for name in (long, wide):
        (box,) = graph_figures(graph([node(name, scope=name, level=FLAGGED, score=100.0)]))[0][
            "boxes"
        ]
        assert len(box["label"]) <= 16
        assert len(box["caption"]) <= 25
    assert len(box["label"]) <= 8
