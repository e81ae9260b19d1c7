"""Figures of the paper."""

import draw
import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image


@pytest.fixture(scope="module")
def data():
    return pd.read_csv(draw.HERE / "corpus_test.csv", low_memory=False)


def axes(draw_on, data):
    ax = Figure().subplots()
    draw_on(ax, data)
    return ax


def test_bars_are_as_high_as_the_figures(data):
    ax = axes(draw.draw_rankers, data)
    first, *others = [c for c in ax.containers if hasattr(c, "patches")]
    assert 1 + len(others) == len(set(draw.RANKERS) & set(data["method"])) >= 4
    part = data[(data["measure"] == "hit@1, harmful") & (data["method"] == "attribution")]
    wanted = part.set_index("group").loc[list(draw.CLASSES), "value"] * 100
    assert [bar.get_height() for bar in first] == pytest.approx(wanted.tolist())


def test_every_method_has_both_bars(data):
    ax = axes(draw.draw_alarms, data)
    labels = [label.get_text() for label in ax.get_xticklabels()]
    assert labels == list(draw.ALARMS.values())
    bars = [c for c in ax.containers if hasattr(c, "patches")]
    assert [len(c) for c in bars] == [len(labels)] * 2


def test_both_figures_are_written(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.argv", ["draw.py", "--out", str(tmp_path)])
    draw.main()
    assert {path.name for path in tmp_path.iterdir()} == {"who_did_it.png", "alarms.png"}
    with Image.open(tmp_path / "alarms.png") as picture:
        assert picture.size[0] > 800
