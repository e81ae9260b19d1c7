"""Games with a structure: exact Shapley values without going through the coalitions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Link = Callable[[FloatArray], FloatArray]

MAX_TERMS = 4096


def product_game_values(factors: npt.ArrayLike, *, scale: float = 1.0) -> FloatArray:
    """Return the Shapley values of a product, as of rows that survive a chain of filters.

    Parameters
    ----------
    factors : array-like of shape (n_players,)
        By what each player multiplies, any finite number; 1 for a player that changes nothing.
    scale : float, default=1.0
        Worth of nobody.

    Returns
    -------
    ndarray of shape (n_players,)
        They sum to ``scale * (prod(factors) - 1)``.

    Raises
    ------
    ValueError
        If a factor is no finite number.

    Notes
    -----
    The game is ``v(S) = scale * prod of factors in S``. Its multilinear extension [1]_ at equal
    probabilities t gives ``scale * (a_i - 1) * integral over 0..1 of prod over j != i of
    (1 - t + t a_j) dt``. The integrand is a polynomial of degree n - 1, for which Gauss-Legendre
    quadrature with ceil(n / 2) nodes is exact. Time is O(n^2).

    References
    ----------
    .. [1] G. Owen (1972). Multilinear extensions of games. Management Science 18(5), 64-79.

    Examples
    --------
    >>> from lineage_stats.attribution import product_game_values
    >>> product_game_values([0.5, 0.5, 1.0], scale=1000).tolist()  # two filters keep a half each
    [-375.0, -375.0, 0.0]
    """
    a = _players("factors", "product_game_values", factors)
    if a.size == 0:
        return a
    nodes, weights = np.polynomial.legendre.leggauss((a.size + 1) // 2)
    t = (nodes + 1) / 2
    others = _products_of_others(1 - t[:, None] + t[:, None] * a)
    values: FloatArray = scale * (a - 1) * (weights / 2 @ others)
    return values


def link_game_values(
    effects: npt.ArrayLike, link: Link, *, start: float = 0.0, n_terms: int = 64
) -> FloatArray:
    """Return the Shapley values of a function of a sum, as of a probability of log-odds.

    Parameters
    ----------
    effects : array-like of shape (n_players,)
        What each player adds inside the function; 0 for a player that changes nothing.
    link : callable
        The function, of an array; smooth, as a logistic function or an exponential.
    start : float, default=0.0
        What is inside the function without any player.
    n_terms : int, default=64
        Number of terms of the series, up to 4096; more where the function bends sharply.

    Returns
    -------
    ndarray of shape (n_players,)
        They sum to ``link(start + sum(effects)) - link(start)``.

    Raises
    ------
    ValueError
        If an effect is no finite number, `n_terms` is out of range, or the function returns no
        finite numbers where the players can lead.

    Notes
    -----
    On the interval that coalitions can reach, the function is written as a sum of complex
    exponentials by least squares (a Fourier series on an interval twice as long, [1]_). Each of
    them is a product game, and the Shapley value is linear in the game. What the series misses at
    both ends, of the order of 1e-13 for a logistic function, is divided in proportion to what is
    found. Time is O(n^2 n_terms).

    References
    ----------
    .. [1] D. Huybrechs (2010). On the Fourier extension of nonperiodic functions. SIAM Journal on
       Numerical Analysis 47(6), 4326-4355.

    Examples
    --------
    >>> import numpy as np
    >>> from lineage_stats.attribution import link_game_values
    >>> logistic = lambda x: 1 / (1 + np.exp(-x))
    >>> link_game_values([-1.0, -1.0, 0.0], logistic, start=2.0).round(4).tolist()
    [-0.1904, -0.1904, 0.0]
    """
    e = _players("effects", "link_game_values", effects)
    if not (isinstance(n_terms, int) and 1 <= n_terms <= MAX_TERMS):
        raise ValueError(
            "The 'n_terms' parameter of link_game_values must be an int from 1 to "
            f"{MAX_TERMS}. Got {n_terms!r} instead."
        )
    ends = _evaluate(link, np.array([start, start + e.sum()]))
    whole = float(ends[1] - ends[0])
    if not e.any():
        return np.zeros_like(e)
    low, high = start + np.minimum(e, 0).sum(), start + np.maximum(e, 0).sum()
    frequencies, coefficients = _series(link, low, high, n_terms)
    values = np.zeros_like(e)
    for frequency, coefficient in zip(frequencies, coefficients, strict=True):
        begin = coefficient * np.exp(1j * frequency * (start - low))
        values += (begin * _unit_product_game(frequency * e)).real
    return _with_sum(values, whole, e)


def maximum_game_values(heights: npt.ArrayLike) -> FloatArray:
    """Return the Shapley values of a maximum, as of tasks that run side by side.

    Parameters
    ----------
    heights : array-like of shape (n_players,)
        What each player needs alone, none of it negative; 0 for a player that needs nothing.

    Returns
    -------
    ndarray of shape (n_players,)
        They sum to the largest height.

    Raises
    ------
    ValueError
        If a height is negative or no finite number.

    Notes
    -----
    The game is ``v(S) = max of heights in S``, known as the airport game: of each step from one
    height to the next all that are at least as high pay an equal part [1]_. Time is O(n log n).

    References
    ----------
    .. [1] S. C. Littlechild, G. Owen (1973). A simple expression for the Shapley value in a
       special case. Management Science 20(3), 370-372.

    Examples
    --------
    >>> from lineage_stats.attribution import maximum_game_values
    >>> maximum_game_values([3.0, 9.0, 3.0]).tolist()
    [1.0, 7.0, 1.0]
    """
    h = _players("heights", "maximum_game_values", heights)
    if (h < 0).any():
        raise ValueError(
            "The 'heights' parameter of maximum_game_values must hold no negative value. "
            f"Got {h.min()!r} instead."
        )
    order = np.argsort(h, kind="stable")
    steps = np.diff(h[order], prepend=0.0)
    values = np.empty_like(h)
    values[order] = np.cumsum(steps / np.arange(len(h), 0, -1))
    return values


def _players(name: str, caller: str, given: npt.ArrayLike) -> FloatArray:
    values = np.asarray(given, dtype=np.float64)
    if values.ndim != 1 or not np.isfinite(values).all():
        raise ValueError(
            f"The '{name}' parameter of {caller} must be a one-dimensional array of finite "
            f"numbers. Got {given!r} instead."
        )
    return values


def _products_of_others(factors: npt.NDArray[np.inexact]) -> npt.NDArray[np.inexact]:
    """Return along the last axis the product of all but each, without dividing."""
    ones = np.ones_like(factors[..., :1])
    before = np.cumprod(np.concatenate([ones, factors[..., :-1]], axis=-1), axis=-1)
    turned = factors[..., ::-1]
    after = np.cumprod(np.concatenate([ones, turned[..., :-1]], axis=-1), axis=-1)[..., ::-1]
    return np.asarray(before * after)


def _unit_product_game(angles: FloatArray) -> npt.NDArray[np.complex128]:
    """Return the values of the product game with factors on the unit circle."""
    nodes, weights = np.polynomial.legendre.leggauss((angles.size + 1) // 2)
    t = (nodes + 1) / 2
    factors = np.exp(1j * angles)
    others = _products_of_others(1 - t[:, None] + t[:, None] * factors)
    # expm1, as a player with next to no effect would else lose its digits.
    values: npt.NDArray[np.complex128] = np.expm1(1j * angles) * (weights / 2 @ others)
    return values


def _series(
    link: Link, low: float, high: float, n_terms: int
) -> tuple[FloatArray, npt.NDArray[np.complex128]]:
    """Return frequencies and coefficients that give the function at ``low + x`` for x >= 0."""
    n_points = 4 * n_terms
    # Dense towards both ends, where least squares on an interval are worst.
    x = (1 - np.cos(np.pi * (np.arange(n_points) + 0.5) / n_points)) / 2 * (high - low)
    frequencies = np.pi / (high - low) * np.arange(-n_terms // 2 + 1, n_terms // 2 + 1)
    basis = np.exp(1j * np.outer(x, frequencies))
    coefficients, *_ = np.linalg.lstsq(basis, _evaluate(link, low + x), rcond=1e-14)
    return np.asarray(frequencies, np.float64), np.asarray(coefficients, np.complex128)


def _evaluate(link: Link, x: FloatArray) -> FloatArray:
    values = np.asarray(link(x), dtype=np.float64)
    if values.shape != x.shape or not np.isfinite(values).all():
        raise ValueError(
            "The 'link' parameter of link_game_values must return a finite number for each of "
            f"{x.min():.4g} to {x.max():.4g}. It returned {values!r}."
        )
    return values


def _with_sum(values: FloatArray, whole: float, effects: FloatArray) -> FloatArray:
    """Return values that sum to the whole; who has no effect gets none of the rest."""
    values = np.where(effects == 0, 0.0, values)
    size = np.abs(values).sum()
    part = np.abs(values) / size if size > 0 else (effects != 0) / np.count_nonzero(effects)
    corrected: FloatArray = values + part * (whole - values.sum())
    return corrected
