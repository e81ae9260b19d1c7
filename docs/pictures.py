"""Draws the pictures of the README and of the first page of the site.

Run it with: ``python docs/pictures.py``. It runs the demo, which takes half a minute, and needs
Chromium or Chrome for the page; without one, only the plot is drawn.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import matplotlib as mpl
from PIL import Image

import lineage_stats
from lineage_stats.plots import AttributionDisplay

HERE = Path(__file__).parent
FAULT = "join"  # the bad day that the README prints
WIDTH, HEIGHT = 900, 945


def draw_attribution(folder):
    """Draw who took the points of a bad day of the demo."""
    runs = lineage_stats.load_traces(folder / "traces", pipeline="tumours")
    healthy = runs.filter(tags={"status": "healthy"})
    others = [run for run in runs if run.tags.get("status") != "healthy"]
    bad = others[1]
    mpl.use("agg")
    display = AttributionDisplay.from_trace(bad, "f1_score", baseline=healthy)
    display.figure_.savefig(HERE / "attribution.png", dpi=144, facecolor="white")


def photograph_page(folder):
    """Photograph the head of the page of the same day, on a light background."""
    browser = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chrome"))), None)
    if browser is None:
        print("No Chromium: docs/report.png stays as it is.")
        return
    page = folder / f"report_{FAULT}.html"
    picture = HERE / "report.png"
    subprocess.run(
        [
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
            f"--window-size={WIDTH},{HEIGHT}", f"--screenshot={picture}", page.absolute().as_uri(),
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    # Few colours are enough for a page, and make a fraction of the size.
    Image.open(picture).convert("RGB").quantize(96).save(picture, optimize=True)


def main():
    """Run the demo in a folder of its own, and draw."""
    with tempfile.TemporaryDirectory() as name:
        command = [sys.executable, "-m", "lineage_stats", "demo"]
        subprocess.run(command, cwd=name, check=True, capture_output=True)
        folder = Path(name, "lineage_demo")
        draw_attribution(folder)
        photograph_page(folder)
    for picture in ("attribution.png", "report.png"):
        print(picture, (HERE / picture).stat().st_size // 1000, "kB")


if __name__ == "__main__":
    main()
