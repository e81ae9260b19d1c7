"""Data in the form of PetShop, written by the test."""

import json
import re
import shutil

import numpy as np
import pandas as pd
import pytest

from lineage_stats import attribute_root_cause
from lineage_stats.datasets import load_petshop

SERVICES = ("PetSite", "payforadoption", "petsearch", "dynamo")
COLUMNS = pd.MultiIndex.from_tuples(
    [(s, m, a) for s in SERVICES for m, a in [("latency", "p90"), ("availability", "Average")]]
)


def windows(n, rng, slow=()):
    """Return windows in which the latency of a service contains that of those it calls."""
    own = {s: rng.normal(0.2, 0.01, n) + 2.0 * (s in slow) for s in SERVICES}
    own["petsearch"] = own["petsearch"] + own["dynamo"]
    own["PetSite"] = own["PetSite"] + own["petsearch"] + own["payforadoption"]
    values = np.full((n, len(COLUMNS)), 100.0)
    for j, (service, measurement, _) in enumerate(COLUMNS):
        if measurement == "latency":
            values[:, j] = own[service]
    index = pd.date_range("2024-01-01", periods=n, freq="5min", tz="UTC")
    return pd.DataFrame(values, index=index, columns=COLUMNS)


def write(folder, issues, *, edges=False, nested=True):
    rng = np.random.default_rng(0)
    calls = [("PetSite", "petsearch"), ("PetSite", "payforadoption"), ("petsearch", "dynamo")]
    (folder / "noissue").mkdir(parents=True)
    if edges:
        pd.DataFrame(calls, columns=["from", "to"]).to_csv(folder / "graph.csv", index=False)
    else:
        graph = pd.DataFrame(0, index=SERVICES, columns=SERVICES)
        for caller, callee in calls:
            graph.loc[caller, callee] = 1
        graph.to_csv(folder / "graph.csv")
    windows(40, rng).to_csv(folder / "noissue" / "metrics.csv")
    for name, culprit in issues.items():
        place = folder / name
        place.mkdir()
        windows(5, rng, slow=(culprit,)).to_csv(place / "metrics.csv")
        suffered = {"node": "PetSite", "metric": "latency", "agg": "p90"}
        label = {"target": suffered} if nested else suffered
        (place / "target.json").write_text(json.dumps({**label, "root_cause": {"node": culprit}}))
    return folder


@pytest.mark.parametrize("form", [{}, {"edges": True}, {"nested": False}])
def test_cases_and_their_culprits(tmp_path, form):
    folder = write(tmp_path / "low", {"issue10": "petsearch", "issue2": "dynamo"}, **form)
    loaded = load_petshop(folder)
    assert [(c.name, c.target) for c in loaded.cases] == [
        ("issue2", "dynamo"), ("issue10", "petsearch")
    ]  # fmt: skip
    case = loaded.cases[0]
    assert (len(case.healthy), len(case.before), len(case.faulty)) == (40, 0, 5)
    assert (case.metric, case.greater_is_better) == ("PetSite latency[p90]", False)
    assert set(case.faulty[0].parents("PetSite")) == {"petsearch", "payforadoption"}
    assert str(case.healthy[1].start) == "2024-01-01 00:05:00+00:00"
    assert "services" in loaded.DESCR


def write_as_published(folder):
    """Write files as they are published, with numbers of our own.

    Times are seconds with a line of their own in the header; "idle" gets no request, "ghost" is in
    the graph only, and "late" was measured during the issue only.
    """
    header = [("front", "latency", "p90"), ("front", "requests", "Sum")]
    header += [("idle", "latency", "p90"), ("idle", "requests", "Sum")]
    begin, noticed = 1_700_000_000, 1_690_000_605
    names = ["front", "idle", "ghost", "late"]
    graph = ["," + ",".join(names), "front,0,1,1,1", *(f"{name},0,0,0,0" for name in names[1:])]
    (folder / "graph.csv").write_text("\n".join(graph) + "\n")
    rows = [f"{begin + 300.0 * i},{0.1 + 0.001 * i:.3f},{100 + i}.0,,0.0" for i in range(4)]
    _write_windows(folder / "noissue", header, rows)
    issue = [f"{noticed - 605 + 300.0 * i},0.5,{i}.0,,0.0,0.9" for i in range(5)]
    target = {"node": "front", "metric": "latency", "agg": "p90", "timestamp": noticed}
    label = {"target": target, "root_cause": {"node": "idle", "metric": None}, "metadata": {}}
    for name in ("train/issue_2", "train/issue_10", "test/issue_0"):
        _write_windows(folder / name, [*header, ("late", "latency", "p90")], issue)
        (folder / name / "target.json").write_text(json.dumps(label))


