"""Plots of results with matplotlib, by scikit-learn's convention of displays.

A display holds what it draws, draws it with `plot`, and keeps the artists as attributes that end in
``_``. The class methods ``from_…`` ask the layers below for the numbers and draw them; nothing is
computed here. matplotlib is imported when something is drawn.
"""

from lineage_stats.plots._attribution import AttributionDisplay
from lineage_stats.plots._baseline import BaselineDisplay
from lineage_stats.plots._lineage import LineageDisplay
from lineage_stats.plots._score import TraceScoreDisplay

__all__ = ["AttributionDisplay", "BaselineDisplay", "LineageDisplay", "TraceScoreDisplay"]
