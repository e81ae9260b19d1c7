"""Options of a command line."""

import pytest

from lineage_stats.attribution.replay._arguments import changed_options, with_option

WORDS = ("train.py", "-v", "--epochs", "3", "--rate=-0.5", "data.csv")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("--epochs", "9", "train.py -v --epochs 9 --rate=-0.5 data.csv"),
        ("--epochs", None, "train.py -v --rate=-0.5 data.csv"),
        ("--rate", "1", "train.py -v --epochs 3 --rate=1 data.csv"),
        ("-v", None, "train.py --epochs 3 --rate=-0.5 data.csv"),
        ("--new", "1", "train.py -v --epochs 3 --rate=-0.5 data.csv --new 1"),
        ("--new", "", "train.py -v --epochs 3 --rate=-0.5 data.csv --new"),
        ("--new", None, "train.py -v --epochs 3 --rate=-0.5 data.csv"),
    ],
)
def test_an_option_gets_its_healthy_value(name, value, expected):
    assert with_option(WORDS, name, value) == tuple(expected.split())


@pytest.mark.parametrize(
    ("healthy", "faulty", "expected"),
    [
        ("--epochs 9", "--epochs 3", {"--epochs": "9"}),
        ("--rate -1", "--rate=-2", {"--rate": "-1"}),
        ("--fast", "", {"--fast": ""}),
        ("", "--fast", {"--fast": None}),
        ("a.csv --x 1", "a.csv --x 1", {}),
        ("a.csv", "b.csv", None),
    ],
)
def test_options_that_differ_are_found(healthy, faulty, expected):
    assert changed_options(healthy.split(), faulty.split()) == expected
