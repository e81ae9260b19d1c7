"""Shapley values of a game of one's own: the columns that earn a classifier its accuracy.

The players are the thirteen columns of the wine data; a coalition is worth the accuracy that a
model reaches with its columns alone.
"""

import numpy as np
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import GaussianNB

from lineage_stats import shapley_values

X, y = load_wine(return_X_y=True)
names = load_wine().feature_names
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, stratify=y, random_state=0)
guess = np.bincount(y_test).max() / len(y_test)


def accuracy(coalition):
    """Return the accuracy of a model that sees only the columns of the coalition."""
    if not coalition.any():
        return guess
    model = GaussianNB().fit(X_train[:, coalition], y_train)
    return model.score(X_test[:, coalition], y_test)


result = shapley_values(accuracy, len(names), n_permutations=100, random_state=0)

everything = accuracy(np.ones(len(names), dtype=bool))
print(f"accuracy {everything:.3f} with all columns, {guess:.3f} by guessing the largest class")
for i in np.argsort(-result.values):
    bar = "#" * round(200 * max(result.values[i], 0))
    print(f"{names[i]:30s} {result.values[i]:+.3f} ± {result.standard_errors[i]:.3f}  {bar}")
print(f"{result.values.sum():+.3f} in total, {result.n_evaluations} models fitted")
