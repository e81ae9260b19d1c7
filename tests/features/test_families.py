import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge

from lineage_stats.features._families import family_of


class Frame(pd.DataFrame):
    pass


@pytest.mark.parametrize(
    ("cls", "family"),
    [
        (pd.DataFrame, "frame"), (Frame, "frame"), (pd.Series, "series"),
        (pd.DatetimeIndex, "index"), (type(pd.DataFrame({"a": [1]}).groupby("a")), "grouping"),
        (np.ndarray, "array"), (np.ma.MaskedArray, "array"), (Ridge, "estimator"),
        (int, None), (list, None), (type, None), (type("DataFrame", (), {}), None),
    ],
)  # fmt: skip
def test_a_type_is_known_by_its_nearest_ancestor(cls, family):
    assert family_of(cls) == family
    assert family_of(cls) == family
