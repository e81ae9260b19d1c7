"""The graph of a run."""

from __future__ import annotations

import itertools

import pytest
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

from lineage_stats.datasets import make_runs
from lineage_stats.plots import LineageDisplay
from lineage_stats.plots._style import INK, SKY, VERMILLION
from lineage_stats.trace import Trace
from tests.plots.conftest import MERGE


def bounds(box):
    return box.get_x(), box.get_y(), box.get_width(), box.get_height()


def overlap(a, b):
    (ax, ay, aw, ah), (bx, by, bw, bh) = bounds(a), bounds(b)
    return ax < bx + bw and bx < ax + aw and ay < by + bh and by < ay + ah


def test_a_box_per_operation_and_a_curve_per_edge(bad):
    display = LineageDisplay.from_trace(bad)
    assert [keys for (keys,) in display.boxes_] == list(bad.keys)
    position = {key: i for i, key in enumerate(bad.keys)}
    assert set(display.edges_) == {(position[a], position[b]) for a, b in bad.edges}
    assert not any(overlap(a, b) for a, b in itertools.combinations(display.boxes_.values(), 2))


def test_data_flows_down(bad):
    display = LineageDisplay.from_trace(bad)
    boxes = list(display.boxes_.values())
    assert all(boxes[a].get_y() < boxes[b].get_y() for a, b in display.edges_)
    top, bottom = sorted(display.ax_.get_ylim())
    assert display.ax_.get_ylim() == (bottom, top)


def test_everything_is_within_the_axes(bad, score, attribution):
    display = LineageDisplay.from_trace(bad, score=score, attribution=attribution)
    (left, right), (bottom, top) = display.ax_.get_xlim(), display.ax_.get_ylim()
    for curve in display.edges_.values():
        x, y = curve.get_path().vertices.T
        assert left <= x.min() <= x.max() <= right
        assert top <= y.min() <= y.max() <= bottom


def test_colours_are_scores_and_the_cause_has_a_frame(bad, score, attribution):
    display = LineageDisplay.from_trace(bad, score=score, attribution=attribution)
    scores = score.operations["score"]
    light = {key: sum(to_rgb(box.get_facecolor())) for (key,), box in display.boxes_.items()}
    order = sorted(light, key=light.__getitem__)
    assert light[max(light, key=lambda key: scores.get(key, 0.0))] == light[order[0]]
    frames = {key: to_hex(box.get_edgecolor()) for (key,), box in display.boxes_.items()}
    assert [key for key, colour in frames.items() if colour == INK] == [MERGE]
    assert set(frames.values()) == {INK, SKY.lower()}
    assert display.colorbar_.vmax == 6


def test_the_way_from_the_cause_to_the_metric_is_thick(bad, score, attribution):
    display = LineageDisplay.from_trace(bad, score=score, attribution=attribution)
    keys = [key for (key,) in display.boxes_]
    metric = bad.metric_operation("f1_score").key
    on_way = {MERGE, *bad.descendants(MERGE)} & {metric, *bad.ancestors(metric)}
    thick = {edge for edge, curve in display.edges_.items() if curve.get_linewidth() > 2}
    assert thick == {e for e in display.edges_ if {keys[e[0]], keys[e[1]]} <= on_way}
    assert 0 < len(thick) < len(display.edges_)
    plain = LineageDisplay.from_trace(bad)
    assert not [c for c in plain.edges_.values() if c.get_linewidth() > 2]
    assert plain.colorbar_ is None


def test_without_a_score_the_cause_is_coloured(bad, attribution):
    display = LineageDisplay.from_trace(bad, attribution=attribution)
    fills = {key: to_hex(box.get_facecolor()).upper() for (key,), box in display.boxes_.items()}
    assert [key for key, fill in fills.items() if fill == VERMILLION] == [MERGE]


def test_captions_say_rows_and_metrics(bad):
    texts = {text.get_text() for text in LineageDisplay.from_trace(bad).texts_}
    assert f"f1_score = {bad.metrics['f1_score']:.3g}" in texts
    rows = bad.operation(MERGE).outputs[0].rows
    assert f"clean · {rows:,} rows" in texts


def test_many_operations_are_folded():
    run = make_runs(1, n_extra_operations=48).traces[0]
    folded = LineageDisplay.from_trace(run)
    assert len(folded.boxes_) < 15
    assert sorted(itertools.chain(*folded.boxes_)) == sorted(run.keys)
    landmarks = {op.key for op in run if op.kind in ("source", "join", "split", "fit", "metric")}
    assert landmarks <= {keys[0] for keys in folded.boxes_ if len(keys) == 1}
    assert "48 steps" in {text.get_text() for text in folded.texts_}
    assert len(LineageDisplay.from_trace(run, fold_above=60).boxes_) == 60


@pytest.mark.parametrize("n_extra", [0, 48])
def test_names_stay_in_their_boxes(n_extra):
    run = make_runs(1, n_extra_operations=n_extra).traces[0]
    display = LineageDisplay.from_trace(run, fold_above=100)
    display.figure_.draw_without_rendering()
    boxes = [box.get_window_extent() for box in display.boxes_.values()]
    for text in display.texts_:
        area = text.get_window_extent()
        assert any(b.x0 <= area.x0 and area.x1 <= b.x1 and b.y0 - 1 <= area.y0 for b in boxes)


def test_results_of_another_run_are_refused(bad, score, attribution, learned):
    with pytest.raises(ValueError, match="'score' parameter of LineageDisplay must be of run"):
        LineageDisplay.from_trace(learned[0], score=score)
    with pytest.raises(ValueError, match="'attribution' parameter of LineageDisplay must be"):
        LineageDisplay.from_trace(learned[0], attribution=attribution)


def test_it_draws_where_it_is_told(bad, score):
    ax = Figure(figsize=(4, 4)).add_subplot()
    display = LineageDisplay.from_trace(bad, score=score, ax=ax)
    assert display.ax_ is ax
    assert display.figure_ is ax.figure
    assert display.colorbar_ is None, "the axes are the caller's, and so is the room beside them"
    assert all(text.get_fontsize() < 6 for text in display.texts_), "small boxes, small letters"


def test_an_empty_run_is_an_empty_drawing():
    display = LineageDisplay.from_trace(Trace("r1", "churn"))
    assert display.boxes_ == {}
    assert display.ax_.get_title(loc="left") == "churn, run r1"
