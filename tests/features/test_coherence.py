"""How columns go with each other."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given

from lineage_stats.features._coherence import coherence
from tests.odd_data import odd_frames

GENERATOR = np.random.default_rng(4)
BASE = GENERATOR.normal(size=(400, 1))
X = pd.DataFrame(BASE + GENERATOR.normal(size=(400, 3)), columns=["a", "b", "c"])
X["text"] = "x"
X["same"] = 1.0


def test_it_is_the_root_mean_square_correlation():
    numbers = X[["a", "b", "c"]]
    squares = numbers.corr() ** 2
    expected = ((squares.sum() - 1) / 2) ** 0.5
    found = coherence(X)
    assert found == {f"coherence[{n}]": pytest.approx(expected[n]) for n in numbers}


def test_shuffled_rows_of_one_column_show():
    shuffled = X.assign(b=GENERATOR.permutation(X["b"]))
    assert coherence(shuffled)["coherence[b]"] < 0.15 < 0.4 < coherence(X)["coherence[b]"]


def test_missing_values_count_as_the_mean():
    holed = X.assign(b=X["b"].where(X.index % 3 > 0))
    filled = holed.assign(b=holed["b"].fillna(holed["b"].mean()))
    assert coherence(holed) == pytest.approx(coherence(filled))


@pytest.mark.parametrize(
    "table",
    [X[["a"]], X[["text", "same"]], X.head(0), X.head(1), [[1, 2]], X["a"], np.zeros((0, 3))],
)
def test_without_two_columns_that_vary_there_is_nothing(table):
    assert coherence(table) == {}


def test_the_number_of_columns_is_bounded():
    wide = GENERATOR.normal(size=(50, 80))
    assert len(coherence(wide)) == 50


@given(odd_frames())
def test_any_frame_has_shares_or_nothing(table):
    assert all(0 <= value <= 1 for value in coherence(table).values())
