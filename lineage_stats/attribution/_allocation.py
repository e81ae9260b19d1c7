"""Closed forms: how an observed total divides among Gaussian effects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Allocation:
    """Result of `gaussian_allocation`.

    Attributes
    ----------
    shares : ndarray of shape (n_players,)
        Expected effect of each player given the total.
    unexplained : float
        Expected effect of chance; shares and this sum to the total.
    standard_errors : ndarray of shape (n_players,)
        Standard deviation of each effect given the total.
    unexplained_error : float
        Standard deviation of the effect of chance given the total.
    covariance : ndarray of shape (n_players + 1, n_players + 1)
        Of all effects given the total; chance comes last. Its rows sum to zero.
    """

    shares: FloatArray
    unexplained: float
    standard_errors: FloatArray
    unexplained_error: float
    covariance: FloatArray

    def probability_of_largest(
        self, *, n_draws: int = 4000, random_state: int | np.random.Generator = 0
    ) -> FloatArray:
        """Return the probability that each player's effect is the largest of all.

        Parameters
        ----------
        n_draws : int, default=4000
            Number of draws from the effects given the total; half of them mirrored.
        random_state : int or numpy.random.Generator, default=0
            Chance of the draws.

        Returns
        -------
        ndarray of shape (n_players + 1,)
            Probabilities, that of chance last; they sum to 1. A player without any effect
            never wins.
        """
        mean = np.append(self.shares, self.unexplained)
        live = np.flatnonzero(np.diag(self.covariance) > 0)
        found = np.zeros(len(mean))
        if live.size == 0:
            found[-1] = 1.0
            return found
        eigenvalues, vectors = np.linalg.eigh(self.covariance[np.ix_(live, live)])
        root = vectors * np.sqrt(np.clip(eigenvalues, 0.0, None))
        rng = np.random.default_rng(random_state)
        noise = rng.standard_normal(((n_draws + 1) // 2, live.size)) @ root.T
        draws = mean[live] + np.concatenate([noise, -noise])
        found[live] = np.bincount(draws.argmax(axis=1), minlength=live.size) / len(draws)
        return found


def gaussian_allocation(
    total: float,
    prior_sd: npt.ArrayLike,
    *,
    noise: float,
    prior_mean: npt.ArrayLike | None = None,
) -> Allocation:
    """Divide an observed total among players whose effects add up.

    Parameters
    ----------
    total : float
        The observed sum of all effects, as the drop of a metric in units of its noise.
    prior_sd : array-like of shape (n_players,)
        Standard deviation of each player's effect before the total was seen; 0 for a player
        that cannot have had any.
    noise : float
        Standard deviation of chance, positive, in the unit of the total.
    prior_mean : array-like of shape (n_players,), default=None
        Expected effects before the total was seen; None means zero.

    Returns
    -------
    Allocation
        Shares, their standard errors and what stays unexplained.

    Raises
    ------
    ValueError
        If `noise` is not positive or a standard deviation is negative.

    Notes
    -----
    With effects e ~ N(mu, diag(sd ** 2)) and chance ~ N(0, noise ** 2) as one more player, the
    game v(S) = sum of e_i over S is additive, so its Shapley values are the effects. Given the
    total D they are Gaussian with mean ``mu + var (D - sum mu) / sum var`` and covariance
    ``diag(var) - var var' / sum var`` [1]_. As the Shapley value is linear in the game, the mean
    is the expected Shapley value: shares and chance sum to D, a player with sd 0 and mean 0 gets
    exactly 0, and equal players get equal shares. Time is quadratic in the players.

    References
    ----------
    .. [1] M. L. Eaton (1983). Multivariate Statistics: a Vector Space Approach. Wiley,
       proposition 3.13.

    Examples
    --------
    >>> from lineage_stats.attribution import gaussian_allocation
    >>> found = gaussian_allocation(10.0, [4.0, 2.0, 0.0], noise=1.0)
    >>> found.shares.round(2).tolist(), round(found.unexplained, 2)
    ([7.62, 1.9, 0.0], 0.48)
    """
    sd = np.asarray(prior_sd, dtype=np.float64)
    mean = np.zeros_like(sd) if prior_mean is None else np.asarray(prior_mean, dtype=np.float64)
    if not noise > 0:
        raise ValueError(
            "The 'noise' parameter of gaussian_allocation must be a positive float. "
            f"Got {noise!r} instead."
        )
    if not (sd >= 0).all():
        raise ValueError(
            "The 'prior_sd' parameter of gaussian_allocation must hold no negative value. "
            f"Got {sd.min()!r} instead."
        )
    variance = np.append(sd, noise) ** 2
    weight = variance / variance.sum()
    effects = np.append(mean, 0.0) + weight * (total - mean.sum())
    # Rounding must not break the sum.
    effects[-1] = total - effects[:-1].sum()
    covariance = np.diag(variance) - np.outer(variance, weight)
    errors = np.sqrt(np.clip(np.diag(covariance), 0.0, None))
    return Allocation(effects[:-1], float(effects[-1]), errors[:-1], float(errors[-1]), covariance)
