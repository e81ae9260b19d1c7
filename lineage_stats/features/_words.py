"""How strongly the words of a column of text go with a target."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import numpy.typing as npt

from lineage_stats.features._categories import are_atomic, is_missing
from lineage_stats.features._target import Target

MAX_TEXTS = 500
MAX_LENGTH = 200  # characters of a text that are looked at
MAX_WORDS = 200
_MIN_TEXTS = 20


def word_association(values: Any, target: Target) -> float:
    """Return the root mean square strength of the words, NaN where there is none to measure.

    Parameters
    ----------
    values : array of shape (n_rows,)
        Texts, or categories, which are texts of one word; of the same rows as the target.
    target : Target
        Sampled values of the target.

    Returns
    -------
    float
        At most 1. About 0 where no word has to do with the target: what chance makes of a
        strength, its expected square ``(k - 1) / (n - 1)`` of n texts and k classes (2 for a
        target of numbers), is taken off from the squares [1]_. Less than 0 where less is left
        than that.

    References
    ----------
    .. [1] T. L. Kelley (1935). An unbiased correlation ratio measure. Proceedings of the National
       Academy of Sciences 21(9), 554-559.
    """
    texts = values[:MAX_TEXTS].tolist()
    if len(texts) < _MIN_TEXTS or not are_atomic(texts):
        return math.nan
    rows = [_words_of(text) for text in texts]
    said = Counter(word for row in rows for word in row)
    common = sorted(said, key=lambda word: (-said[word], repr(word)))[:MAX_WORDS]
    place = {word: i for i, word in enumerate(common) if said[word] > 1}
    if not place:
        return math.nan  # each has a name of its own
    at = [(place[word], j) for j, row in enumerate(rows) for word in row if word in place]
    holds = np.zeros((len(place), len(rows)))
    holds[tuple(np.array(at).T)] = 1.0
    return _above_chance(holds, target._replace(values=target.values[: len(rows)]))


def _words_of(value: Any) -> set[Any]:
    if isinstance(value, str):
        return set(value[:MAX_LENGTH].lower().split())
    return set() if is_missing(value) else {value}


def _above_chance(holds: npt.NDArray[np.float64], target: Target) -> float:
    known = int(np.isfinite(target.values).sum())
    squares = target.correlate(holds) ** 2
    squares = squares[np.isfinite(squares)]
    if not len(squares) or known < _MIN_TEXTS:
        return math.nan
    by_chance = ((target.n_classes or 2) - 1) / (known - 1)
    beyond = float(squares.mean()) - by_chance
    return math.copysign(math.sqrt(abs(beyond)), beyond)
