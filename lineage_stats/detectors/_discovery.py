"""Which of many p-values to believe."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lineage_stats.detectors._transforms import FloatArray


def discoveries(p: FloatArray, rate: float) -> npt.NDArray[np.bool_]:
    """Return which p-values the procedure of Benjamini and Hochberg selects; NaN never.

    Parameters
    ----------
    p : ndarray of shape (n,)
        The p-values.
    rate : float
        Share of false ones among those selected, on average at most.

    References
    ----------
    Y. Benjamini and Y. Hochberg, Controlling the false discovery rate, Journal of the Royal
    Statistical Society B 57 (1995) 289-300.
    """
    known = np.sort(p[np.isfinite(p)])
    below = np.flatnonzero(known <= rate * np.arange(1, len(known) + 1) / max(len(known), 1))
    if not len(below):
        return np.zeros(len(p), dtype=bool)
    return np.asarray(p <= known[below[-1]])
