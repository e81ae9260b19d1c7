"""How far apart two distributions are, from the quantiles or shares that were stored of them."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

LEVELS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
# Half a row in a thousand: a share of nothing would be infinitely far from anything.
_LEAST_SHARE: Final = 0.0005


def quantile_distances(
    observed: npt.ArrayLike, expected: npt.ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Compare distributions by their quantiles at 0, 1/4, 1/2, 3/4 and 1.

    Parameters
    ----------
    observed : array-like of shape (..., 5)
        Smallest value, quartiles and largest value, as in the features ``min``, ``q25``, ``q50``,
        ``q75`` and ``max``.
    expected : array-like of shape (..., 5)
        Those of the distribution to compare with.

    Returns
    -------
    ks : ndarray
        Kolmogorov and Smirnov's distance: the largest difference of the distribution functions.
    wasserstein : ndarray
        Mean distance that values have to be moved, in the unit of the column.
    psi : ndarray
        Population stability index over the four bins between the expected quantiles.

    Notes
    -----
    Values are taken to lie evenly between two quantiles. Then both the distribution functions
    and their inverses are made of straight lines, and all three follow without any
    further assumption. NaN in a quantile gives NaN.

    References
    ----------
    .. [1] C. Villani (2009). Optimal Transport, Old and New. Springer, chapter 6.
    .. [2] N. Siddiqi (2006). Credit Risk Scorecards. Wiley, for the stability index.

    Examples
    --------
    >>> ks, wasserstein, psi = quantile_distances([1, 2, 3, 4, 5], [0, 1, 2, 3, 4])
    >>> float(ks), float(wasserstein)
    (0.25, 1.0)
    """
    q, p = np.broadcast_arrays(
        np.asarray(observed, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    )
    at_p, at_q = _share_below(q, p), _share_below(p, q)
    ks = np.maximum(_most_apart(at_p, p), _most_apart(at_q, q))
    known = np.isfinite(q).all(axis=-1) & np.isfinite(p).all(axis=-1)
    found = ks, _moved(q, p), _psi(np.diff(at_p, axis=-1), _shares_between(p))
    ks, wasserstein, psi = (np.where(known, distance, np.nan) for distance in found)
    return ks, wasserstein, psi


def share_distances(observed: npt.ArrayLike, expected: npt.ArrayLike) -> FloatArray:
    """Return the population stability index of shares.

    Parameters
    ----------
    observed : array-like of shape (..., n_categories)
        Shares of the categories; they add up to 1.
    expected : array-like of shape (..., n_categories)
        Those to compare with.

    Returns
    -------
    ndarray
        ``sum((a - b) log(a / b))`` over the categories, with shares of at least 0.0005.

    Examples
    --------
    >>> float(share_distances([0.5, 0.5], [0.5, 0.5]))
    0.0
    """
    a, b = np.asarray(observed, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    return _psi(a, b)


def _share_below(q: FloatArray, x: FloatArray) -> FloatArray:
    """Return the share of values up to each `x` of a distribution with quantiles `q`."""
    width = np.diff(q, axis=-1)[..., None, :]
    beyond = x[..., :, None] - q[..., None, :-1]
    # A step where two quantiles are equal; a straight line elsewhere.
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        inside = np.where(width > 0, beyond / width, np.where(beyond >= 0, 1.0, 0.0))
    return np.asarray(np.clip(inside, 0.0, 1.0).sum(axis=-1) / (len(LEVELS) - 1))


def _shares_between(p: FloatArray) -> FloatArray:
    """Return the shares of a distribution between its own quantiles, ties included."""
    return np.asarray(np.diff(_share_below(p, p), axis=-1))


def _most_apart(share: FloatArray, q: FloatArray) -> FloatArray:
    """Return how far shares below the quantiles `q` are from those of `q` itself, at most."""
    return np.asarray(np.abs(share - _share_below(q, q)).max(axis=-1))


def _moved(q: FloatArray, p: FloatArray) -> FloatArray:
    """Return the area between two inverse distribution functions made of straight lines."""
    a, b = (q - p)[..., :-1], (q - p)[..., 1:]
    together = a * b >= 0
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        crossed = (a**2 + b**2) / (2 * (np.abs(a) + np.abs(b)))
    area = np.where(together, np.abs(a + b) / 2, crossed)
    return np.asarray(area.sum(axis=-1) / (len(LEVELS) - 1))


def _psi(a: FloatArray, b: FloatArray) -> FloatArray:
    a, b = np.maximum(a, _LEAST_SHARE), np.maximum(b, _LEAST_SHARE)
    return np.asarray(((a - b) * np.log(a / b)).sum(axis=-1))
