"""Rules that every generator and loader of runs keeps."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Mapping

import numpy as np
import pytest

import lineage_stats.datasets
from lineage_stats import datasets
from lineage_stats.trace import TraceSet
from tests.registry import DATASETS, FOLDER_LOADERS

PREFIXES = ("make_", "load_")
ALL = [name for name in datasets.__all__ if name.startswith(PREFIXES)]
FOUND = [name for name in ALL if name not in FOLDER_LOADERS]
RANDOM = [name for name in FOUND if name.startswith("make_")]


def call(name: str, **options):
    return getattr(datasets, name)(**{**DATASETS[name], **options})


def test_all_are_found_and_registered():
    assert len(FOUND) == len(DATASETS) >= 1
    assert set(FOUND) == set(DATASETS)
    assert set(ALL) == set(DATASETS) | FOLDER_LOADERS
    assert RANDOM


def test_none_is_left_private_by_mistake():
    modules = [
        importlib.import_module(f"lineage_stats.datasets.{info.name}")
        for info in pkgutil.iter_modules(lineage_stats.datasets.__path__)
    ]
    defined = {
        name
        for module in modules
        for name, value in vars(module).items()
        if name.startswith(PREFIXES)
        and inspect.isfunction(value)
        and value.__module__ == module.__name__
    }
    assert defined == set(ALL)


@pytest.mark.parametrize("name", sorted(FOLDER_LOADERS))
def test_a_loader_of_a_folder_takes_the_folder_and_says_if_it_is_not_there(name, tmp_path):
    parameters = inspect.signature(getattr(datasets, name)).parameters
    positional = [p.name for p in parameters.values() if p.kind is not p.KEYWORD_ONLY]
    assert positional == ["folder"]
    with pytest.raises(FileNotFoundError, match="nowhere"):
        getattr(datasets, name)(tmp_path / "nowhere")


@pytest.mark.parametrize("name", FOUND)
def test_it_returns_a_mapping_with_attributes(name):
    runs = call(name)
    assert isinstance(runs, Mapping)
    for key, value in runs.items():
        assert getattr(runs, key) is value
    assert isinstance(runs.traces, TraceSet)
    assert len(runs.traces) == len(runs.target) == len(runs.faults) >= 1


@pytest.mark.parametrize("name", FOUND)
def test_the_truth_agrees_with_the_faults(name):
    runs = call(name)
    assert runs.target == tuple(fault and fault.target for fault in runs.faults)


@pytest.mark.parametrize("name", FOUND)
def test_it_is_described(name):
    description = call(name).DESCR
    assert description.startswith("# ")
    assert len(description) > 500
    assert name in description


@pytest.mark.parametrize("name", FOUND)
def test_the_shortcut_gives_the_same(name):
    runs = call(name)
    assert call(name, return_traces=True) == (runs.traces, runs.target)


@pytest.mark.parametrize("name", FOUND)
def test_options_are_keywords_and_the_common_ones_are_there(name):
    parameters = inspect.signature(getattr(datasets, name)).parameters
    positional = [p for p in parameters.values() if p.kind is not p.KEYWORD_ONLY]
    assert [p.name for p in positional] == (["n_runs"] if name in RANDOM else [])
    assert parameters["return_traces"].default is False
    if name in RANDOM:
        assert parameters["random_state"].default == 0


@pytest.mark.parametrize("name", RANDOM)
def test_random_state_is_honoured(name):
    assert call(name, random_state=1).traces == call(name, random_state=1).traces
    assert call(name, random_state=1).traces != call(name, random_state=2).traces
    one, other = (call(name, random_state=np.random.default_rng(3)).traces for _ in range(2))
    assert one == other