def _write_windows(place, header, rows):
    place.mkdir(parents=True)
    levels = zip(("microservice", "metric", "statistic"), zip(*header, strict=True), strict=True)
    lines = [",".join((name, *values)) for name, values in levels]
    lines.append("unix_timestamp" + "," * len(header))
    (place / "metrics.csv").write_text("\n".join([*lines, *rows]) + "\n")


def test_files_as_published(tmp_path):
    write_as_published(tmp_path)
    cases = load_petshop(tmp_path).cases
    assert [c.name for c in cases] == ["test/issue_0", "train/issue_2", "train/issue_10"]
    case = cases[0]
    # The issue was noticed five seconds after the third window began.
    assert (len(case.healthy), len(case.before), len(case.faulty)) == (4, 3, 2)
    assert str(case.healthy[1].start) == "2023-11-14 22:18:20+00:00"
    assert [run.operation("front").features["rows_in"] for run in case.before] == [0, 1, 2]
    assert case.faulty[0].operation("idle").features == {"rows_in": 0.0}
    assert case.faulty[0].operation("ghost").features == {}
    unmeasured = [op.key for op in case.faulty[0] if op.facts.get("profile") == "skipped"]
    assert sorted(unmeasured) == ["ghost", "idle"]
    assert case.faulty[0].operation("late").features == {"latency[p90]": 0.9}
    assert set(case.faulty[0].parents("front")) == {"idle", "ghost", "late"}
    assert (case.target, case.metric) == ("idle", "front latency[p90]")
    assert case.healthy[0].metrics == {case.metric: 0.1}


@pytest.mark.parametrize("time", ['"noon"', "1690000605000"])
def test_a_time_that_is_none_is_refused(tmp_path, time):
    write_as_published(tmp_path)
    path = tmp_path.joinpath("test", "issue_0", "target.json")
    path.write_text(path.read_text().replace("1690000605", time))
    with pytest.raises(ValueError, match="timestamp, if given, in seconds"):
        load_petshop(tmp_path)


def test_the_time_of_an_issue_is_found_beside_what_suffered_as_well(tmp_path):
    write_as_published(tmp_path)
    path = tmp_path.joinpath("test", "issue_0", "target.json")
    label = json.loads(path.read_text())
    path.write_text(json.dumps({**label, "timestamp": label["target"].pop("timestamp")}))
    case = load_petshop(tmp_path).cases[0]
    assert (len(case.before), len(case.faulty)) == (3, 2)


def test_windows_in_milliseconds_are_refused(tmp_path):
    write_as_published(tmp_path)
    path = tmp_path.joinpath("test", "issue_0", "metrics.csv")
    path.write_text(re.sub(r"^(\d+)\.0", r"\g<1>000", path.read_text(), flags=re.MULTILINE))
    with pytest.raises(ValueError, match=r"time 1690001200000, .* Divide times in milliseconds"):
        load_petshop(tmp_path)


def test_a_folder_that_bears_the_name_of_the_one_around_it_is_named(tmp_path):
    folder = write(tmp_path / "train", {"issue1": "dynamo"})
    (folder / "train").mkdir()
    shutil.copytree(folder / "issue1", folder / "train" / "issue1")
    assert [c.name for c in load_petshop(folder).cases] == ["issue1", "train/issue1"]


def test_the_culprit_is_found_in_clear_data(tmp_path):
    case = load_petshop(write(tmp_path / "low", {"issue0": "dynamo"})).cases[0]
    found = attribute_root_cause(
        case.faulty[2], case.metric, baseline=case.healthy, greater_is_better=case.greater_is_better
    )
    assert found.top.operation == case.target


def test_folders_of_another_form_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="wants the folder of one kind of traffic"):
        load_petshop(tmp_path)
    folder = write(tmp_path / "none", {})
    with pytest.raises(FileNotFoundError, match="no case to load"):
        load_petshop(folder)
    folder = write(tmp_path / "stranger", {"issue1": "stranger"})
    with pytest.raises(ValueError, match="blames 'stranger', which is no service"):
        load_petshop(folder)
    (folder / "issue1" / "target.json").write_text('{"target": {"node": "PetSite"}}')
    with pytest.raises(ValueError, match="must name node, metric and agg"):
        load_petshop(folder)
    (folder / "noissue" / "metrics.csv").write_text("a,b\n,x\n,y\n")
    with pytest.raises(ValueError, match="three rows of header"):
        load_petshop(folder)
