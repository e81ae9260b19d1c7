"""From signs to the probability that each operation is the cause."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from lineage_stats.attribution._signs import Signs

FloatArray = npt.NDArray[np.float64]

WEIGHTS = "_weights.json"


@dataclass(frozen=True)
class Ranking:
    """Probabilities of the operations of one run.

    Attributes
    ----------
    keys : tuple of str
        The operations.
    probability : ndarray of shape (n_operations,)
        That the operation is the main cause.
    nothing : float
        Probability that none of them is.
    reasons : ndarray of shape (n_operations, n_signs)
        What each sign adds to the logarithm of the odds.
    names : tuple of str
        Names of the signs.
    """

    keys: tuple[str, ...]
    probability: FloatArray
    nothing: float
    reasons: FloatArray
    names: tuple[str, ...]


def rank(signs: Signs) -> Ranking:
    """Weigh signs by a conditional logit model.

    The probability that operation v is the cause is ``exp(w'x_v)`` over the sum of
    ``exp(w'x_u)`` for all operations u and of ``exp(b)`` for none of them [1]_. The weights were
    fitted on the development part of the corpus of faulty pipelines, by maximum likelihood with a
    quadratic penalty; ``paper/attribution_weights.py`` does that. An operation without any sign
    has probability 0.

    References
    ----------
    .. [1] D. McFadden (1974). Conditional logit analysis of qualitative choice behavior. In
       P. Zarembka (ed.), Frontiers in Econometrics, Academic Press, 105-142.
    """
    weight, nothing = weights()
    reasons = signs.values * np.array([weight.get(name, 0.0) for name in signs.names])
    utility = np.append(np.where(signs.evident, reasons.sum(axis=1), -np.inf), nothing)
    odds = np.exp(utility - utility.max())
    probability = odds / odds.sum()
    return Ranking(signs.keys, probability[:-1], float(probability[-1]), reasons, signs.names)


@cache
def weights() -> tuple[Mapping[str, float], float]:
    """Return the weight of each sign, and that of no cause."""
    text = (files("lineage_stats.attribution") / WEIGHTS).read_text(encoding="utf-8")
    record = json.loads(text)
    return record["signs"], float(record["nothing"])
