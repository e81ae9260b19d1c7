"""Whether a target moved against columns, or columns against their target.

Values that were dealt out to other rows keep their distribution. What tells who moved is who lost
what: where the target moved, every column loses the same share of what it had to do with it;
where columns moved, the others keep all of it.
"""

from __future__ import annotations

import numpy as np

from lineage_stats.attribution._scoring import FloatArray

MOVE = 5.0  # squared scales that one more thing that moved has to explain
VAGUE = 0.1  # by how much of itself a loss of the same share may differ from column to column


def target_moved(usual: FloatArray, lost: FloatArray) -> float:
    """Return how far a target moved, if that tells better what columns lost than that they did.

    Parameters
    ----------
    usual : ndarray of shape (n_columns,)
        How far each column usually goes with the target, in its own scales; positive.
    lost : ndarray of shape (n_columns,)
        How much of it is gone, in the same scales.

    Returns
    -------
    float
        Surprise of all columns together, in scales; 0 where columns moved, or nothing did.

    Notes
    -----
    The shorter description is taken [1]_: one share for all columns, or each column that moved
    by itself. What several columns lost together may be beyond chance where no single one's is.

    References
    ----------
    .. [1] J. Rissanen (1978). Modeling by shortest data description. Automatica 14, 465-471.

    Examples
    --------
    >>> import numpy as np
    >>> usual = np.array([9.0, 12.0, 7.0, 20.0])
    >>> round(target_moved(usual, 0.4 * usual), 1)
    10.4
    >>> target_moved(usual, np.array([4.0, 6.0, 3.0, 0.0]))
    0.0
    """
    if len(usual) < 2:
        return 0.0
    gone = np.minimum(lost, usual + 1.0)  # more than all cannot be lost but by chance
    noise = np.sqrt(1.0 + (VAGUE * usual) ** 2)
    x, y = usual / noise, gone / noise
    share = float(x @ y / (x @ x))
    rest = y - min(max(share, 0.0), 1.0) * x
    if share <= 0.0 or rest @ rest + MOVE >= np.minimum(y**2, MOVE).sum():
        return 0.0
    return float(usual @ gone / np.sqrt(usual @ usual))
