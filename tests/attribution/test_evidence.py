"""How pieces of evidence add up."""

from __future__ import annotations

from lineage_stats.attribution import Evidence
from lineage_stats.attribution._evidence import MAX_SHOWN, suspicion_of


def piece(strength):
    return Evidence("mean[x]", 1.0, 2.0, 0.0, 3.0, strength, "changed")


def test_the_strongest_piece_decides_and_many_weak_ones_do_not_outvote_it():
    assert suspicion_of([piece(0.1)] * 1000).strength == 0.1
    found = suspicion_of([piece(0.2), piece(0.7), piece(0.3)])
    assert found.strength == 0.7
    assert [e.strength for e in found.evidence] == [0.7, 0.3, 0.2]


def test_only_the_strongest_are_kept():
    assert len(suspicion_of([piece(i / 100) for i in range(50)]).evidence) == MAX_SHOWN


def test_without_evidence_there_is_no_suspicion():
    assert suspicion_of([]).strength == 0.0
    assert suspicion_of([]).evidence == ()
