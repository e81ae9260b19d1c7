"""How well runs are told apart: false alarms, recall, and the area under the ROC curve."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lineage_stats.evaluation._checks import labels, numbers, same_length, share
from lineage_stats.evaluation._rate import Rate


def false_alarm_rate(flagged: npt.ArrayLike, faulty: npt.ArrayLike) -> Rate:
    """Return the share of healthy runs that were flagged.

    Parameters
    ----------
    flagged : array-like of bool of shape (n_runs,)
        Whether each run was flagged.
    faulty : array-like of bool of shape (n_runs,)
        Whether each run was faulty.

    Returns
    -------
    Rate
        Flagged healthy runs among the healthy ones.

    Raises
    ------
    ValueError
        If the arrays differ in length, or no run was healthy.

    Examples
    --------
    >>> false_alarm_rate([True, False, False, True], [False, False, False, True]).value
    0.3333333333333333
    """
    hits, truth = labels(flagged=flagged, faulty=faulty)
    return _rate_of(hits[~truth])


def recall(flagged: npt.ArrayLike, faulty: npt.ArrayLike) -> Rate:
    """Return the share of faulty runs that were flagged.

    Parameters
    ----------
    flagged : array-like of bool of shape (n_runs,)
        Whether each run was flagged.
    faulty : array-like of bool of shape (n_runs,)
        Whether each run was faulty.

    Returns
    -------
    Rate
        Flagged faulty runs among the faulty ones.

    Raises
    ------
    ValueError
        If the arrays differ in length, or no run was faulty.

    Examples
    --------
    >>> recall([True, False, True], [True, True, False]).value
    0.5
    """
    hits, truth = labels(flagged=flagged, faulty=faulty)
    return _rate_of(hits[truth])


def recall_at(
    scores: npt.ArrayLike, faulty: npt.ArrayLike, *, false_alarm_rate: float = 0.01
) -> Rate:
    """Return the recall at the lowest threshold that keeps a stated false alarm rate.

    Methods that state different rates, or none, are compared in this way at one and the same.

    Parameters
    ----------
    scores : array-like of float of shape (n_runs,)
        Score of each run; higher is more anomalous. Infinities are allowed.
    faulty : array-like of bool of shape (n_runs,)
        Whether each run was faulty.
    false_alarm_rate : float, default=0.01
        Largest share of the healthy runs that may be flagged.

    Returns
    -------
    Rate
        Faulty runs above the threshold among the faulty ones.

    Raises
    ------
    ValueError
        If the arrays differ in length or hold NaN, if there is no healthy or no faulty run, or if
        the rate is not between 0 and 1.

    Notes
    -----
    With n healthy runs and m = floor(n times rate), the threshold is their score of rank m + 1
    from above, and flagged is what lies strictly above it: ties never raise the rate. The
    threshold is chosen on the runs that are judged, so the figure says how well scores separate,
    not how well a threshold that was set beforehand does (`recall` says that). With fewer than 1 /
    rate healthy runs no false alarm is allowed at all.

    Examples
    --------
    >>> recall_at([1, 2, 3, 4, 5], [0, 0, 1, 0, 1], false_alarm_rate=0.4).value
    1.0
    """
    share("false_alarm_rate", false_alarm_rate)
    values, truth = _scores(scores, faulty)
    healthy = np.sort(values[~truth])[::-1]
    if not len(healthy):
        raise ValueError("There is no healthy run to set a threshold on.")
    allowed = int(np.floor(len(healthy) * false_alarm_rate + 1e-9))
    return _rate_of(values[truth] > healthy[allowed])


def roc_auc(scores: npt.ArrayLike, faulty: npt.ArrayLike) -> float:
    """Return the area under the ROC curve.

    Parameters
    ----------
    scores : array-like of float of shape (n_runs,)
        Score of each run; higher is more anomalous. Infinities are allowed.
    faulty : array-like of bool of shape (n_runs,)
        Whether each run was faulty.

    Returns
    -------
    float
        From 0 to 1; 0.5 is chance.

    Raises
    ------
    ValueError
        If the arrays differ in length or hold NaN, or if there is no healthy or no faulty run.

    Notes
    -----
    The probability that a faulty run scores higher than a healthy one, plus half of that of a tie
    [1]_. It depends on the order of the scores only.

    References
    ----------
    .. [1] J. A. Hanley and B. J. McNeil (1982). The meaning and use of the area under a receiver
       operating characteristic (ROC) curve. Radiology 143, 29-36.

    Examples
    --------
    >>> roc_auc([0.1, 0.4, 0.4, float("inf")], [0, 0, 1, 1])
    0.875
    """
    from scipy.stats import rankdata
    from sklearn.metrics import roc_auc_score

    values, truth = _scores(scores, faulty)
    if truth.all() or not truth.any():
        raise ValueError("Both healthy and faulty runs are needed for an area under the ROC curve.")
    return float(roc_auc_score(truth, rankdata(values)))


def _scores(
    scores: npt.ArrayLike, faulty: npt.ArrayLike
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    (values,), (truth,) = numbers(scores=scores), labels(faulty=faulty)
    same_length(scores=values, faulty=truth)
    return values, truth


def _rate_of(hits: npt.NDArray[np.bool_]) -> Rate:
    return Rate(int(hits.sum()), len(hits))
