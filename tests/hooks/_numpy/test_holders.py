"""Numbers and texts in settings."""

import ast
from collections import namedtuple
from dataclasses import dataclass
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from lineage_stats.hooks._numpy._holders import (
    attributes_of,
    function_called,
    is_of,
    object_at,
    plain_value,
)
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


class Model:
    def __init__(self):
        self.parts = [1, 2]
        self.name = "m"

    def predict(self):
        return self.parts

    @staticmethod
    def make():
        return Model()


class Loud(Model):
    def __getattribute__(self, name):
        raise AssertionError("code of the program ran")


class Dressed(Model):
    @property
    def __dict__(self):
        raise AssertionError("code of the program ran")


def test_attributes_are_those_of_the_object_itself():
    assert attributes_of(Model()) == {"parts": [1, 2], "name": "m"}
    assert attributes_of(Slotted()) == {}
    assert attributes_of(3) == attributes_of("x") == attributes_of(None) == {}


def test_no_code_of_the_program_runs_for_attributes():
    assert attributes_of(object.__new__(Loud)) == attributes_of(object.__new__(Dressed)) == {}


class Lazy:
    """Loads what it stands for when anybody asks for its class, as proxies do."""

    @property
    def __class__(self):
        raise AssertionError("code of the program ran")

    def __getattr__(self, name):
        raise AssertionError("code of the program ran")


def test_objects_are_not_asked_what_they_are():
    assert not is_of(Lazy(), (type, Model))
    assert is_of(Loud, type)
    assert function_called(ast.parse("lazy.f", mode="eval").body, {"lazy": Lazy()}.get) is None
    assert function_called(ast.parse("lazy", mode="eval").body, {"lazy": Lazy()}.get) is None


class Loaded(ModuleType):
    def __getattribute__(self, name):
        raise AssertionError("code of the program ran")


def test_modules_that_are_loaded_when_asked_are_left_alone():
    node = ast.parse("lazy.f", mode="eval").body
    assert object_at(node, {"lazy": Loaded("lazy")}.get) is MISSING


@pytest.mark.parametrize(
    ("text", "function"),
    [
        ("model.predict", Model.predict),
        ("Model.make", Model.make),
        ("bound", Model.predict),
        ("np.mean(x)", None),
        ("len", None),
        ("missing", None),
        ("model.missing", None),
    ],
)
def test_functions_that_calls_run(text, function):
    model = Model()
    names = {"model": model, "Model": Model, "bound": model.predict, "len": len, "np": np}
    node = ast.parse(text, mode="eval").body
    assert function_called(node, lambda name: names.get(name, MISSING)) is function


def test_names_and_attributes_stand_for_objects():
    node = ast.parse("np.linalg.norm", mode="eval").body
    assert object_at(node, {"np": np}.get) is np.linalg.norm
