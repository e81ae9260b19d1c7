"""Which runs the corpus has is decided once, and the same way every time."""

import pytest
from corpus.cases import (
    CASE,
    FULL,
    HISTORY,
    PRESENT,
    QUICK,
    Case,
    Effect,
    composed_cases,
    healthy_jobs,
    jobs_of,
    single_cases,
)
from corpus.catalogue import load
from corpus.interface import KINDS
from corpus.planting import can_be_combined

HURTS, LEAVES = Effect(5.0, 8.0), Effect(0.0, 0.1)


@pytest.fixture(scope="module")
def entry():
    return load("parcels")


@pytest.fixture(scope="module")
def composed(entry):
    effects = {f.name: LEAVES if f.cls == "none" else HURTS for f in entry.faults}
    return composed_cases(entry, effects, FULL)


def test_there_are_enough_healthy_runs():
    jobs = healthy_jobs("p", FULL)
    assert sum(job.role == HISTORY for job in jobs) >= 150
    assert [job.day for job in jobs] == list(range(len(jobs)))
    assert {job.day for job in jobs if job.role == PRESENT} == set(FULL.present)


@pytest.mark.parametrize("size", [FULL, QUICK])
def test_runs_of_a_case_are_on_different_days_of_the_present(size):
    jobs = jobs_of(Case("p", "C1", ("a",)), size)
    assert [job.seed for job in jobs] == list(range(size.n_seeds))
    assert len({job.day for job in jobs}) == size.n_seeds
    assert {job.day for job in jobs} <= set(size.present)
    assert {job.role for job in jobs} == {CASE}
    assert jobs == jobs_of(Case("p", "C1", ("a",)), size)


def test_a_composed_case_has_the_days_of_its_first_change():
    alone, both = Case("p", "C1", ("a",)), Case("p", "C4", ("a", "b"))
    assert [j.day for j in jobs_of(alone, FULL)] == [j.day for j in jobs_of(both, FULL)]


def test_single_cases_are_the_list_of_the_pipeline_and_a_busy_machine(entry):
    cases = single_cases(entry)
    assert len({case.name for case in cases}) == len(cases) == len(entry.faults) + 1
    assert cases[-1].machine_slower


def test_all_classes_are_composed(composed):
    assert {case.cls for case in composed} == {"C2", "C3", "C4", "C6"}
    assert len({case.name for case in composed}) == len(composed)
    assert {len(case.changes) for case in composed if case.cls == "C4"} == {2, 3}


def test_what_is_composed_fits_together(entry, composed):
    for case in composed:
        first, *others = (entry.fault(name) for name in case.changes)
        assert first.cls == "C1"
        for other in others:
            assert can_be_combined(entry.sources, first, other)
        second = {"C2": ("none",), "C3": ("none",), "C4": ("C1", "none"), "C6": ("none",)}[case.cls]
        assert all(other.cls in second for other in others)


def test_what_does_not_hurt_is_not_composed(entry):
    effects = {f.name: LEAVES for f in entry.faults}
    assert composed_cases(entry, effects, FULL) == []


def test_decoys_that_hurt_are_left_out(entry):
    effects = {f.name: HURTS for f in entry.faults}
    composed = composed_cases(entry, effects, FULL)
    used = {name for case in composed for name in case.changes}
    assert {entry.fault(name).cls for name in used} == {"C1"}


def test_kinds_of_the_test_part_are_not_composed_elsewhere(entry, composed):
    used = {name for case in composed for name in case.changes}
    assert not any(KINDS[entry.fault(name).kind].is_test_only for name in used)
