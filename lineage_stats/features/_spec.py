"""What is measured at an operation, one line each."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cache

from lineage_stats._interrupts import pass_on
from lineage_stats.features._names import parse_feature

logger = logging.getLogger("lineage_stats")

ENTRY_POINT_GROUP = "lineage_stats.features"

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
    per : str, default="rows_out"
        For a proportion: the feature that counts the rows of which it is a share, at its port.
    """

    name: str
    kind: str
    unit: str
    description: str
    per: str = "rows_out"


def _table(*rows: tuple[str, ...]) -> dict[str, FeatureSpec]:
    return {row[0]: FeatureSpec(*row) for row in rows}


FEATURES: dict[str, FeatureSpec] = _table(
    # sizes; ports count the inputs for rows_in and columns_in, the outputs for the others
    ("rows_in", "count", "rows", "rows of an input"),
    ("columns_in", "count", "columns", "columns of an input"),
    ("rows_out", "count", "rows", "rows of an output"),
    ("columns_out", "count", "columns", "columns of an output"),
    ("rows_at_least", "count", "rows", "rows of an output, at least, where no more is known"),
    ("rows_at_most", "count", "rows", "rows of an output, at most, where no more is known"),
    ("null_share", "proportion", "1", "share of missing cells in an output"),
    ("calls", "count", "calls", "how often a step repeated in a loop was called"),
    # over the calls of a step repeated in a loop, of the rows that each of them made first
    ("rows_out_mean", "count", "rows", "mean number of rows of a call"),
    ("rows_out_sd", "real", "rows", "standard deviation of the number of rows"),
    ("rows_out_min", "count", "rows", "smallest number of rows"),
    ("rows_out_max", "count", "rows", "largest number of rows"),
    ("duration_mean", "duration", "s", "mean wall time of a call"),
    ("duration_sd", "duration", "s", "standard deviation of the wall time"),
    ("duration_min", "duration", "s", "shortest call"),
    ("duration_max", "duration", "s", "longest call"),
    # cost
    ("duration", "duration", "s", "wall time of the call"),
    ("cpu", "duration", "s", "CPU time of the calling thread"),
    # what Spark exchanged with Python workers for the functions of an operation
    ("worker_rows", "count", "rows", "rows that Python workers gave back"),
    ("worker_bytes_sent", "count", "bytes", "data that Python workers were sent"),
    ("worker_bytes_received", "count", "bytes", "data that Python workers gave back"),
    ("executors_lost", "count", "1", "executors that a cluster of Spark lost until an action"),
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
    ("length", "real", "characters", "mean length of the texts in a column"),
    ("char_code", "real", "1", "mean code point of the characters in a column of texts"),
    ("numeric_share", "proportion", "1", "share of the texts in a column that read as numbers"),
    # distances of a column's distribution from the healthy one; a detector derives them
    ("ks", "real", "1", "largest difference of the distribution functions"),
    ("wasserstein", "real", "sd", "mean distance that values have to be moved"),
    ("psi", "real", "1", "population stability index"),
    # estimators
    ("learned_values", "count", "values", "numbers that a model has learned"),
    ("iterations", "count", "iterations", "iterations that the fit took"),
    ("fit_score", "real", "1", "score of a fit: of a search, out of bag, or of a linear model"),
    ("folds", "count", "folds", "folds of a cross-validation"),
    ("fold_sd", "real", "1", "standard deviation of the score over the folds"),
    # joins and splits; at a join the port is that of the input
    ("match_rate", "proportion", "1", "share of rows of an input with a partner", "rows_in"),
    ("key_duplication", "proportion", "1", "share of rows that share their key", "rows_in"),
    ("share", "proportion", "1", "share of the rows that went into a part", "rows_in"),
    ("overlap", "proportion", "1", "share of a part's rows that are in the first part too"),
    ("selectivity", "proportion", "1", "share of the rows that a selection kept", "rows_in"),
    ("label_gap", "real", "1", "total variation distance between the labels of two parts"),
    ("association", "real", "1", "correlation (ratio) of a column with the target or strata"),
    ("coherence", "real", "1", "root mean square correlation with the other columns, at fit"),
    ("metric_value", "metric", "1", "value of the metric"),
    # equal or not
    ("schema", "category", "", "names, dtypes and order of an output's columns"),
    ("param", "category", "", "a parameter of the call"),
    ("call", "category", "", "source of this call, without what it is chained to"),
    ("statement", "category", "", "source of the statement that holds the call"),
    ("slice", "category", "", "source in between that the statement depends on"),
    ("code", "category", "", "code that ran: library version, or the user's function"),
    ("status", "category", "", "whether the call returned, and a metric that is no number"),
    ("cause", "category", "", "why the call failed, in a word, where that is known"),
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
    spec = feature_spec(name)
    return spec.kind if spec else "real"


def feature_spec(name: str) -> FeatureSpec | None:
    """Return what is known of a feature by its full name, also of those of other packages.

    Parameters
    ----------
    name : str
        Name of the feature, with column and port.

    Returns
    -------
    FeatureSpec or None
        None for a statistic that neither this package nor another one that is installed lists.

    Examples
    --------
    >>> feature_spec("match_rate@1").per
    'rows_in'
    """
    statistic = parse_feature(name).statistic
    return FEATURES.get(statistic) or _foreign_features().get(statistic)


@cache
def _foreign_features() -> dict[str, FeatureSpec]:
    """Return what installed packages measure; one that cannot be loaded is passed over."""
    from importlib.metadata import entry_points

    found: dict[str, FeatureSpec] = {}
    for entry in entry_points(group=ENTRY_POINT_GROUP):
        try:
            found.update({spec.name: spec for spec in entry.load()})
        except Exception as error:  # a foreign package must not stop the analysis
            pass_on(error)
            logger.warning("The features of '%s' cannot be loaded.", entry.name, exc_info=True)
    return found
