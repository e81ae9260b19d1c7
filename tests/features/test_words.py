"""Texts and categories, held against a target."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from lineage_stats.features._target import sample_target
from lineage_stats.features._words import MAX_TEXTS, word_association

OWN = ("invoice", "parcel", "password")
COMMON = ("hello", "please", "thanks", "still", "waiting")


def texts(classes, seed=0, share=0.4):
    """Make texts of three words, some of which tell the class."""
    rng = np.random.default_rng(seed)
    own = rng.random((len(classes), 3)) < share
    common = rng.integers(len(COMMON), size=own.shape)
    return [
        " ".join(OWN[c] if mine else COMMON[w] for mine, w in zip(*row, strict=True))
        for c, *row in zip(classes, own, common, strict=True)
    ]


def strength(values, y, dtype=object):
    y = np.asarray(y)
    target = sample_target(y, 1000, discrete=None, most_classes=20)
    return word_association(pd.Series(values).astype(dtype).array, target)


@pytest.mark.parametrize("dtype", [object, "str", "category", "string"])
def test_words_tell_of_the_class(dtype):
    y = np.random.default_rng(1).integers(0, 3, 400)
    found = strength(texts(y), y, dtype)
    assert 0.2 < found < 0.7
    assert strength(texts(y), np.roll(y, 7), dtype) < 0.08 < found / 2


def test_it_falls_as_texts_get_to_other_rows():
    y = np.random.default_rng(2).integers(0, 3, 500)
    words = texts(y)
    shifted = [words[:i] + words[i:][1:] + words[i : i + 1] for i in (500, 350, 150, 0)]
    found = [strength(rows, y) for rows in shifted]
    assert found == sorted(found, reverse=True)


def test_chance_is_taken_off():
    rng = np.random.default_rng(3)
    found = []
    for seed in range(60):
        y = rng.integers(0, 4, 100)
        found.append(strength(texts(rng.integers(0, 3, 100), seed), y))
    squares = np.copysign(np.square(found), found)
    assert abs(squares.mean()) < 3 * squares.std() / 60**0.5
    assert min(found) < 0 < max(found)


def test_two_categories_are_a_yes_or_no():
    rng = np.random.default_rng(4)
    flag = rng.random(300) < 0.3
    y = flag + rng.normal(size=300)
    r = np.corrcoef(flag, y)[0, 1]
    assert strength(np.where(flag, "a", "b"), y) == pytest.approx((r**2 - 1 / 299) ** 0.5)


def test_values_that_are_no_texts_are_categories():
    y = np.arange(100) % 2
    mixed = np.array([(1, None)[i % 2] for i in range(100)], dtype=object)
    assert strength(mixed, y) > 0.9


def test_a_name_for_each_row_tells_nothing():
    y = np.arange(100) % 2
    assert math.isnan(strength([f"id{i}" for i in range(100)], y))
    assert math.isnan(strength(["same"] * 100, y))
    assert math.isnan(strength(texts(y[:19]), y[:19]))


def test_a_part_of_the_texts_is_enough():
    y = np.random.default_rng(5).integers(0, 3, 2 * MAX_TEXTS)
    words = texts(y)
    target = sample_target(y, 2000, discrete=None, most_classes=20)
    whole = word_association(np.array(words, dtype=object), target)
    assert whole == strength(words[:MAX_TEXTS], y[:MAX_TEXTS])
