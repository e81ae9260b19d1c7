"""Every pipeline of the corpus declares what it must, and its faults fit."""

import numpy as np
import pytest
from corpus import catalogue
from corpus.interface import KINDS
from corpus.kinds import FAMILIES

NAMES = catalogue.names()


def test_there_is_a_closed_list_of_kinds_in_every_family():
    faults = [kind for kind in KINDS.values() if kind.family != "harmless"]
    assert len(faults) >= 40
    assert {kind.family for kind in KINDS.values()} == set(FAMILIES)
    assert all(kind.about.endswith(".") for kind in KINDS.values())
    assert sum(kind.is_test_only for kind in KINDS.values()) >= 5


@pytest.mark.parametrize("name", NAMES)
def test_faults_fit_the_sources(name):
    entry = catalogue.load(name)
    assert entry.name == name
    for fault in entry.faults:
        broken = entry.sources.with_edits(fault.edits)
        lines = entry.sources.statements(fault.truth)
        assert bool(lines) == (fault.cls != "none")
        # A removed statement has no line of its own; what is left has been traced.
        if not fault.edits:
            assert broken.coming_from(lines) == lines


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_the_recorder_is_in_a_pipeline(name):
    texts = catalogue.load(name).sources.texts
    assert not any("lineage_stats" in text or "corpus" in text for text in texts.values())


@pytest.mark.parametrize("name", NAMES)
def test_a_day_is_the_same_again(name, tmp_path):
    entry = catalogue.load(name)
    contents = []
    for folder in (tmp_path / "one", tmp_path / "other"):
        folder.mkdir()
        entry.write_day(folder, 165, np.random.default_rng(7))
        contents.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert contents[0] == contents[1]
    assert contents[0]


def test_a_pipeline_that_is_not_there_is_told():
    with pytest.raises(ValueError, match="There is no pipeline 'nothing'"):
        catalogue.load("nothing")
