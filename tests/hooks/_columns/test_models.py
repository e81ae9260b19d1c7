"""Which features an estimator makes of which columns."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    SplineTransformer,
    StandardScaler,
)

from lineage_stats.hooks._columns._models import (
    columns_used,
    feature_sources,
    looks_around,
    packed,
)

X = np.array([[1.0, 2.0, 0.0], [2.0, 3.0, 1.0], [4.0, 1.0, 1.0], [3.0, 5.0, 0.0]] * 3)
HOLES = np.where(X == 5.0, np.nan, X)


class OwnScaler(StandardScaler):
    pass


@pytest.mark.parametrize(
    ("model", "sources"),
    [
        (StandardScaler(), [(0,), (1,), (2,)]),
        (OrdinalEncoder(), [(0,), (1,), (2,)]),
        (OneHotEncoder(), [(0,)] * 4 + [(1,)] * 4 + [(2,)] * 2),
        (OneHotEncoder(drop="first"), [(0,)] * 3 + [(1,)] * 3 + [(2,)]),
        (KBinsDiscretizer(2, encode="ordinal", strategy="uniform", subsample=None),
         [(0,), (1,), (2,)]),
        (SimpleImputer(), [(0,), (1,), (2,)]),
        (SimpleImputer(add_indicator=True), [(0,), (1,), (2,), (1,)]),
        (MissingIndicator(), [(1,)]),
        (PolynomialFeatures(2, interaction_only=True, include_bias=False),
         [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2)]),
        (PolynomialFeatures((4, 4), interaction_only=True, include_bias=False), []),
        (SplineTransformer(n_knots=2, degree=1), [(0,), (0,), (1,), (1,), (2,), (2,)]),
        (make_pipeline(StandardScaler(), MinMaxScaler()), [(0,), (1,), (2,)]),
        (FeatureUnion([("a", StandardScaler()), ("b", MinMaxScaler())]),
         [(0,), (1,), (2,), (0,), (1,), (2,)]),
        (ColumnTransformer([("n", StandardScaler(), [2]), ("p", "passthrough", [0])]),
         [(2,), (0,)]),
        (ColumnTransformer([("c", PCA(1), [0, 2])], remainder="passthrough"), [(0, 2), (1,)]),
        (ColumnTransformer([("n", StandardScaler(), [])]), []),
        (FunctionTransformer(), [(0,), (1,), (2,)]),
    ],
    ids=lambda v: type(v).__name__,
)  # fmt: skip
def test_sources_of_features(model, sources):
    holes = isinstance(model, SimpleImputer | MissingIndicator)
    made = model.fit_transform(HOLES if holes else X)
    assert feature_sources(model, 3) == sources
    assert made.shape[1] == len(sources)


@pytest.mark.parametrize(
    "model", [PCA(2), Normalizer(), FunctionTransformer(np.log1p), OwnScaler()]
)
def test_what_is_not_known_column_by_column(model):
    assert feature_sources(model.fit(X), 3) is None


def test_a_selection_keeps_columns_and_looks_at_all():
    model = SelectKBest(k=2).fit(X, X[:, 0] > 2)
    sources = feature_sources(model, 3)
    assert len(sources) == 2
    assert looks_around(Pipeline([("s", model), ("t", StandardScaler())]))
    assert not looks_around(StandardScaler())


def test_columns_that_a_transformer_drops_are_not_used():
    model = make_pipeline(ColumnTransformer([("n", StandardScaler(), [2, 0])]), PCA(1)).fit(X)
    assert columns_used(model) == [0, 2]
    assert columns_used(PCA(1)) is None


def test_packing():
    assert packed([(0,), (1,)]) == 1
    assert packed([(1,), (1,), (0, 1)]) == [[[1], 2], [[0, 1], 1]]
