import re

from hypothesis import given, settings
from hypothesis import strategies as hst

from lineage_stats.report._strip import (
    HEIGHT,
    MAX_POINTS,
    WIDTH,
    metric_strip,
    strip_figure,
)

finite = hst.floats(-1e300, 1e300)


def points(path):
    return [(float(x), float(y)) for x, y in re.findall(r"[ML](-?[\d.e+]+) (-?[\d.e+]+)", path)]


@settings(deadline=None, max_examples=80)
@given(hst.lists(finite | hst.none(), max_size=20), finite, hst.none() | hst.tuples(finite, finite))
def test_a_strip_stays_in_its_frame(history, value, ends):
    band = (min(ends), min(ends), max(ends)) if ends else (None, None, None)
    figure = strip_figure([*history, value], band=band)
    drawn = points(figure["line"])
    assert len(drawn) == sum(v is not None for v in history) + 1
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in drawn)
    assert (figure["last"]["x"], figure["last"]["y"]) == drawn[-1]
    if ends:
        assert 0 <= figure["band"]["top"] <= figure["band"]["bottom"] <= HEIGHT


def test_higher_is_further_up_and_later_further_right():
    (x0, y0), (x1, y1) = points(strip_figure([1.0, 2.0])["line"])
    assert x0 < x1
    assert y0 > y1


def test_a_missing_run_leaves_its_place_empty():
    (x0, _), (x2, _) = points(strip_figure([1.0, None, 2.0])["line"])
    assert x2 - x0 == 2 * strip_figure([1.0, 1.0, 2.0])["step"] * WIDTH


def test_of_very_many_runs_the_last_are_drawn():
    figure = strip_figure([5.0, *[1.0] * MAX_POINTS], changes=[0, 11])
    assert figure["n_points"] == MAX_POINTS
    assert len(figure["changes"]) == 1


def test_a_band_without_an_end_reaches_the_edge():
    assert strip_figure([1.0, 2.0], band=(None, None, 1.5))["band"]["bottom"] == HEIGHT
    assert strip_figure([1.0, 2.0], band=(1.5, None, None))["band"]["top"] == 0


def test_runs_that_are_not_healthy_have_dots_of_their_own():
    figure = strip_figure([1.0, 2.0, 3.0, 4.0], odd={1})
    assert figure["dots"].count("h0") == 2
    assert figure["odd_dots"].count("h0") == 1
    metric = {"value": 1.0, "band": None, "history": [{"run_id": "a", "value": 1.0}]}
    assert metric_strip(metric, [{"run_id": "a", "healthy": False}])["odd_dots"]
    assert not metric_strip(metric, [{"run_id": "a", "healthy": True}])["odd_dots"]


def test_a_metric_that_is_no_number_has_no_strip():
    assert metric_strip({"value": None, "band": None, "history": []}) is None
