"""A dictionary whose entries are attributes too."""

import copy
import pickle
from collections.abc import Mapping

import pytest

from lineage_stats.datasets import Bunch


@pytest.fixture
def bunch() -> Bunch:
    return Bunch(traces=[1, 2], target="a")


def test_it_is_a_mapping(bunch):
    assert isinstance(bunch, Mapping)
    assert dict(bunch) == {"traces": [1, 2], "target": "a"} == bunch
    assert list(bunch) == ["traces", "target"]
    assert len(bunch) == 2
    assert "target" in bunch
    assert bunch.get("nonsense") is None


def test_entries_are_attributes(bunch):
    assert bunch.traces is bunch["traces"]
    assert {"traces", "target", "keys"} <= set(dir(bunch))


def test_any_name_can_be_an_entry():
    assert Bunch(self=1)["self"] == 1


def test_unknown_names_are_errors(bunch):
    with pytest.raises(KeyError, match="nonsense"):
        _ = bunch["nonsense"]
    with pytest.raises(AttributeError, match="<Bunch: traces, target> has no entry 'nonsense'"):
        _ = bunch.nonsense


def test_it_is_read_only(bunch):
    with pytest.raises(AttributeError, match="read-only"):
        bunch.target = "b"
    with pytest.raises(AttributeError, match="read-only"):
        del bunch.target
    with pytest.raises(TypeError):
        bunch["target"] = "b"
    assert bunch.target == "a"


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda b: pickle.loads(pickle.dumps(b))]
)
def test_it_can_be_copied_and_pickled(bunch, copied):
    assert copied(bunch) == bunch
    assert isinstance(copied(bunch), Bunch)


def test_it_prints_on_one_line(bunch):
    assert repr(bunch) == "<Bunch: traces, target>"
    assert repr(Bunch()) == "<Bunch: empty>"
