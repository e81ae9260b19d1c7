"""Data in the form of RCAEval, written by the test."""

import numpy as np
import pandas as pd
import pytest

from lineage_stats.datasets import load_rcaeval

INJECTED = 1_700_000_000


def write(place, *, before=605, after=120, culprit="cartservice", name="data.csv", extra=()):
    rng = np.random.default_rng(0)
    n = before + after
    time = np.arange(INJECTED - before, INJECTED + after)
    table = pd.DataFrame({"time": time})
    for service in ("frontend", "cartservice", "redis-cart"):
        for measurement in ("cpu", "latency-90", *extra):
            values = rng.normal(10, 1, n) + 20 * (time >= INJECTED) * (service == culprit)
            table[f"{service}_{measurement}"] = values
    place.mkdir(parents=True)
    table.to_csv(place / name, index=False)
    (place / "inject_time.txt").write_text(f"{INJECTED}\n")


def test_windows_are_counted_from_the_injection(tmp_path):
    write(tmp_path / "cartservice_cpu" / "1")
    write(tmp_path / "redis-cart_mem" / "2", name="simple_metrics.csv")
    loaded = load_rcaeval(tmp_path)
    assert [(c.name, c.target, c.kind) for c in loaded.cases] == [
        ("cartservice_cpu/1", "cartservice", "cpu"), ("redis-cart_mem/2", "redis-cart", "mem")
    ]  # fmt: skip
    case = loaded.cases[0]
    # The five seconds that begin the series are no whole window.
    assert (len(case.healthy), len(case.faulty)) == (10, 2)
    assert case.faulty[0].start_ns == INJECTED * 10**9
    assert case.faulty[0].operation("cartservice").features["mean[cpu]"] > 25
    assert case.healthy[-1].operation("cartservice").features["mean[cpu]"] < 15
    assert case.metric == "frontend latency-90"
    assert not case.greater_is_better
    assert set(case.healthy[0].parents("frontend")) == {"cartservice", "redis-cart"}


def test_length_entry_and_graph_can_be_said(tmp_path):
    write(tmp_path / "cartservice_cpu" / "1", before=600)
    calls = {"frontend": ["cartservice"], "cartservice": ["redis-cart"]}
    case = load_rcaeval(tmp_path, window=30, entry="cartservice", calls=calls).cases[0]
    assert len(case.healthy) == 20
    assert case.healthy[0].ancestors("watch/cartservice latency-90#1") == (
        "redis-cart", "cartservice"
    )  # fmt: skip


def test_rows_that_are_a_window_apart_are_runs_each(tmp_path):
    place = tmp_path / "cartservice_cpu" / "1"
    write(place, before=27, after=10)
    table = pd.read_csv(place / "data.csv")
    times = [round(INJECTED + 0.1 * i, 1) for i in range(-27, 10)]
    table.assign(time=times).to_csv(place / "data.csv", index=False)
    (case,) = load_rcaeval(tmp_path, window=0.1).cases
    assert (len(case.healthy), len(case.faulty)) == (27, 10)


def test_text_is_refused(tmp_path):
    place = tmp_path / "cartservice_cpu" / "1"
    write(place)
    table = pd.read_csv(place / "data.csv")
    table.assign(frontend_cpu="high").to_csv(place / "data.csv", index=False)
    with pytest.raises(ValueError, match=r"data\.csv has text in frontend_cpu"):
        load_rcaeval(tmp_path)


def test_folders_of_another_form_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no case"):
        load_rcaeval(tmp_path)
    for window in (0, float("inf")):
        with pytest.raises(ValueError, match="load_rcaeval must be a positive float, and finite"):
            load_rcaeval(tmp_path, window=window)
    write(tmp_path / "a" / "stranger_cpu" / "1")
    with pytest.raises(ValueError, match="blames 'stranger' by its name"):
        load_rcaeval(tmp_path)
    write(tmp_path / "b" / "cartservice_cpu" / "1")
    with pytest.raises(ValueError, match="no service 'ts-ui'"):
        load_rcaeval(tmp_path / "b", entry="ts-ui")
    table = tmp_path / "b" / "cartservice_cpu" / "1" / "data.csv"
    text = table.read_text()
    table.write_text(text.replace("latency-90", "mem"))
    with pytest.raises(ValueError, match=r"none of latency-90, .* for 'frontend'"):
        load_rcaeval(tmp_path / "b")
    table.write_text(text.replace("time", "moment"))
    with pytest.raises(ValueError, match="a column 'time'"):
        load_rcaeval(tmp_path / "b")
    table.unlink()
    with pytest.raises(FileNotFoundError, match="has none of data"):
        load_rcaeval(tmp_path / "b")
