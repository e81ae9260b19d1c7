"""Every coalition once, within the budget, whatever it raises."""

import math
import threading

import pytest

from lineage_stats.attribution.replay._coalitions import (
    Budget,
    BudgetSpentError,
    Coalitions,
    Outcome,
)
from lineage_stats.exceptions import ReplayError

A, B, AB = frozenset("a"), frozenset("b"), frozenset("ab")


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_each_coalition_is_run_once(n_jobs):
    calls = []
    game = Coalitions(lambda c: calls.append(c) or len(c), n_jobs=n_jobs)
    game.find([A, B, A])
    game.find([B, AB])
    assert sorted(map(sorted, calls)) == [["a"], ["a", "b"], ["b"]]
    assert game[AB].values == (2.0,)


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_seeds_are_the_same_for_all_coalitions(n_jobs):
    def run(coalition, seed):
        return len(coalition) + seed / 10

    game = Coalitions(run, n_repeats=3, n_jobs=n_jobs)
    game.find([A, AB])
    assert sorted(game[A].values) == [1.0, 1.1, 1.2]
    assert game[A].mean == pytest.approx(1.1)
    assert game[A].standard_error == pytest.approx(0.1 / math.sqrt(3))


def test_one_seed_has_no_standard_error():
    assert Outcome((0.5,)).standard_error == 0.0


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_an_exception_is_an_outcome(n_jobs):
    def run(coalition):
        if coalition == B:
            raise KeyError("amount")
        return math.nan if coalition == AB else 1.0

    game = Coalitions(run, n_jobs=n_jobs)
    game.find([A, B, AB])
    assert not game[A].crashed
    assert game[B].error == "KeyError: 'amount'"
    assert math.isnan(game[B].mean)
    assert game[AB].error == "the metric is nan"


def test_leaving_the_program_is_an_outcome_too():
    def run(coalition):
        raise SystemExit(3)

    assert Coalitions(run)[A].error == "SystemExit: 3"


def test_an_error_of_the_replay_itself_goes_through():
    def run(coalition):
        raise ReplayError("no such commit")

    with pytest.raises(ReplayError, match="no such commit"):
        Coalitions(run).find([A])


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_the_budget_ends_it_and_what_was_run_stays(n_jobs):
    game = Coalitions(len, budget=Budget(max_runs=2), n_jobs=n_jobs)
    with pytest.raises(BudgetSpentError):
        game.find([A, B, AB])
    assert set(game.known) == {A, B}
    assert game.budget.n_started == 2


def test_time_is_a_budget():
    budget = Budget(max_minutes=1e-12)
    assert not budget.take()
    assert Budget(max_minutes=5).take()


class Remembering:
    """A run that knows one coalition from before."""

    def __init__(self):
        self.calls = []
        self.stopped = threading.Event()

    def __call__(self, coalition, seed):
        self.calls.append(coalition)
        return 1.0

    def recall(self, coalition, seed):
        return Outcome((0.5,)) if coalition == A else None

    def stop(self):
        self.stopped.set()


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_what_is_remembered_costs_nothing(n_jobs):
    run = Remembering()
    game = Coalitions(run, budget=Budget(max_runs=1), n_jobs=n_jobs)
    game.find([A, B])
    assert run.calls == [B]
    assert game[A].values == (0.5,)


def test_what_runs_is_ended_when_something_goes_wrong():
    class Interrupted(Remembering):
        def __call__(self, coalition, seed):
            raise KeyboardInterrupt

    run = Interrupted()
    with pytest.raises(KeyboardInterrupt):
        Coalitions(run, n_jobs=2).find([B, AB])
    assert run.stopped.is_set()


def test_progress_never_promises_less_than_was_done():
    told = []
    game = Coalitions(len, on_progress=lambda done, planned: told.append((done, planned)))
    game.plan(3)
    game.find([A, B, AB])
    game.find([frozenset()])
    assert told == [(1, 3), (2, 3), (3, 3), (4, 4)]
