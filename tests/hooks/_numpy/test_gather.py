"""Predictions that are gathered over loops, lists, comprehensions and functions."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.model_selection import KFold
from sklearn.tree import DecisionTreeRegressor

from tests.recording import recording


def data():
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 3)), columns=list("abc"))
    y = X.sum(axis=1)
    return X[:40], X[40:], y[:40], y[40:]


def two(X, y):
    return [Ridge().fit(X, y), DecisionTreeRegressor(max_depth=2).fit(X, y)]


def appended():
    X, Z, y, z = data()
    found = []
    for model in two(X, y):
        found.append(model.predict(Z))  # noqa: PERF401  # as programs write it
    r2_score(z, np.mean(found, axis=0))


def in_a_comprehension():
    X, Z, y, z = data()
    r2_score(z, np.mean([model.predict(Z) for model in two(X, y)], axis=0))


def in_a_generator():
    X, Z, y, z = data()
    r2_score(z, sum(model.predict(Z) for model in two(X, y)) / 2)


def in_a_comprehension_of_a_dictionary():
    X, Z, y, z = data()
    models = dict(zip("rt", two(X, y), strict=True))
    table = np.array([model.predict(Z) for model in models.values()])
    r2_score(z, np.median(table, axis=0))


def added_up():
    X, Z, y, z = data()
    found = np.zeros(len(Z))
    for model in two(X, y):
        found += model.predict(Z) / 2
    r2_score(z, found)


def columns_of_a_table():
    X, Z, y, z = data()
    found = np.zeros((len(Z), 2))
    for j, model in enumerate(two(X, y)):
        found[:, j] = model.predict(Z)
    r2_score(z, found.mean(axis=1))


def in_a_dictionary():
    X, Z, y, z = data()
    found = {}
    for name, model in zip("rt", two(X, y), strict=True):
        found[name] = {"p": np.exp(model.predict(Z)), "weight": 0.5}
    r2_score(z, sum(one["p"] * one["weight"] for one in found.values()))


def added_to_a_prediction():
    X, Z, y, z = data()
    ridge, tree = two(X, y)
    found = ridge.predict(Z)
    found += tree.predict(Z)
    r2_score(z, found)


def of_two_masks():
    X, Z, y, z = data()
    ridge, tree = two(X, y)
    found = np.zeros(len(Z))
    large = np.arange(len(Z)) > 10
    found[large], found[~large] = ridge.predict(Z)[large], tree.predict(Z)[~large]
    r2_score(z, found)


class Blend:
    def __init__(self):
        self.models = []

    def fit(self, X, y):
        for model in (Ridge(), DecisionTreeRegressor(max_depth=2)):
            self.models.append(model.fit(X, y))

    def predict(self, X):
        found = np.zeros(len(X))
        for model in self.models:
            found += model.predict(X)
        return found / 2


def by_an_object_of_the_program():
    X, Z, y, z = data()
    blend = Blend()
    blend.fit(X, y)
    found = blend.predict(Z)
    r2_score(z, found)


class Holder:
    def __init__(self, values):
        self.values = values


def in_an_attribute_of_pandas_name():
    X, Z, y, z = data()
    kept = Holder([])
    for model in two(X, y):
        kept.values.append(model.predict(Z) + 0)  # as programs write it
    r2_score(z, np.mean(kept.values, axis=0))


def under_the_name_of_a_generator():
    X, Z, y, z = data()
    ridge, tree = two(X, y)
    rng = np.zeros(len(Z))
    rng[:5] = ridge.predict(Z[:5])
    rng[5:] = tree.predict(Z[5:])
    r2_score(z, rng)


def evaluate(y, p):
    return r2_score(y, np.clip(p, -9, 9))


def handed_on():
    X, Z, y, z = data()
    found = [model.predict(Z) for model in two(X, y)]
    evaluate(z, np.mean(found, axis=0))


def kept(put):
    @functools.wraps(put)
    def inner(*args):
        return put(*args)

    return inner


@kept
def put_in(values, at, part):
    values[at:] = part[at:]


def by_a_wrapped_function():
    X, Z, y, z = data()
    ridge, tree = two(X, y)
    found = ridge.predict(Z) * 1.0
    put_in(found, 5, tree.predict(Z))
    r2_score(z, found)


class Store:
    def __init__(self):
        self.found = []

    def keep(self, part):
        self.found += [part]


def by_a_method():
    X, Z, y, z = data()
    store = Store()
    for model in two(X, y):
        store.keep(np.clip(model.predict(Z), -9, 9))
    r2_score(z, np.mean(store.found, axis=0))


def in_the_other_block():
    X, Z, y, z = data()
    ridge, tree = two(X, y)
    found = ridge.predict(Z) * 1.0
    try:
        n = len(Z) // 2
    except TypeError:
        raise
    else:
        found[:n] = tree.predict(Z)[:n]
    finally:
        found[n:] += 1
        r2_score(z, found)


def by_another_name():
    X, Z, y, z = data()
    ridge, tree = two(X, y)
    found = other = ridge.predict(Z) * 1.0
    both = {"a": found}
    both["a"].reshape(2, -1)[0] = tree.predict(Z)[:10]
    r2_score(z, other)


def in_lists_of_a_dictionary():
    X, Z, y, z = data()
    found = {}
    for model in two(X, y):
        found.setdefault("all", []).append(np.exp(model.predict(Z)))
    r2_score(z, np.mean(found["all"], axis=0))


MODELS = []


def of_all_models(X):
    return np.mean([model.predict(X) for model in MODELS], axis=0)


def by_functions_of_functions():
    X, Z, y, z = data()
    MODELS[:] = two(X, y)
    found = of_all_models(Z) * 1.0
    r2_score(z, found)


BOTH = {"Ridge.predict", "DecisionTreeRegressor.predict"}


FITTED = {"Ridge.fit", "DecisionTreeRegressor.fit"}


@pytest.mark.parametrize(
    "program",
    [
        appended, in_a_comprehension, in_a_generator, in_a_comprehension_of_a_dictionary,
        added_up, columns_of_a_table, in_a_dictionary, added_to_a_prediction, of_two_masks,
        by_an_object_of_the_program, handed_on, by_a_wrapped_function, by_a_method,
        in_an_attribute_of_pandas_name, under_the_name_of_a_generator,
        in_the_other_block, by_another_name, in_lists_of_a_dictionary,
        by_functions_of_functions,
    ],
    ids=lambda f: f.__name__,
)  # fmt: skip
def test_a_metric_knows_all_models_behind_its_array(program):
    with recording() as recorded:
        program()
        assert BOTH < set(recorded.parents("r2_score")) <= {"Series[slice]", *FITTED, *BOTH}


def keys_of(recorded, name, *, above):
    """For each operation of a name, the ends of the keys of those directly above it."""
    trace = recorded.trace
    return [
        sorted(k.rpartition("/")[2] for k in trace.parents(op.key) if above in k)
        for op in trace
        if op.name == name
    ]


def out_of_fold():
    X, Z, y, z = data()
    found, test = np.zeros(len(X)), np.zeros(len(Z))
    for a, b in KFold(3).split(X):
        model = Ridge().fit(X.iloc[a], y.iloc[a])
        found[b] = model.predict(X.iloc[b])
        test += model.predict(Z) / 3
    r2_score(y, found)
    mean_absolute_error(z, test)


def test_predictions_of_all_folds_are_told_from_others():
    with recording() as recorded:
        out_of_fold()
        assert keys_of(recorded, "r2_score", above="Ridge") == [
            ["Ridge.predict#1", "Ridge.predict#1:2", "Ridge.predict#1:3"]
        ]
        assert keys_of(recorded, "mean_absolute_error", above="Ridge") == [
            ["Ridge.predict#2", "Ridge.predict#2:2", "Ridge.predict#2:3"]
        ]


def given_anew():
    X, Z, y, z = data()
    found = DecisionTreeRegressor(max_depth=2).fit(X, y).predict(Z)
    r2_score(z, found)
    found = np.zeros(len(Z))
    for model in [Ridge().fit(X, y)]:
        found += model.predict(Z)
    r2_score(z, found)


def test_what_a_variable_held_before_is_forgotten():
    with recording() as recorded:
        given_anew()
        assert keys_of(recorded, "r2_score", above="predict") == [
            ["DecisionTreeRegressor.predict#1"], ["Ridge.predict#1"]
        ]  # fmt: skip


def anew_in_each_turn():
    X, Z, y, z = data()
    models = two(X, y)
    for _ in range(2):
        found = np.zeros(len(Z))
        for model in models:
            found += model.predict(Z)
        r2_score(z, found)


def score_of(models, X, y):
    found = np.zeros(len(X))
    for model in models:
        found += model.predict(X)
    r2_score(y, found)


def anew_in_each_call():
    X, Z, y, z = data()
    models = two(X, y)
    for _ in range(2):
        score_of(models, Z, z)


@pytest.mark.parametrize("program", [anew_in_each_turn, anew_in_each_call])
def test_other_turns_and_other_calls_are_left_out(program):
    with recording() as recorded:
        program()
        assert keys_of(recorded, "r2_score", above="predict") == [
            ["DecisionTreeRegressor.predict#1", "Ridge.predict#1"],
            ["DecisionTreeRegressor.predict#1:2", "Ridge.predict#1:2"],
        ]


def growing():
    X, Z, y, z = data()
    found = np.zeros(len(Z))
    for model in two(X, y):
        found += model.predict(Z)
        r2_score(z, found)


def test_what_grows_from_turn_to_turn_keeps_what_it_had():
    with recording() as recorded:
        growing()
        assert keys_of(recorded, "r2_score", above="predict") == [
            ["Ridge.predict#1"], ["DecisionTreeRegressor.predict#1", "Ridge.predict#1"]
        ]  # fmt: skip


def judged_thrice():
    X, Z, y, z = data()
    found = np.mean([model.predict(Z) for model in two(X, y)], axis=0)
    for most in (1, 2, 3):
        evaluate(z, np.minimum(found, most))


def test_what_was_made_before_a_loop_is_known_in_all_turns():
    with recording() as recorded:
        judged_thrice()
        assert [set(keys) for keys in keys_of(recorded, "r2_score", above="predict")] == [
            {f"{name}#1" for name in BOTH}
        ] * 3


def on_another_scale(model, X):
    return np.expm1(model.predict(X))


def by_a_function():
    X, Z, y, z = data()
    model = Ridge().fit(X, y)
    found, known = on_another_scale(model, Z), on_another_scale(model, X)
    r2_score(z, found)
    r2_score(y, known)


def test_calls_of_a_function_are_told_apart_by_what_they_were_given():
    with recording() as recorded:
        by_a_function()
        assert keys_of(recorded, "r2_score", above="predict") == [
            ["Ridge.predict#1"], ["Ridge.predict#1:2"]
        ]  # fmt: skip


def where_a_prediction_is_large():
    X, Z, y, z = data()
    scores = Ridge().fit(X, y).predict(Z)
    labels = np.zeros(len(Z))
    labels[scores > 0] = 1
    r2_score(z, labels)


def test_constants_come_from_what_their_places_were_chosen_by():
    with recording() as recorded:
        where_a_prediction_is_large()
        assert "Ridge.predict" in recorded.parents("r2_score")


def from_nowhere():
    rows = []
    for i in range(5):
        rows.append((float(i), float(i * i)))  # noqa: PERF401  # as programs write it
    table = np.array(rows)
    r2_score(table[:, 0], table[:, 1])


def test_what_no_data_went_into_appeared_from_nowhere():
    with recording() as recorded:
        from_nowhere()
        assert recorded.parents("r2_score") == []
        assert recorded.recorder.data.n_untracked == 2


def change(values, other):
    values[:3] = other.to_numpy()[:3]


def changed_by_a_function():
    _, Z, _, z = data()
    found = np.zeros(len(Z))
    change(found, Z["a"])
    r2_score(z, found)


def test_a_function_that_may_write_is_held_to_have_written():
    with recording() as recorded:
        changed_by_a_function()
        assert "DataFrame[slice]" in recorded.parents("r2_score")


def with_a_walrus():
    X, Z, y, z = data()
    found = np.zeros(len(Z))
    found += (p := Ridge().fit(X, y).predict(Z)) * len(p)
    r2_score(z, found)


def test_nothing_is_told_where_something_cannot_be_seen():
    with recording() as recorded:
        with_a_walrus()
        assert recorded.parents("r2_score") == ["Series[slice]"]


class Own(Ridge):
    @property
    def shape(self):
        raise AssertionError("code of the program ran")


def with_an_estimator_of_the_program():
    X, Z, y, z = data()
    models = [Own().fit(X, y)]
    r2_score(z, np.mean([model.predict(Z) for model in models] + [models[0].coef_[0]][:0], axis=0))


def test_estimators_of_the_program_are_asked_nothing():
    with recording() as recorded:
        with_an_estimator_of_the_program()
        assert "Own.predict" in recorded.parents("r2_score")


def gathered_many_times(n):
    X, Z, y, z = data()
    model = Ridge().fit(X, y)
    found = np.zeros(len(Z))
    for _ in range(n):
        found += model.predict(Z) / n
    r2_score(z, found)


def test_of_many_turns_the_latest_are_told():
    with recording() as recorded:
        gathered_many_times(200)
        assert set(recorded.parents("r2_score")) == {"Series[slice]", "Ridge.predict"}
