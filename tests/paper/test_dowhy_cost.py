"""What an attribution costs beside DoWhy's."""

import dowhy_cost
import pytest
from peers.ours import OurAttribution
from peers.study import Judgement
from scoreboard.labelled import bundled


@pytest.fixture(scope="module")
def bench():
    (bench,) = bundled(["parcels"])
    return bench


def test_cases_are_harmful_runs_from_the_first_to_the_last(bench):
    harmful = [run.trace.run_id for run in bench.runs if run.harmful and run.truth]
    chosen = [run.trace.run_id for _, run in dowhy_cost.cases(bench, 3)]
    assert len(set(chosen)) == 3
    assert (chosen[0], chosen[-1]) == (harmful[0], harmful[-1])
    assert len(list(dowhy_cost.cases(bench, 10**6))) == len(harmful)


def test_a_judgement_is_timed_and_held_against_the_truth(bench):
    study, run = next(iter(dowhy_cost.cases(bench, 1)))

    class Knows(OurAttribution):
        def judge(self, trace):
            return Judgement(ranking={run.truth[0]: 1.0})

    class KnowsNothing(OurAttribution):
        def judge(self, trace):
            return Judgement(ranking={})

    seconds, hit = dowhy_cost.judged(Knows(), study, run)
    assert seconds >= 0
    assert hit == 1.0
    _, by_chance = dowhy_cost.judged(KnowsNothing(), study, run)
    assert 0 < by_chance < 0.5
