"""How far the shares of an attribution are from the true ones."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping


def share_errors(
    shares: Mapping[str, float],
    truth: Mapping[str, float],
    *,
    operations: Iterable[str] = (),
) -> dict[str, float]:
    """Return share minus true share of every operation.

    Parameters
    ----------
    shares : mapping of str to float
        Shares by operation, in points of the metric; operations that are left out have none.
    truth : mapping of str to float
        True shares, as the Shapley values of a replay.
    operations : iterable of str, default=()
        Further operations, which have no share in either.

    Returns
    -------
    dict of str to float
        By operation, in points of the metric.

    Raises
    ------
    ValueError
        If a share is no finite number.

    Examples
    --------
    >>> share_errors({"merge": 0.25}, {"merge": 0.5, "fit": -0.125})
    {'merge': -0.25, 'fit': 0.125}
    """
    keys = dict.fromkeys([*shares, *truth, *operations])
    errors = {key: float(shares.get(key, 0.0)) - float(truth.get(key, 0.0)) for key in keys}
    wrong = [key for key, error in errors.items() if not math.isfinite(error)]
    if wrong:
        raise ValueError(f"Shares must be finite numbers; those of {', '.join(wrong)} are not.")
    return errors


def mean_share_error(
    shares: Mapping[str, float],
    truth: Mapping[str, float],
    *,
    operations: Iterable[str] = (),
) -> float:
    """Return the mean absolute error of shares over operations, in points of the metric.

    Parameters
    ----------
    shares : mapping of str to float
        Shares by operation, in points of the metric.
    truth : mapping of str to float
        True shares.
    operations : iterable of str, default=()
        Further operations that count in the mean; pass all that could have been named, so that
        methods that name different numbers of them are measured alike.

    Returns
    -------
    float
        Mean over all operations of ``|share - true share|``.

    Raises
    ------
    ValueError
        If there is no operation, or a share is no finite number.

    Examples
    --------
    >>> mean_share_error({"merge": 0.25}, {"merge": 0.5}, operations=["read", "merge"])
    0.125
    """
    errors = share_errors(shares, truth, operations=operations)
    if not errors:
        raise ValueError("There is no operation to have a share.")
    return math.fsum(map(abs, errors.values())) / len(errors)


def relative_share_error(shares: Mapping[str, float], truth: Mapping[str, float]) -> float:
    """Return the sum of absolute errors of shares, relative to the whole true change.

    Parameters
    ----------
    shares : mapping of str to float
        Shares by operation, in points of the metric.
    truth : mapping of str to float
        True shares.

    Returns
    -------
    float
        0 for a perfect attribution, 1 for one that names nothing where all true shares have one
        sign, 2 for all on the wrong operation.

    Raises
    ------
    ValueError
        If the true shares sum to 0, or a share is no finite number.

    Notes
    -----
    The sum over operations of ``|share - true share|``, divided by the absolute value of the sum
    of the true shares. It does not depend on the number of operations, nor on the unit of the
    metric.

    Examples
    --------
    >>> relative_share_error({"merge": 0.5}, {"fit": 0.5})
    2.0
    """
    errors = share_errors(shares, truth)
    whole = abs(math.fsum(truth.values()))
    if not whole:
        raise ValueError("The true shares sum to 0, so there is no change to be relative to.")
    return math.fsum(map(abs, errors.values())) / whole
