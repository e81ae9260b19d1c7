"""Every example of the gallery draws."""

from __future__ import annotations

import runpy

import pytest
from matplotlib import pyplot as plt

from tests.docs.pages import ROOT

EXAMPLES = sorted((ROOT / "examples" / "gallery").glob("*.py"))


@pytest.fixture(autouse=True)
def _figures_are_closed():
    yield
    plt.close("all")


def test_there_is_one_of_each_display():
    text = "".join(path.read_text(encoding="utf-8") for path in EXAMPLES)
    from lineage_stats import plots

    assert not [name for name in plots.__all__ if f"{name}.from_" not in text]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_draws(path, monkeypatch, capsys):
    monkeypatch.setenv("MPLBACKEND", "agg")
    assert path.name.startswith("plot_"), "others are not run by the build"
    runpy.run_path(str(path), run_name="__main__")
    assert plt.get_fignums()
    for number in plt.get_fignums():
        plt.figure(number).draw_without_rendering()
    title, underline = path.read_text(encoding="utf-8").splitlines()[1:3]
    assert underline == "=" * len(title)
