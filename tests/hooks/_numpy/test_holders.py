"""Numbers and texts in settings."""

import ast
from collections import namedtuple
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest

from lineage_stats.hooks._numpy._holders import plain_value
from lineage_stats.hooks._numpy._variables import MISSING

Pair = namedtuple("Pair", "low high")  # as programs write it


@dataclass
class Settings:
    threshold: float = 0.5
    nested: object = None


@dataclass(slots=True)
class Slotted:
    threshold: float = 0.25


class Constants:
    LIMIT = 3


class WithProperty:
    @property
    def limit(self) -> float:
        raise AssertionError("code of the program ran")


class Dynamic:
    def __getattribute__(self, name: str) -> float:
        raise AssertionError("code of the program ran")


class Loud(dict):
    def __getitem__(self, key: object) -> float:
        raise AssertionError("code of the program ran")


VARIABLES = {
    "config": {"threshold": 0.5, "model": {"C": 2}, "weights": np.ones(3), 1: "one"},
    "limits": (0.1, 0.9),
    "args": SimpleNamespace(seed=7),
    "settings": Settings(nested=Settings(threshold=0.75)),
    "slotted": Slotted(),
    "pair": Pair(1, 2),
    "Constants": Constants,
    "constants": Constants(),
    "with_property": WithProperty(),
    "dynamic": Dynamic(),
    "loud": Loud(a=1),
    "array": np.ones(3),
    "np": np,
}


def look(text: str) -> object:
    node = ast.parse(text, mode="eval").body
    return plain_value(node, lambda name: VARIABLES.get(name, MISSING))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("config['threshold']", 0.5),
        ("config['model']['C']", 2),
        ("config[1]", "one"),
        ("limits[1]", 0.9),
        ("args.seed", 7),
        ("settings.threshold", 0.5),
        ("settings.nested.threshold", 0.75),
        ("slotted.threshold", 0.25),
        ("pair.high", 2),
        ("Constants.LIMIT", 3),
        ("constants.LIMIT", 3),
    ],
)
def test_settings_are_read(text, value):
    assert look(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "config['weights']", "config['missing']", "config[other]", "limits[5]", "nobody['a']",
        "with_property.limit", "dynamic.limit", "loud['a']", "array.size", "np.pi", "args.missing",
        "f(1)['a']", "config['model']",
    ],
)  # fmt: skip
def test_what_is_no_setting_is_left_alone(text):
    assert look(text) is MISSING
