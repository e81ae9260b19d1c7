"""Small programs that must do exactly the same with and without recording.

Each takes an empty folder and returns plain data. They were chosen where a recorder that wraps
functions usually breaks or changes a program: unusual argument forms, conditional methods,
iterators, pickling, caller-frame tricks, warnings.
"""

from __future__ import annotations

import copy
import inspect
import io
import operator
import pickle
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import joblib
import numpy as np
import pandas as pd
import scipy.sparse as sp
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin, clone, is_classifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, SGDClassifier
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    brier_score_loss,
    classification_report,
    f1_score,
    make_scorer,
    roc_auc_score,
)
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, LabelEncoder, OneHotEncoder, StandardScaler
from sklearn.svm import SVC

PROBES: dict[str, Callable[[Path], Any]] = {}


def probe(function: Callable[[Path], Any]) -> Callable[[Path], Any]:
    """Add a program to the list."""
    PROBES[function.__name__] = function
    return function


def table() -> pd.DataFrame:
    return pd.DataFrame(
        {"a": [3.0, None, 1.0, 2.0], "b": list("xyxy"), "n": [1, 2, 3, 4]}, index=[7, 5, 6, 4]
    )


def data(n: int = 40) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, 3))
    return x, (x[:, 0] + rng.normal(scale=0.3, size=n) > 0).astype(int)


def plain(frame: Any) -> Any:
    return frame.to_json(orient="split") if hasattr(frame, "to_json") else frame


class Doubler(TransformerMixin, BaseEstimator):
    """A user's transformer."""

    def __init__(self, factor: float = 2.0) -> None:
        self.factor = factor

    def fit(self, X: Any, y: Any = None) -> Doubler:
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X: Any) -> Any:
        return X * self.factor


class OddFrame(pd.DataFrame):
    """A user's subclass with an attribute of its own."""

    _metadata: ClassVar[list[str]] = ["origin"]

    @property
    def _constructor(self) -> type:
        return OddFrame

    def dropna(self, *args: Any, **kwargs: Any) -> Any:
        return super().dropna(*args, **kwargs)


# -- argument forms ----------------------------------------------------------------------------


@probe
def fit_with_positional_sample_weight(_):
    x, y = data()
    return LogisticRegression().fit(x, y, np.ones(len(y))).coef_.round(9).tolist()


@probe
def score_with_positional_sample_weight(_):
    x, y = data()
    return LogisticRegression().fit(x, y).score(x, y, np.ones(len(y)))


@probe
def scaler_with_positional_sample_weight(_):
    x, y = data()
    return StandardScaler().fit(x, None, np.ones(len(y))).mean_.tolist()


@probe
def regressor_score_with_positional_sample_weight(_):
    x, y = data()
    return LinearRegression().fit(x, y, np.ones(len(y))).score(x, y, np.ones(len(y)))


@probe
def kmeans_with_positional_sample_weight(_):
    x, y = data()
    return KMeans(2, n_init=1, random_state=0).fit(x, None, np.ones(len(y))).labels_.tolist()


@probe
def roc_auc_by_keyword(_):
    x, y = data()
    return roc_auc_score(y, y_score=x[:, 0]), roc_auc_score(y_true=y, y_score=x[:, 0])


@probe
def average_precision_by_keyword(_):
    x, y = data()
    return average_precision_score(y, y_score=x[:, 0])


@probe
def brier_by_keyword(_):
    _, y = data()
    return brier_score_loss(y, y_proba=np.full(len(y), 0.5))


@probe
def metric_with_positional_sample_weight_is_the_same_error(_):
    _, y = data()
    return accuracy_score(y, y, True, np.ones(len(y)))


@probe
def label_encoder_by_keyword(_):
    encoder = LabelEncoder().fit(y=["b", "a"])
    return encoder.transform(y=["a"]).tolist(), LabelEncoder().fit_transform(y=["b"]).tolist()


@probe
def read_csv_in_chunks(folder):
    table().to_csv(folder / "t.csv")
    with pd.read_csv(folder / "t.csv", chunksize=3) as chunks:
        return [len(chunk) for chunk in chunks]


@probe
def read_csv_as_an_iterator(folder):
    table().to_csv(folder / "t.csv")
    with pd.read_csv(folder / "t.csv", iterator=True) as reader:
        return len(reader.get_chunk(2)), len(reader.read())


