"""
The graph of a run
==================

Operations from the sources at the top to the metric at the bottom.
"""

# %%
# Coloured by anomaly score. The likely cause has a thick frame, and the ways from it to the metric
# are drawn thick.
from lineage_stats import attribute_root_cause
from lineage_stats.datasets import Fault, make_runs
from lineage_stats.detectors import RobustMADDetector
from lineage_stats.plots import LineageDisplay

healthy = make_runs(40).traces
fault = Fault("rows_lost", "clean/DataFrame.merge#1", severity=0.6, metric_drop=0.15)
bad = make_runs(1, first=40, fault=fault).traces[0]

score = RobustMADDetector(false_alarm_rate=0.01).fit(healthy).score(bad)
attribution = attribute_root_cause(bad, "f1_score", baseline=healthy)
display = LineageDisplay.from_trace(bad, score=score, attribution=attribution)

# %%
# Of sixty operations, those between landmarks become one box.
long = make_runs(1, n_extra_operations=48).traces[0]
display = LineageDisplay.from_trace(long)
