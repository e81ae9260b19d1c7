"""
A feature over the runs
=======================

Rows that a join made, over a hundred healthy days and today, with the healthy range.
"""

# %%
# The join gives fewer rows from day 60 on, and that was right: the healthy runs have two regimes.
# A detector that follows changes holds today's run against the present one.
from lineage_stats.datasets import Fault, make_runs
from lineage_stats.detectors import BayesianChangePointDetector
from lineage_stats.plots import BaselineDisplay
from lineage_stats.trace import TraceSet

MERGE = "clean/DataFrame.merge#1"
fewer = Fault("rows_lost", MERGE, severity=0.15, metric_drop=0.0)
later = make_runs(40, first=60, fault=fewer, tags={"status": "healthy"}).traces
healthy = TraceSet([*make_runs(60).traces, *later])

fault = Fault("rows_lost", MERGE, severity=0.4, metric_drop=0.1)
today = make_runs(1, first=100, fault=fault).traces[0]

# %%
# Below the values stands the probability that a new regime begins with a run.
detector = BayesianChangePointDetector(false_alarm_rate=0.01).fit(healthy)
display = BaselineDisplay.from_trace(today, detector, MERGE, "rows_out")

# %%
# The detector lists what it found, for all operations together:
print(detector.changes_[["run_id", "n_cells", "probability"]])