@probe
def read_json_in_chunks(folder):
    table().to_json(folder / "t.json", orient="records", lines=True)
    with pd.read_json(folder / "t.json", lines=True, chunksize=3) as chunks:
        return [len(chunk) for chunk in chunks]


@probe
def read_json_by_keyword(folder):
    table().to_json(folder / "t.json")
    return plain(pd.read_json(path_or_buf=folder / "t.json"))


@probe
def read_parquet_by_keyword(folder):
    table().to_parquet(path=folder / "t.parquet")
    return plain(pd.read_parquet(path=folder / "t.parquet"))


@probe
def read_csv_from_a_buffer(_):
    buffer = io.StringIO("a,b\n1,2\n")
    return plain(pd.read_csv(filepath_or_buffer=buffer)), buffer.closed


@probe
def read_csv_of_a_missing_file(folder):
    return pd.read_csv(folder / "absent.csv")


@probe
def sparse_multilabel_f1(_):
    y = sp.csr_matrix(np.array([[1, 0], [0, 1], [1, 1]]))
    return f1_score(y, y, average="macro")


@probe
def unknown_keyword_is_the_same_error(_):
    return table().dropna(nonsense=1)


@probe
def missing_argument_is_the_same_error(_):
    return table().merge()


@probe
def too_many_arguments_is_the_same_error(_):
    return pd.merge(*range(40))


@probe
def method_without_object_is_the_same_error(_):
    return pd.DataFrame.dropna()


@probe
def unfitted_model_is_the_same_error(_):
    return LogisticRegression().predict([[1.0]])


@probe
def keyword_named_self_or_args(_):
    return table().assign(args=1, kwargs=2, recorder=3, call=4, watched=5, original=6).shape


@probe
def concat_takes_generators_and_dicts(_):
    parts = (table() for _ in range(3))
    return plain(pd.concat(parts, ignore_index=True)), len(pd.concat({"x": table()}))


@probe
def generator_is_consumed_once(_):
    seen = []
    pd.concat((seen.append(i) or table() for i in range(3)), ignore_index=True)
    return seen


@probe
def frame_from_an_iterator(_):
    return plain(pd.DataFrame(iter([(1, 2), (3, 4)]), columns=["a", "b"]))


# -- conditional methods, classes, composition -------------------------------------------------


@probe
def conditional_methods(_):
    x, y = data()
    fitted = Pipeline([("m", LogisticRegression())]).fit(x, y)
    return [
        hasattr(SVC(), "predict_proba"),
        hasattr(SGDClassifier(loss="hinge"), "predict_proba"),
        hasattr(SGDClassifier(loss="log_loss"), "predict_proba"),
        hasattr(fitted, "transform"),
        hasattr(fitted, "predict_proba"),
        hasattr(GridSearchCV(SVC(), {}), "predict_proba"),
        hasattr(KMeans(), "predict_proba"),
    ]


@probe
def conditional_method_is_the_same_error(_):
    return SGDClassifier(loss="hinge").predict_proba


@probe
def stacking_of_models_without_probabilities(_):
    x, y = data()
    models = [("svc", SVC()), ("sgd", SGDClassifier(random_state=0))]
    return StackingClassifier(models, cv=2).fit(x, y).predict(x).tolist()


@probe
def bagging_of_models_without_probabilities(_):
    x, y = data()
    return BaggingClassifier(SVC(), 3, random_state=0).fit(x, y).predict_proba(x)[:2].tolist()


@probe
def voting_and_calibration(_):
    x, y = data()
    vote = VotingClassifier([("a", LogisticRegression()), ("b", SVC())]).fit(x, y)
    return vote.score(x, y), CalibratedClassifierCV(SVC(), cv=2).fit(x, y).score(x, y)


@probe
def pipeline_with_pandas_output(_):
    pipe = make_pipeline(StandardScaler(), FunctionTransformer(np.abs))
    pipe.set_output(transform="pandas")
    out = pipe.fit_transform(table()[["a", "n"]].fillna(0.0))
    return type(out).__name__, out.round(6).to_numpy().tolist()


@probe
def column_transformer(_):
    parts = [("o", OneHotEncoder(), ["b"]), ("s", StandardScaler(), ["n"])]
    out = ColumnTransformer(parts).fit(table())
    return out.transform(table()).tolist(), out.get_feature_names_out().tolist()


@probe
def user_transformer(_):
    x, y = data()
    doubler = Doubler().set_output(transform="pandas")
    frame = doubler.fit_transform(pd.DataFrame(x, columns=list("abc")))
    return float(frame.iloc[0, 0]), doubler.get_params(), repr(clone(doubler)), y.sum()


