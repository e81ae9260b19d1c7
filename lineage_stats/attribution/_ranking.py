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
ANOTHER = 0.5  # odds of one that, of several edits, not only the gravest did harm


@dataclass(frozen=True)
class Ranking:
    """Probabilities of the operations of one run.

    Attributes
    ----------
    keys : tuple of str
        The operations.
    probability : ndarray of shape (n_operations,)
        That the operation is the main cause.
    involvement : ndarray of shape (n_operations,)
        That, and the probability that it is a further one; no less than `probability`.
    nothing : float
        Probability that none of them is.
    reasons : ndarray of shape (n_operations, n_signs)
        What each sign adds to the logarithm of the odds.
    names : tuple of str
        Names of the signs.
    """

    keys: tuple[str, ...]
    probability: FloatArray
    involvement: FloatArray
    nothing: float
    reasons: FloatArray
    names: tuple[str, ...]


def rank(signs: Signs) -> Ranking:
    """Weigh signs by a conditional logit model.

    The probability that operation v is the cause is ``exp(w'x_v)`` over the sum of
    ``exp(w'x_u)`` for all operations u and of ``exp(b)`` for none of them [1]_. The weights were
    fitted on the development part of the corpus of faulty pipelines, by maximum likelihood with a
    quadratic penalty; ``paper/attribution_weights.py`` does that. An operation that is not evident
    has probability 0.

    Where several operations were edited, a further cause is looked for among these, with the same
    weights and without the first: the exploded logit [2]_.

    References
    ----------
    .. [1] D. McFadden (1974). Conditional logit analysis of qualitative choice behavior. In
       P. Zarembka (ed.), Frontiers in Econometrics, Academic Press, 105-142.
    .. [2] S. Beggs, S. Cardell, J. Hausman (1981). Assessing the potential demand for electric
       cars. Journal of Econometrics 17(1), 1-19.
    """
    weight, nothing = weights()
    reasons = signs.values * np.array([weight.get(name, 0.0) for name in signs.names])
    utility = np.append(np.where(signs.evident, reasons.sum(axis=1), -np.inf), nothing)
    odds = np.exp(utility - utility.max())
    *first, none = odds / odds.sum()
    probability = np.array(first)
    involvement = probability + ANOTHER * _further(probability, signs.edited)
    return Ranking(signs.keys, probability, involvement, float(none), reasons, signs.names)


def _further(probability: FloatArray, edited: npt.NDArray[np.bool_]) -> FloatArray:
    """Return the probability of each edited operation to come next after another edited one."""
    first = np.where(edited, probability, 0.0)
    # What is left without the first may round to nothing.
    after = np.divide(first, 1 - first, out=np.zeros_like(first), where=first < 1)
    return np.asarray(first * (after.sum() - after))


@cache
def weights() -> tuple[Mapping[str, float], float]:
    """Return the weight of each sign, and that of no cause."""
    text = (files("lineage_stats.attribution") / WEIGHTS).read_text(encoding="utf-8")
    record = json.loads(text)
    return record["signs"], float(record["nothing"])
