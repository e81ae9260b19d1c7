"""A new version of a library shows what is missing."""

import json
import os
import re
import subprocess
import sys
import types

import pytest

from lineage_stats.hooks import HookProvider, PublicName, Target, measure_coverage
from lineage_stats.hooks._coverage import is_watched
from lineage_stats.hooks._pandas._surface import CLASSES
from tests.conftest import ROOT
from tests.registry import HOOK_PROVIDERS


@pytest.fixture(scope="module")
def measured():
    return {found.provider: found for found in measure_coverage(HOOK_PROVIDERS)}


@pytest.mark.parametrize("provider", [provider.name for provider in HOOK_PROVIDERS])
def test_every_public_name_is_watched_or_has_a_reason(measured, provider):
    found = measured[provider]
    assert found.problem is None
    assert found.missing == ()
    assert all(re.fullmatch("[a-z]+", reason) for reason in found.left_out.values())


def test_there_are_more_hook_points_than_elsewhere(measured):
    # AutoLineage 0.7.1 names 64 and 175.
    assert measured["pandas"].n_hook_points > 600
    assert measured["sklearn"].n_hook_points > 700
    assert len(measured["pandas"].watched) > 700
    assert len(measured["sklearn"].watched) > 1000


def test_what_pipelines_are_made_of_is_watched(measured):
    frames = """DataFrame.__getitem__ DataFrame.__setitem__ DataFrame.merge DataFrame.query
        DataFrame.insert DataFrame.pop DataFrame.__delitem__ DataFrame.update DataFrame.eval
        DataFrame.iterrows .loc.__getitem__ .loc.__setitem__ .iloc.__setitem__ .at.__setitem__
        .iat.__setitem__ .str.lower .dt.month .cat.codes DataFrameGroupBy.agg
        DataFrameGroupBy.__iter__ Rolling.mean Resampler.sum ExponentialMovingWindow.mean
        Series.map Series.__iadd__ read_csv get_dummies cut qcut to_datetime to_numeric eval"""
    models = """metrics.f1_score model_selection.cross_validate model_selection.train_test_split
        preprocessing.scale feature_selection.f_classif datasets.load_iris utils.resample
        utils.shuffle GridSearchCV.fit Pipeline.predict_proba LogisticRegression.fit KMeans.predict
        StandardScaler.fit_transform SGDClassifier.partial_fit IsolationForest.decision_function"""
    assert set(frames.split()) <= set(measured["pandas"].watched)
    assert set(models.split()) <= set(measured["sklearn"].watched)


def test_all_classes_of_pandas_are_looked_at(measured):
    shown = {name.rpartition(".")[0] for name in measured["pandas"].watched}
    assert shown >= CLASSES.keys() - {".sparse (frames)"}


@pytest.mark.slow
def test_the_page_says_what_the_command_counts():
    lines = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if "|" in line]
    rows = {(library, version): list(map(int, rest)) for library, version, *rest in cells[2:]}
    # On its own, since classes that other tests make of an estimator have hook points too.
    command = [
        sys.executable,
        "-c",
        "from lineage_stats.cli import main; main()",
        "doctor",
        "--json",
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    found = json.loads(done.stdout)["libraries"]
    assert {library for library, _ in rows} <= {counts["library"] for counts in found}
    for counts in found:
        names = counts["hook_points"], counts["public_names"], counts["watched"]
        expected = [*names, counts["public_names"] - counts["watched"]]
        assert rows.get((counts["library"], counts["version"]), expected) == expected


def test_what_belongs_together_is_counted_once(measured):
    counts = measured["sklearn"].to_dict()
    assert counts["public_names"] == counts["watched"] + sum(map(len, counts["left_out"].values()))
    assert counts["hook_points"] < counts["watched"]


class Toy(HookProvider):
    """Watches one function of two."""

    name = "toy"
    library = "colorsys"
    requires = ">=0"

    def targets(self):
        yield Target("colorsys", "rgb_to_hls", "transform")
        yield Target("colorsys", "rgb_to_cmyk", "transform")

    def public_names(self):
        colors = __import__("colorsys")
        yield PublicName("rgb_to_hls", colors, "rgb_to_hls")
        yield PublicName("rgb_to_hsv", colors, "rgb_to_hsv")
        yield PublicName("hls_to_rgb", colors, "hls_to_rgb", "inverse")


def test_what_is_missing_or_absent_is_named():
    (found,) = measure_coverage([Toy()])
    assert (found.n_hook_points, found.watched, found.missing) == (
        1, ("rgb_to_hls",), ("rgb_to_hsv",),
    )  # fmt: skip
    assert found.left_out == {"hls_to_rgb": "inverse"}
    assert found.absent == ("colorsys.rgb_to_cmyk: not in this version",)
    colors = __import__("colorsys")
    assert not is_watched(PublicName("rgb_to_hls", colors, "rgb_to_hls"))


class Unfound(Toy):
    """Watches a library that is not there."""

    library = "no_such_library"


def test_a_library_that_is_not_there_is_a_finding():
    (found,) = measure_coverage([Unfound()])
    assert found.version is None
    assert found.problem is not None
    assert found.problem.startswith("ModuleNotFoundError")


def test_what_is_gone_is_not_watched():
    assert not is_watched(PublicName("x", types.SimpleNamespace, "x"))