@probe
def estimator_class_made_on_the_fly(_):
    class Constant(ClassifierMixin, BaseEstimator):
        def fit(self, X, y):
            self.classes_ = np.unique(y)
            return self

        def predict(self, X):
            return np.full(len(X), self.classes_[0])

    x, y = data()
    model = Constant().fit(x, y)
    parameters = {
        name: str(inspect.signature(getattr(Constant, name))) for name in ("fit", "score")
    }
    return model.score(x, y), is_classifier(model), parameters, sorted(vars(Constant))


@probe
def estimator_with_odd_methods(_):
    class Odd(BaseEstimator):
        predict = np.sum
        transform = property(lambda self: lambda X: X)
        score = None

        @staticmethod
        def fit(X):
            return X

        @classmethod
        def fit_transform(cls, X):
            return cls.__name__, X

    return Odd.fit(1), Odd.fit_transform(2), int(Odd().predict([1, 2])), Odd().transform(3)


@probe
def abstract_and_slotted_estimators(_):
    class Slotted(BaseEstimator):
        __slots__ = ("seen",)

        def fit(self, X):
            self.seen = len(X)
            return self

    return Slotted().fit([1, 2]).seen


@probe
def fit_returns_self(_):
    x, y = data()
    model = LogisticRegression()
    return model.fit(x, y) is model


@probe
def frame_subclass_stays_a_subclass(_):
    frame = OddFrame(table())
    frame.origin = "here"
    out = frame.dropna()
    return type(out).__name__, out.origin, isinstance(out, OddFrame), plain(out)


# -- copies, pickles, hashes -------------------------------------------------------------------


@probe
def pickles_are_the_same(_):
    frame = table()
    x, y = data()
    model = LogisticRegression().fit(x, y)
    return (
        pickle.dumps(frame.dropna()).hex(), pickle.dumps(f1_score), pickle.dumps(pd.merge),
        len(pickle.dumps(model)), pickle.loads(pickle.dumps(model)).score(x, y),
        pickle.dumps(LogisticRegression), pickle.loads(pickle.dumps(f1_score)) is f1_score,
    )  # fmt: skip


@probe
def bound_methods_are_picklable(_):
    x, y = data()
    model = pickle.loads(pickle.dumps(LogisticRegression().fit(x, y).predict))
    return model(x).tolist(), plain(pickle.loads(pickle.dumps(table().dropna))())


@probe
def joblib_hashes_are_the_same(_):
    return [joblib.hash(v) for v in (table(), table().dropna(), data(), f1_score, Doubler())]


@probe
def joblib_memory_hits(folder):
    calls = []

    def slow(frame):
        calls.append(1)
        return frame.dropna()

    cached = joblib.Memory(folder, verbose=0).cache(slow)
    shapes = [cached(table()).shape for _ in range(3)]
    return shapes, len(calls)


@probe
def joblib_memory_of_a_watched_function(folder):
    cached = joblib.Memory(folder, verbose=0).cache(f1_score)
    _, y = data()
    values = [cached(y, y) for _ in range(2)]
    places = {p.parent.parent.relative_to(folder).as_posix() for p in folder.rglob("metadata.json")}
    return values, sorted(places)


@probe
def parquet_files_are_the_same(folder):
    table().dropna().to_parquet(folder / "a.parquet")
    table().dropna().to_parquet(folder / "b.parquet")
    return (folder / "a.parquet").read_bytes() == (folder / "b.parquet").read_bytes()


@probe
def copies(_):
    frame = table()
    frame.attrs["mine"] = 1
    shallow, deep = copy.copy(frame), copy.deepcopy(frame)
    return shallow.attrs, deep.attrs, plain(deep), plain(frame.copy().dropna())


@probe
def attrs_stay_the_users(_):
    a, b = table(), table()
    a.attrs = b.attrs = {"mine": 1}
    return pd.concat([a, b]).attrs, a.dropna().attrs, a.attrs


@probe
def clones_and_representations(_):
    grid = GridSearchCV(make_pipeline(StandardScaler(), SVC()), {"svc__C": [1, 2]})
    return repr(clone(grid)), sorted(clone(grid).get_params()), len(grid._repr_html_()) > 100


