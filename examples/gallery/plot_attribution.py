"""
Who took the points?
====================

A metric's drop as a waterfall, from the healthy median down to the value of the run.
"""

# %%
# Forty healthy runs of a churn pipeline, and one in which a join loses rows. They are simulated,
# so that the truth is known; recorded runs come from :func:`lineage_stats.load_traces`.
from lineage_stats import attribute_root_cause
from lineage_stats.datasets import Fault, make_runs
from lineage_stats.plots import AttributionDisplay

healthy = make_runs(40).traces
fault = Fault("rows_lost", "clean/DataFrame.merge#1", severity=0.6, metric_drop=0.15)
bad = make_runs(1, first=40, fault=fault).traces[0]

# %%
# The bars lead from the healthy median to this run. What no operation answers for is grey, and
# the last row shows how much the metric moves from one healthy run to the next.
attribution = attribute_root_cause(bad, "f1_score", baseline=healthy)
display = AttributionDisplay.from_attribution(attribution)

# %%
# The same in words:
print(attribution.summary())
