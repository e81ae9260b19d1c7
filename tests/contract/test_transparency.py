"""A program does, warns and raises the same with and without recording."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import lineage_stats
from lineage_stats.hooks._swap import ACTIVE
from tests.probes import PROBES


def outcome(program: Callable[[Path], Any], folder: Path) -> tuple[Any, ...]:
    """Return what a program returned or raised, and its warnings with where they point."""
    folder.mkdir()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = ("returned", program(folder))
        except Exception as error:  # noqa: BLE001  # compared with the other outcome
            text = str(error).replace(str(folder), "folder")
            result = ("raised", type(error), text)
    return (*result, [(w.category, str(w.message), w.filename, w.lineno) for w in caught])


def test_there_are_enough_probes():
    assert len(PROBES) >= 70


@pytest.mark.parametrize("name", PROBES)
def test_same_with_and_without_recording(name, tmp_path):
    program = PROBES[name]
    expected = outcome(program, tmp_path / "without")
    with lineage_stats.record("probe", directory=tmp_path / "store") as run:
        assert ACTIVE[0] is not None
        found = outcome(program, tmp_path / "with")
    assert found == expected
    assert run.trace().complete
