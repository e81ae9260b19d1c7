"""Root-cause data in the form in which they are published, with numbers of our own."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import public_data
import pytest

# What they share takes a while to make.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("public data")]

PAPER = Path(__file__).parents[2] / "paper"
SERVICES = ("front", "cart", "search", "store")
CALLS = {"front": ("cart", "search"), "search": ("store",)}
NOTICED = 1_690_000_605


def latencies(n, rng, begin, slow=()):
    own = {s: rng.normal(0.2, 0.01, n) + 2.0 * np.isin(s, slow) for s in SERVICES}
    own["search"] = own["search"] + own["store"]
    own["front"] = own["front"] + own["cart"] + own["search"]
    columns = pd.MultiIndex.from_tuples([(s, "latency", "p90") for s in SERVICES])
    index = pd.Index(begin + 300.0 * np.arange(n), name="unix_timestamp")
    return pd.DataFrame(np.column_stack([own[s] for s in SERVICES]), index=index, columns=columns)


def write_petshop(folder):
    rng = np.random.default_rng(0)
    for traffic in public_data.TRAFFIC:
        graph = pd.DataFrame(0, index=SERVICES, columns=SERVICES)
        for caller, called in CALLS.items():
            graph.loc[caller, list(called)] = 1
        place = folder / traffic
        (place / "noissue").mkdir(parents=True)
        graph.to_csv(place / "graph.csv")
        latencies(40, rng, 1_700_000_000).to_csv(place / "noissue" / "metrics.csv")
        for i, culprit in enumerate(("cart", "store", "cart")):
            issue = place.joinpath("test", f"issue_{i}")
            issue.mkdir(parents=True)
            usual = latencies(3, rng, NOTICED - 605)
            bad = latencies(2, rng, NOTICED + 295, slow=(culprit,))
            pd.concat([usual, bad]).to_csv(issue / "metrics.csv")
            target = {"node": "front", "metric": "latency", "agg": "p90", "timestamp": NOTICED}
            label = {"target": target, "root_cause": {"node": culprit, "metric": None}}
            (issue / "target.json").write_text(json.dumps(label))


def write_rcd(folder):
    rng = np.random.default_rng(0)
    for culprit in ("cart", "store"):
        place = folder / f"{culprit}-cpu" / "1"
        place.mkdir(parents=True)
        for name, shift in (("normal", 0), ("anomalous", 50)):
            table = pd.DataFrame({"time": np.arange(30)})
            for service in SERVICES:
                table[f"{service}_cpu"] = rng.normal(10, 1, 30) + shift * (service == culprit)
            table.to_csv(place / f"{name}.csv", index=False)


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    folder = tmp_path_factory.mktemp("public")
    write_petshop(folder / "petshop")
    write_rcd(folder / "rcd")
    command = [sys.executable, PAPER / "public_data.py", "--quick", "--petshop", "petshop"]
    done = subprocess.run(
        [*command, "--rcd", "rcd", "--out", "out.csv"],
        capture_output=True, text=True, check=False, cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with (folder / "out.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def found(rows, **wanted):
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


def test_every_method_judges_every_group(rows):
    groups = {(row["data"], row["traffic"], row["kind"], row["subtracted"]) for row in rows}
    petshop = {("low", "latency"), ("high", "latency"), ("all", "all")}
    assert groups == {
        *(("PetShop", *group, str(flag)) for group in petshop for flag in (True, False)),
        ("RCD", "", "cpu", "False"), ("RCD", "all", "all", "False"),
    }  # fmt: skip
    methods = {row["method"] for row in rows}
    assert {"attribution", "n-sigma", "BARO RobustScorer", "first anomalous upstream"} < methods
    assert len(rows) == len(groups) * len(methods)
    # One case of each culprit.
    assert {row["n"] for row in found(rows, data="PetShop", traffic="low")} == {"2"}


def test_the_culprit_of_clear_data_is_found(rows):
    for data, subtracted in (("PetShop", "False"), ("PetShop", "True"), ("RCD", "False")):
        pooled = {"data": data, "traffic": "all", "subtracted": subtracted}
        (row,) = found(rows, method="attribution", **pooled)
        assert float(row["hit@1"]) == 1.0
        assert float(row["mean rank"]) == 1.0
        (row,) = found(rows, method="control: random", **pooled)
        assert float(row["hit@1"]) < 1.0


def test_what_was_odd_in_all_runs_before_is_subtracted(tmp_path):
    write_petshop(tmp_path)
    case = next(public_data.petshop_cases(tmp_path))
    (usual,) = case.study.healthy[:1]

    def run(**values):
        def new(key, name, value):
            return values.get(key, value) if name != "metric_value" else value

        return public_data._mapped(usual, new)

    middle = np.median([r.operation("cart").features["latency[p90]"] for r in case.study.healthy])
    before = [run(cart=middle + 1.0, store=9.0), run(cart=middle + 2.0, store=0.0)]
    less = public_data.less_before(run(cart=middle + 3.0, store=5.0), before, case.study)
    assert less.operation("cart").features["latency[p90]"] == pytest.approx(middle + 2.0)
    assert less.operation("store").features["latency[p90]"] == 5.0  # odd to either side
    assert less.metrics == usual.metrics


def test_a_folder_is_needed():
    done = subprocess.run(
        [sys.executable, PAPER / "public_data.py"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "--petshop, --rcd or both" in done.stderr
