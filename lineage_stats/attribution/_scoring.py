"""How surprise, magnitude, kind of feature and trust combine to evidence. Pure functions.

The constants were set by hand on simulated pipelines whose seeds no test and no benchmark uses. How
much the evidence counts beside other signs was fitted on recorded pipelines (`_ranking`).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

HALF_SURPRISE = 4.0  # standard deviations at which a feature counts half
HALF_SURPRISE_EDITED = 3.0  # the same where the operation was edited
CERTAIN = 8.0  # surprise of a change that chance cannot make
FULL_MAGNITUDE = 16.0
HALF_TRANSMISSION = 3.0
PRIOR_CHANGED = 0.05  # odds that an operation changed, before looking
PRIOR_CHANGED_EDITED = 0.5
CROSS_COLUMN = 0.3  # how much an anomaly of another input column casts doubt
MAX_CROSS_ANOMALY = 6.0  # more of it counts no more for a column that is handed on
STRUCTURAL = 0.2  # what arrives of an anomaly that no later step shows, along a path of columns
ROW_TRANSMISSION = 0.3  # how far a loss of rows counts as a change of what they hold

# Weight of a feature by its statistic; 1 where it is not listed.
KIND_WEIGHTS = {
    "min": 0.5,
    "max": 0.5,
    "distinct": 0.7,
    "columns_out": 0.7,
    "calls": 0.3,
}
# Parameters that do not change what comes out, or only by chance.
INERT_PARAMETERS = frozenset(
    {"copy", "inplace", "memory", "n_jobs", "random_state", "verbose", "verbosity", "pre_dispatch",
     "show_progress", "engine", "low_memory", "cache_size", "warm_start", "observed"}
)  # fmt: skip
INERT_WEIGHT = 0.1
VANISHED_WEIGHT = 0.6
# What is left for a change of the code that shows in no output.
HARMLESS_CALL = 0.10
HARMLESS_CHANGE = 0.15
UNSEEN_CHANGE = 0.7  # a change where no output is measured, as of a model's parameter
NARROW = 0.5  # what a change of very few of many columns counts, against one of all
UNCHANGED_TEXT = 0.8  # an operation whose recorded text did not change
INFORMATIVE = 3.0  # healthy association of a column with the target, in units of its scale
COMMON_LOSS = 1.5  # the median column lost this many scales: it is the target that changed


def half_saturation(x: FloatArray, half: FloatArray | float, power: int) -> FloatArray:
    """Return a number from 0 to 1 that is 1/2 at `half`."""
    with np.errstate(over="ignore", invalid="ignore"):
        raised = np.minimum(x, 1e9) ** power
    result: FloatArray = raised / (raised + np.asarray(half) ** power)
    return result


def magnitude(u: FloatArray) -> FloatArray:
    """Return how large a change is, from 0 to 1: linear to 4 sd, logarithmic above."""
    with np.errstate(divide="ignore", invalid="ignore"):
        compressed = np.where(u <= 4, u, 4 * (1 + np.log(np.maximum(u, 4) / 4)))
    return np.minimum(compressed, FULL_MAGNITUDE) / FULL_MAGNITUDE


def strength(u: npt.ArrayLike, half: FloatArray | float = HALF_SURPRISE) -> FloatArray:
    """Return the evidence of a surprise before weights: a gate times a capped magnitude.

    The cap keeps enormous but irrelevant deviations from outranking moderate relevant ones.
    """
    surprise = np.nan_to_num(np.asarray(u, dtype=np.float64), nan=0.0)
    return half_saturation(surprise, half, 4) * (0.3 + 0.7 * magnitude(surprise))


def breadth(strengths: FloatArray, n_columns: int) -> float:
    """Return a factor from `NARROW` to 1: how many of an output's columns are concerned.

    A model makes up for one column of many more easily than for all of them.
    """
    largest = float(strengths.max(initial=0.0))
    if largest == 0.0 or n_columns == 0:
        return 1.0
    share = min(1.0, float(strengths.sum()) / (largest * n_columns))
    return NARROW + (1 - NARROW) * math.sqrt(share)


def trust(
    input_anomaly: FloatArray, exactness: FloatArray, prior: FloatArray | float
) -> FloatArray:
    """Return the odds that an operation changed against those that its input was off support.

    A mechanism that held exactly in healthy runs is trusted on unusual inputs too; a loose one
    is not.
    """
    doubt = 0.5 * half_saturation(input_anomaly, 6.0, 2) * (1 - exactness)
    return np.asarray(prior / (prior + doubt))


def transmission(reach: npt.ArrayLike, connected: npt.ArrayLike = True) -> FloatArray:
    """Return how credible it is that an anomaly arrived at the metric, from 0 to 1.

    A normalising step hides an anomaly without undoing all of its effect, so that something is
    left wherever there is a path.
    """
    width = half_saturation(np.asarray(reach, dtype=np.float64), HALF_TRANSMISSION, 2)
    floor = STRUCTURAL * np.asarray(connected, dtype=np.float64)
    return floor + (1 - floor) * width
