"""Data in the form of RCD, written by the test."""

import numpy as np
import pandas as pd
import pytest

from lineage_stats import attribute_root_cause
from lineage_stats.datasets import load_rcd

SERVICES = ("carts", "carts-db", "front-end")


def write(place, *, culprit="carts-db", n=30):
    rng = np.random.default_rng(0)
    place.mkdir(parents=True)
    for name, start, shift in (("normal", 1_652_565_600, 0), ("anomalous", 1_652_812_675, 50)):
        table = pd.DataFrame({"time": np.arange(start, start + n)})
        for service in SERVICES:
            table[f"{service}_cpu"] = rng.normal(10, 1, n) + shift * (service == culprit)
        table["carts_lat_90"] = rng.normal(0.2, 0.01, n)
        table.to_csv(place / f"{name}.csv", index=False)


def test_rows_of_either_file_are_runs(tmp_path):
    write(tmp_path / "carts-db-cpu" / "1")
    write(tmp_path / "front-end-mem" / "2", culprit="front-end")
    loaded = load_rcd(tmp_path)
    assert [(c.name, c.target, c.kind) for c in loaded.cases] == [
        ("carts-db-cpu/1", "carts-db", "cpu"), ("front-end-mem/2", "front-end", "mem")
    ]  # fmt: skip
    case = loaded.cases[0]
    assert (len(case.healthy), len(case.faulty)) == (30, 30)
    assert case.faulty[3].start_ns == 1_652_812_678 * 10**9
    assert set(case.healthy[0].operation("carts").features) == {"mean[cpu]", "mean[lat_90]"}
    assert case.faulty[0].operation("carts-db").features["mean[cpu]"] > 50
    assert {run.metrics[case.metric] for run in case.healthy} == {0.0}
    assert {run.metrics[case.metric] for run in case.faulty} == {1.0}
    assert not case.greater_is_better
    assert "load_rcd" in loaded.DESCR


def test_the_service_that_changed_is_found(tmp_path):
    write(tmp_path / "carts-db-cpu" / "1")
    (case,) = load_rcd(tmp_path).cases
    found = attribute_root_cause(
        case.faulty[5], case.metric, baseline=case.healthy, greater_is_better=False
    )
    assert found.top.operation == "carts-db"


def test_windows_are_means_from_the_first_row(tmp_path):
    write(tmp_path / "carts-cpu" / "1", n=25)
    (case,) = load_rcd(tmp_path, window=10).cases
    table = pd.read_csv(tmp_path / "carts-cpu" / "1" / "normal.csv")
    means = [run.operation("carts").features["mean[cpu]"] for run in case.healthy]
    expected = [table["carts_cpu"][i : i + 10].mean() for i in (0, 10, 20)]
    assert means == pytest.approx(expected)
    assert case.healthy[1].start_ns - case.healthy[0].start_ns == 10 * 10**9


def change(path, **columns):
    """Put columns into a table, or others in their place."""
    pd.read_csv(path).assign(**columns).to_csv(path, index=False)


def test_rows_that_are_a_window_apart_are_runs_each(tmp_path):
    place = tmp_path / "carts-cpu" / "1"
    write(place)
    times = [round(1_652_565_600 + 0.1 * i, 1) for i in range(30)]
    change(place / "normal.csv", time=times)
    (case,) = load_rcd(tmp_path, window=0.1).cases
    starts = [run.start_ns / 1e9 for run in case.healthy]
    assert starts == pytest.approx(times, rel=0, abs=1e-6)
    assert [len(load_rcd(tmp_path, window=w).cases[0].healthy) for w in (0.3, 1)] == [10, 3]


def test_an_index_that_was_saved_as_well_is_left_out(tmp_path):
    place = tmp_path / "carts-cpu" / "1"
    write(place)
    expected = load_rcd(tmp_path).cases[0].healthy[3]
    table = pd.read_csv(place / "normal.csv")
    table.insert(1, "time.1", table["time"].astype(str) + " s")
    text = table.rename(columns={"time.1": "time"}).to_csv()  # a second time, and a column ""
    (place / "normal.csv").write_text(text)
    assert load_rcd(tmp_path).cases[0].healthy[3].operations == expected.operations


@pytest.mark.parametrize("column", ["time", "carts_cpu"])
def test_text_is_refused(tmp_path, column):
    place = tmp_path / "carts-cpu" / "1"
    write(place)
    change(place / "anomalous.csv", **{column: "2022-05-14 22:00"})
    with pytest.raises(ValueError, match=rf"anomalous\.csv has text in {column}\. Times must be"):
        load_rcd(tmp_path)


def test_folders_of_another_form_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no case"):
        load_rcd(tmp_path)
    for window in (-1, float("inf"), float("nan")):
        with pytest.raises(ValueError, match="of load_rcd must be a positive float, and finite"):
            load_rcd(tmp_path, window=window)
    write(tmp_path / "a" / "stranger-cpu" / "1")
    with pytest.raises(ValueError, match="blames 'stranger' by its name"):
        load_rcd(tmp_path)
    place = tmp_path / "b" / "carts-cpu" / "1"
    write(place)
    text = (place / "normal.csv").read_text()
    (place / "normal.csv").write_text(text.replace("carts_cpu", "load"))
    with pytest.raises(ValueError, match="column 'load', which is no <service>_<measurement>"):
        load_rcd(tmp_path / "b")
    (place / "normal.csv").write_text(text.replace("time", "moment"))
    with pytest.raises(ValueError, match="a column 'time'"):
        load_rcd(tmp_path / "b")
    (place / "normal.csv").unlink()
    with pytest.raises(FileNotFoundError, match=r"a case has normal\.csv and"):
        load_rcd(tmp_path / "b")
