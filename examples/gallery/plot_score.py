"""
What is abnormal, and where it began
====================================

Operations of a run by how improbable they would be for a healthy one.
"""

# %%
# A join loses rows, and everything downstream of it is abnormal as well.
from lineage_stats.datasets import Fault, make_runs
from lineage_stats.detectors import RobustMADDetector
from lineage_stats.plots import TraceScoreDisplay

detector = RobustMADDetector(false_alarm_rate=0.01).fit(make_runs(40).traces)
fault = Fault("rows_lost", "clean/DataFrame.merge#1", severity=0.4, metric_drop=0.1)
bad = make_runs(1, first=40, fault=fault).traces[0]

# %%
# Colours tell where it begins. Beside each bar stands the feature that is furthest out.
display = TraceScoreDisplay.from_trace(bad, detector)

# %%
# A healthy run, for comparison:
quiet = make_runs(1, first=41).traces[0]
display = TraceScoreDisplay.from_trace(quiet, detector, max_operations=6)
