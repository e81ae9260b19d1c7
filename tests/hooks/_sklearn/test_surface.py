from sklearn.utils import all_estimators

from lineage_stats.hooks._sklearn._surface import MODULES, sklearn_names

NAMES = {name.path: name for name in sklearn_names()}
ESTIMATORS = {name for name, _ in all_estimators()}


def test_names_exist():
    assert len(NAMES) > 2000
    assert all(name.name in dir(name.owner) for name in NAMES.values())


def test_every_estimator_and_every_module_is_there():
    owners = {path.rpartition(".")[0] for path in NAMES}
    assert owners >= ESTIMATORS
    assert owners >= {module.removeprefix("sklearn.") for module in MODULES.split()}
    assert owners >= {"utils", "KFold", "TimeSeriesSplit"}


def test_methods_under_a_condition_are_there():
    assert "SVC.predict_proba" in NAMES
    assert "GridSearchCV.transform" in NAMES


def test_a_reason_is_given_by_name():
    assert NAMES["Ridge.set_params"].reason == "control"
    assert NAMES["Ridge.set_fit_request"].reason == "control"
    assert NAMES["Ridge.fit"].reason is None
