"""What is measured at an operation, one line each."""

from __future__ import annotations

from dataclasses import dataclass

from lineage_stats.features._names import parse_feature

FEATURE_KINDS = ("count", "duration", "proportion", "real", "metric", "category", "presence")


@dataclass(frozen=True, slots=True)
class FeatureSpec:
    """One kind of measurement.

    Attributes
    ----------
    name : str
        Statistic, the first part of a feature's name.
    kind : {"count", "duration", "proportion", "real", "metric", "category", "presence"}
        Which statistical model suits it.
    unit : str
        Unit of the value; ``"column"`` where it has the column's own.
    description : str
        What it is.
    """

    name: str
    kind: str
    unit: str
    description: str


def _table(*rows: tuple[str, str, str, str]) -> dict[str, FeatureSpec]:
    return {row[0]: FeatureSpec(*row) for row in rows}


FEATURES: dict[str, FeatureSpec] = _table(
    # sizes; ports count the inputs for rows_in and columns_in, the outputs for the others
    ("rows_in", "count", "rows", "rows of an input"),
    ("columns_in", "count", "columns", "columns of an input"),
    ("rows_out", "count", "rows", "rows of an output"),
    ("columns_out", "count", "columns", "columns of an output"),
    ("null_share", "proportion", "1", "share of missing cells in an output"),
    ("calls", "count", "calls", "how often a step repeated in a loop was called"),
    # cost
    ("duration", "duration", "s", "wall time of the call"),
    ("cpu", "duration", "s", "CPU time of the calling thread"),
    # column profile, on a bounded sample of rows
    ("nulls", "proportion", "1", "share of missing values in a column"),
    ("mean", "real", "column", "mean of a numeric column"),
    ("sd", "real", "column", "standard deviation of a numeric column"),
    ("min", "real", "column", "smallest value of a numeric column"),
    ("q25", "real", "column", "lower quartile of a numeric column"),
    ("q50", "real", "column", "median of a numeric column"),
    ("q75", "real", "column", "upper quartile of a numeric column"),
    ("max", "real", "column", "largest value of a numeric column"),
    ("distinct", "count", "values", "distinct values of a column that is not numeric"),
    ("top_share", "proportion", "1", "share of the most frequent value of such a column"),
    # estimators
    ("association", "real", "1", "correlation (ratio) of a column with the target, at fit"),
    ("metric_value", "metric", "1", "value of the metric"),
    # equal or not
    ("schema", "category", "", "names, dtypes and order of an output's columns"),
    ("param", "category", "", "a parameter of the call"),
    ("call", "category", "", "source of this call, without what it is chained to"),
    ("statement", "category", "", "source of the statement that holds the call"),
    ("code", "category", "", "code that ran: library version, or the user's function"),
    ("status", "category", "", "whether the call returned"),
    ("parents", "category", "", "which operations the inputs came from"),
    ("present", "presence", "", "whether the operation ran at all"),
)


def feature_kind(name: str) -> str:
    """Return the kind of a feature by its full name; ``"real"`` for one that is not listed.

    Parameters
    ----------
    name : str
        Name of the feature, with column and port.

    Returns
    -------
    str
        One of `FEATURE_KINDS`.

    Examples
    --------
    >>> feature_kind("rows_out@1")
    'count'
    >>> feature_kind("mean[age]")
    'real'
    """
    spec = FEATURES.get(parse_feature(name).statistic)
    return spec.kind if spec else "real"
