import pytest

from lineage_stats.detectors import Drill

ONE = ("--fault", "operation missing")


def test_it_says_what_would_be_noticed(cli, runs_folder):
    done = cli("drill", runs_folder, "--tag", "status=healthy", *ONE)
    assert done.code == 0
    assert "faults would be caught in 'churn'" in done.out
    assert "operation missing: 12 of 12 operations" in done.out


def test_a_power_below_the_least_is_code_1(cli, runs_folder, monkeypatch):
    monkeypatch.setattr(Drill, "min_power", 0.4)
    arguments = ("drill", runs_folder, "--tag", "status=healthy", *ONE, "--min-power")
    done = cli(*arguments, "0.5")
    assert done.code == 1
    assert "smallest power is 0.40, below 0.5." in done.err
    assert cli(*arguments, "0.3").code == 0


def test_json_and_heat_map(cli, runs_folder, tmp_path):
    file = tmp_path / "map.png"
    done = cli("drill", runs_folder, "--tag", "status=healthy", *ONE, "--json", "--heat-map", file)
    assert done.json["min_power"] == 1
    assert {row["fault"] for row in done.json["faults"]} == {"operation missing"}
    assert file.read_bytes().startswith(b"\x89PNG")


def test_an_unknown_fault_names_the_known_ones(cli, runs_folder):
    done = cli("drill", runs_folder, "--tag", "status=healthy", "--fault", "earthquake")
    assert done.code == 2
    assert "rows lost" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("option", "value", "text"),
    [
        ("--false-alarm-rate", "1", "in (0, 1)"),
        ("--power", "1.5", "in (0, 1]"),
        ("--heat-map", "map.gif", ".png, .svg, .pdf"),
    ],
)
def test_options_are_looked_at_before_the_work(cli, tmp_path, option, value, text):
    done = cli("drill", tmp_path / "nowhere", option, value)
    assert done.code == 2
    assert f"{text}. Got" in done.err