@probe
def equal_flags_and_index_names(_):
    frame = table().set_flags(allows_duplicate_labels=False)
    out = frame.rename_axis("key").sort_values("n")
    return out.flags.allows_duplicate_labels, out.index.name, sorted(vars(frame))


# -- looking at functions ----------------------------------------------------------------------


@probe
def signatures_and_docs(_):
    found = (pd.DataFrame.dropna, pd.merge, f1_score, LogisticRegression.fit, Doubler.transform)
    return [
        (str(inspect.signature(f)), f.__doc__, f.__name__, f.__qualname__, f.__module__)
        for f in found
    ]


@probe
def sources(_):
    return [inspect.getsource(f) for f in (pd.DataFrame.dropna, f1_score, Doubler, Doubler.fit)]


@probe
def defaults_and_argument_specs(_):
    found = (pd.DataFrame.cumsum, pd.merge, Doubler.fit, table().shift)
    return [(f.__defaults__, f.__kwdefaults__, inspect.getfullargspec(f)) for f in found]


@probe
def methods_by_name_along_an_axis(_):
    frame = table()[["a", "n"]]
    results = [frame.apply("cumsum", axis=1), frame.transform("rank", axis=1)]
    return [plain(r) for r in results], plain(frame.agg("sum", axis=1)), plain(frame.agg(["sum"]))


@probe
def kinds_of_functions(_):
    found = (pd.DataFrame.dropna, pd.merge, f1_score, LogisticRegression().fit)
    return [(type(f).__name__, inspect.isfunction(f), inspect.ismethod(f), callable(f))
            for f in found]  # fmt: skip


@probe
def partials_and_operators(_):
    drop = operator.methodcaller("dropna")
    return plain(drop(table())), plain(operator.getitem(table(), "a")), list(map(len, [table()]))


@probe
def monkeypatching_by_the_user(_):
    original = pd.DataFrame.head
    pd.DataFrame.head = lambda self, n=1: original(self, n)
    try:
        return len(table().head())
    finally:
        pd.DataFrame.head = original


# -- the caller's frame ------------------------------------------------------------------------


@probe
def queries_see_local_names(_):
    frame = table()
    t = 1.5  # noqa: F841  # the queries use it
    return plain(frame.query("a > @t")), plain(frame.eval("z = a + @t")), len(frame.query("n > @t"))


@probe
def queries_see_local_names_in_nested_functions(_):
    frame = table()

    def inner(limit):
        return [len(frame.query("n > @limit and n < @limit + 2")) for limit in (limit, limit + 1)]

    return inner(1)


@probe
def eval_sees_local_names(_):
    left = right = table()
    sums = pd.eval("left.n + right.n"), pd.eval("n + 1", local_dict={"n": 2})
    return plain(sums[0]), sums[1], len(left), len(right)


@probe
def an_unknown_local_name_is_the_same_error(_):
    return table().query("a > @absent")


@probe
def callbacks_and_their_exceptions(_):
    def f(row):
        if row["n"] > 2:
            raise KeyError("mine")
        return row["n"]

    return table().apply(f, axis=1)


@probe
def chained_assignment(_):
    frame = table()
    frame["a"][7] = 9.0
    frame.loc[:, "a"].fillna(1.0, inplace=True)
    frame["a"].fillna(0.0, inplace=True)
    frame["a"].replace(1.0, 2.0, inplace=True)
    frame[frame["n"] > 1]["n"] = 0
    frame.loc[7]["n"] = 0
    frame["n"].iloc[0] = 5
    frame["n"].update(pd.Series([1]))
    return plain(frame)


@probe
def no_chained_assignment(_):
    frame = table()
    column = frame["a"]
    column[7] = 9.0
    column.fillna(0.0, inplace=True)
    column.iloc[0] = 1.0
    part = frame[frame["n"] > 1]
    part["n"] = 0
    part.loc[:, "n"] = 1
    part.fillna(0.0, inplace=True)
    (lambda g: g.insert(0, "z", 1))(part)
    return plain(frame), plain(part), plain(column)


@probe
def inplace_results(_):
    frame = table()
    results = [
        frame.sort_values("n", inplace=True), frame.reset_index(inplace=True),
        frame.drop(columns="index", inplace=True), frame.rename(columns={"n": "m"}, inplace=True),
    ]  # fmt: skip
    return results, plain(frame), frame.pop("m").tolist(), plain(frame)


# -- warnings --------------------------------------------------------------------------------


