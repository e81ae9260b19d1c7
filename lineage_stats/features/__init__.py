"""What is measured at an operation, and the door from traces to numbers.

Importing this package imports neither NumPy nor pandas: a process that only records must stay
light. `RunMatrix`, `Cell` and what belongs to them load NumPy on first use.
"""

from typing import TYPE_CHECKING

from lineage_stats._lazy import lazy_names
from lineage_stats.features._association import association
from lineage_stats.features._names import FeatureName, parse_feature
from lineage_stats.features._profile import profile_data
from lineage_stats.features._shape import (
    DataShape,
    describe_data,
    is_data,
    register_data_type,
    schema_digest,
)
from lineage_stats.features._spec import (
    FEATURE_KINDS,
    FEATURES,
    FeatureSpec,
    feature_kind,
    feature_spec,
)

if TYPE_CHECKING:
    from lineage_stats.features._cell_summary import CellSummary
    from lineage_stats.features._diff import diff_runs
    from lineage_stats.features._distances import quantile_distances, share_distances
    from lineage_stats.features._matrix import (
        Cell,
        RunMatrix,
        as_run_matrix,
        category_code,
        operation_features,
    )
    from lineage_stats.features._run_diff import Change, RunDiff

__all__ = [
    "FEATURES",
    "FEATURE_KINDS",
    "Cell",
    "CellSummary",
    "Change",
    "DataShape",
    "FeatureName",
    "FeatureSpec",
    "RunDiff",
    "RunMatrix",
    "as_run_matrix",
    "association",
    "category_code",
    "describe_data",
    "diff_runs",
    "feature_kind",
    "feature_spec",
    "is_data",
    "operation_features",
    "parse_feature",
    "profile_data",
    "quantile_distances",
    "register_data_type",
    "schema_digest",
    "share_distances",
]


__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "CellSummary": "_cell_summary",
        "diff_runs": "_diff",
        **dict.fromkeys(("Change", "RunDiff"), "_run_diff"),
        **dict.fromkeys(
            ("Cell", "RunMatrix", "as_run_matrix", "category_code", "operation_features"), "_matrix"
        ),
        **dict.fromkeys(("quantile_distances", "share_distances"), "_distances"),
    },
)
