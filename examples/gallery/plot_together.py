"""
Four plots on one figure
========================

Every display takes ``ax``, and so fits into a figure of your own.
"""

# %%
# Labels shrink with the room that they have.
import matplotlib.pyplot as plt

from lineage_stats import attribute_root_cause
from lineage_stats.datasets import Fault, make_runs
from lineage_stats.detectors import RobustMADDetector
from lineage_stats.plots import (
    AttributionDisplay,
    BaselineDisplay,
    LineageDisplay,
    TraceScoreDisplay,
)

healthy = make_runs(40).traces
fault = Fault("rows_lost", "clean/DataFrame.merge#1", severity=0.6, metric_drop=0.15)
bad = make_runs(1, first=40, fault=fault).traces[0]
detector = RobustMADDetector(false_alarm_rate=0.01).fit(healthy)
attribution = attribute_root_cause(bad, "f1_score", baseline=healthy)

figure, axes = plt.subplots(2, 2, figsize=(15, 10), layout="constrained")
AttributionDisplay.from_attribution(attribution, ax=axes[0, 0])
TraceScoreDisplay.from_trace(bad, detector, ax=axes[0, 1], max_operations=8)
BaselineDisplay.from_trace(bad, detector, ax=axes[1, 0])
display = LineageDisplay.from_trace(bad, attribution=attribution, ax=axes[1, 1])