@probe
def warnings_of_pandas(_):
    frame = table()
    frame.groupby("b", observed=False).apply(lambda g: g["n"].sum(), include_groups=False)
    pd.to_datetime(pd.Series(["1/13/2020", "x13", "2020-01-01"]), errors="coerce")
    frame.astype({"n": "int8"}).fillna({"n": 1.5})
    frame.sort_values("n", inplace=True)
    frame.drop_duplicates(inplace=True)
    return plain(pd.concat([frame, frame.iloc[:0].astype(object)]))


@probe
def warning_from_a_watched_function_inside_another(_):
    return plain(pd.DataFrame({"a": [1, 2]}).merge(pd.DataFrame({"a": [1.0, 2.5]}), on="a"))


@probe
def warnings_of_arithmetic(_):
    frame = pd.DataFrame({"a": [0.0, 1.0]})
    return plain(frame.apply(np.log)), plain(np.log(frame)), float(np.array([1.0]).sum())


@probe
def warnings_of_sklearn(_):
    x, y = data()
    LogisticRegression(max_iter=1).fit(x, y)
    MLPClassifier(2, max_iter=1, random_state=0).fit(x, y)
    f1_score([0, 0], [1, 1])
    classification_report([0, 0, 1], [0, 0, 0])
    StandardScaler().fit(pd.DataFrame(x, columns=list("abc"))).transform(x)
    return cross_val_score(LogisticRegression(max_iter=1), x, y, cv=2).tolist()


@probe
def warning_of_the_user_inside_a_callback(_):
    def f(group):
        warnings.warn("mine", UserWarning, stacklevel=1)
        warnings.warn("deeper", UserWarning, stacklevel=2)
        return len(group)

    return table()[["n"]].apply(f).tolist()


@probe
def warning_as_an_error(_):
    x, y = data()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return LogisticRegression(max_iter=1).fit(x, y)


# -- parallel work -----------------------------------------------------------------------------


@probe
def joblib_threads(_):
    x, y = data()
    with joblib.parallel_config(backend="threading", n_jobs=2):
        return cross_val_score(LogisticRegression(), x, y, cv=3).tolist()


@probe
def split_of_many_kinds(_):
    x, y = data()
    parts = train_test_split(x, list(y), pd.Series(y), sp.csr_matrix(x), random_state=0)
    return [type(part).__name__ for part in parts], plain(parts[4])


@probe
def scorers(_):
    x, y = data()
    model = LogisticRegression().fit(x, y)
    scorer = pickle.loads(pickle.dumps(make_scorer(f1_score)))
    return scorer(model, x, y), repr(make_scorer(f1_score))


# -- odd data --------------------------------------------------------------------------------


@probe
def empty_frames(_):
    frame = table()
    none = frame[frame["n"] > 99]
    merged = none.merge(frame, on="b")
    return (
        plain(none), plain(merged), plain(none.dropna()), plain(none.sort_values("n")),
        plain(none.groupby("b").sum()), plain(pd.DataFrame()), plain(pd.DataFrame(columns=["a"])),
        plain(none.drop_duplicates()), plain(none.fillna(0)), plain(pd.DataFrame().T),
    )  # fmt: skip


@probe
def odd_columns(_):
    frame = pd.DataFrame([[1, 2, [3]], [4, 5, {}]], columns=["a", "a", ("t", 1)])
    multi = pd.DataFrame(np.eye(2), columns=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)]))
    return (
        plain(frame.drop(columns=["a"]).astype(str)), plain(frame["a"].dropna()),
        plain(multi.stack()), plain(multi["a"]), plain(multi.sort_index(axis=1)),
    )  # fmt: skip


@probe
def cells_with_strange_equality(_):
    class Strange:
        def __eq__(self, other):
            raise RuntimeError("do not compare me")

        __hash__ = None

        def __bool__(self):
            raise RuntimeError("do not ask me")

    frame = pd.DataFrame({"a": [Strange(), Strange()], "n": [2, 1]})
    return frame.sort_values("n").index.tolist(), frame.head(1).shape, frame.assign(z=1).shape


@probe
def lazy_columns_are_not_computed(_):
    class Lazy(pd.DataFrame):
        counted = 0

        @property
        def values(self):
            Lazy.counted += 1
            return super().values

        def __len__(self):
            Lazy.counted += 1
            return super().__len__()

    frame = Lazy({"a": [2, 1]})
    Lazy.counted = 0
    frame.sort_values("a", ascending=False)
    return Lazy.counted
