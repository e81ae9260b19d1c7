import pytest
from hypothesis import given, settings
from hypothesis import strategies as hst

from lineage_stats.report._figures import STRIP_HEIGHT, graph_figure, strip_figure, waterfall_figure

finite = hst.floats(-1e9, 1e9)


@settings(deadline=None, max_examples=60)
@given(hst.lists(finite, max_size=20), finite, hst.none() | hst.tuples(finite, finite))
def test_a_strip_stays_in_its_frame(history, value, ends):
    band = ends and {"low": min(ends), "centre": sum(ends) / 2, "high": max(ends)}
    figure = strip_figure(
        {
            "run_id": "r",
            "value": value,
            "band": band,
            "history": [{"run_id": "h", "value": v} for v in history],
        }
    )
    assert len(figure["points"]) == len(history) + 1
    assert all(0 <= p["x"] <= 100 and 0 <= p["y"] <= STRIP_HEIGHT for p in figure["points"])
    if band:
        assert 0 <= figure["band"]["top"] <= figure["band"]["bottom"] <= STRIP_HEIGHT


def attribution(expected, observed, *values, unexplained=0.0, error=0.1):
    return {
        "expected": expected,
        "observed": observed,
        "unexplained": unexplained,
        "unexplained_error": error,
        "shares": [
            {
                "operation": f"o{i}", "value": v, "standard_error": error, "location": "",
                "reason": "",
            }
            for i, v in enumerate(values)
        ],
    }  # fmt: skip


def test_bars_lead_from_the_expected_to_the_observed_value():
    rows = waterfall_figure(attribution(0.9, 0.5, 0.3, -0.1, unexplained=0.2))["rows"]
    assert [row["role"] for row in rows] == [
        "expected", "share", "share", "unexplained", "observed",
    ]  # fmt: skip
    assert [row["value"] for row in rows] == pytest.approx([0.9, -0.3, 0.1, -0.2, 0.5])
    assert rows[-2]["end"] == rows[-1]["end"]
    assert rows[1]["left"] + rows[1]["width"] == pytest.approx(rows[0]["end"], abs=0.02)


def test_an_error_that_rose_goes_to_the_right():
    rows = waterfall_figure(attribution(10.0, 14.0, 3.0, unexplained=1.0))["rows"]
    assert [row["value"] for row in rows] == [10.0, 3.0, 1.0, 14.0]
    ends = [row["end"] for row in rows]
    assert ends == sorted(ends)


@settings(deadline=None, max_examples=60)
@given(finite, finite, hst.lists(finite, max_size=5), hst.floats(0, 1e6))
def test_a_waterfall_stays_in_its_frame(expected, observed, values, error):
    figure = waterfall_figure(attribution(expected, observed, *values, error=error))
    for row in figure["rows"]:
        places = [row["left"], row["left"] + row["width"], row["end"], *(row["whisker"] or ())]
        assert all(0 <= x <= 100 for x in places)


def test_boxes_do_not_overlap_and_lie_in_the_picture(bad_report):
    figure = graph_figure(bad_report["graph"])
    places = [(box["x"], box["y"]) for box in figure["nodes"]]
    assert len(set(places)) == len(places) == 12
    for x, y in places:
        assert 0 <= x <= figure["width"] - figure["node_width"]
        assert 0 <= y <= figure["height"] - figure["node_height"]
    assert figure["has_way"]
    assert figure["edges"][-1]["on_path"]


def test_an_empty_graph_has_no_boxes():
    assert graph_figure({"nodes": [], "edges": []})["nodes"] == []
